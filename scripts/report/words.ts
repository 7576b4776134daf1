// How the page says what the report has: outcomes, times, lines.
import { html, type Markup } from "./html.ts";
import type { Report } from "./schema.ts";

type Tone = "good" | "warn" | "bad" | "idle";

/** A sign besides the colour, for whoever does not see that. Drawn, since not every font has one. */
const signs: Readonly<Record<Tone, string>> = {
  good: "M2 6.5l3 3 5-7",
  warn: "M6 1v6M6 9.5v1.5",
  bad: "M2 2l8 8M10 2l-8 8",
  idle: "M2 6h8",
};

type Stack = Report["stacks"][number];
type Host = Stack["hosts"][number];
export type Outcome =
  | Report["outcome"]
  | Stack["outcome"]
  | Host["state"]
  | Extract<Host, { outcome: string }>["outcome"]
  | Stack["certificates"][number]["state"];

const tones: Readonly<Record<Outcome, Tone>> = {
  green: "good",
  "in sync": "good",
  unchanged: "good",
  changed: "good",
  valid: "good",
  due: "warn",
  declined: "warn",
  unproven: "bad",
  unknown: "bad",
  red: "bad",
  interrupted: "bad",
  drift: "bad",
  "could not tell": "bad",
  failed: "bad",
  refused: "bad",
  blocked: "bad",
  unreachable: "bad",
  ended: "bad",
  new: "idle",
  removed: "idle",
  "not begun": "idle",
  "in maintenance": "idle",
};

/** What is said of a machine: what became of it, or how it was found. */
export const wordOf = (host: Host): Outcome => ("outcome" in host ? host.outcome : host.state);

/** In an order in which what needs somebody comes first, and otherwise as given. */
export function worstFirst<T>(all: readonly T[], outcomeOf: (one: T) => Outcome): T[] {
  const order: readonly Tone[] = ["bad", "warn", "idle", "good"];
  const rank = (one: T): number => order.indexOf(tones[outcomeOf(one)]);
  return [...all].sort((a, b) => rank(a) - rank(b));
}

export const toneOf = (outcome: Outcome): Tone => tones[outcome];

export function badge(tone: Tone, text: string): Markup {
  const sign = html`<svg class="sign" viewBox="0 0 12 12" aria-hidden="true">
    <path d="${signs[tone]}" />
  </svg>`;
  return html`<span class="badge ${tone}">${sign} ${text}</span>`;
}

export const outcomeBadge = (outcome: Outcome): Markup => badge(tones[outcome], outcome);

/** A line of the program, its commands as such. */
export function line(text: string): Markup {
  const parts = text.split("`");
  // An odd one out is no command.
  if (parts.length % 2 === 0) return html`${text}`;
  return html`${parts.map((part, at) => (at % 2 === 0 ? part : html`<code>${part}</code>`))}`;
}

export function moment(iso: string): Markup {
  return html`<time datetime="${iso}">${iso.slice(0, 16).replace("T", " ")} UTC</time>`;
}

export function day(iso: string): Markup {
  return html`<time datetime="${iso}">${iso.slice(0, 10)}</time>`;
}

export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  const minutes = Math.floor(whole / 60);
  return minutes === 0 ? `${String(whole)} s` : `${String(minutes)} min ${String(whole % 60)} s`;
}

export function counted(count: number, noun: string): string {
  return `${String(count)} ${noun}${count === 1 ? "" : "s"}`;
}
