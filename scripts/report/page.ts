// The page about a run: one file that needs no other, no script and no network, for screens of every size and for paper.
import { certificatesPart } from "./certificates-part.ts";
import { html, type Markup } from "./html.ts";
import { machinesPart } from "./machines-part.ts";
import type { HostOfReport, Report, StackOfReport } from "./schema.ts";
import { style } from "./style.ts";
import {
  badge,
  counted,
  day,
  duration,
  line,
  moment,
  outcomeBadge,
  toneOf,
  wordOf,
  worstFirst,
} from "./words.ts";

export function pageOf(report: Report): string {
  const title = `${report.run} of ${report.stacks.map(({ stack }) => stack).join(", ")}`;
  const at = new Date(report.begun);
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta
          http-equiv="Content-Security-Policy"
          content="default-src 'none'; style-src 'unsafe-inline'"
        />
        <title>${report.outcome}: dockertls ${title}</title>
        <style>
          ${style}
        </style>
      </head>
      <body>
        <header>
          <p class="kind">dockertls · ${report.run}${isPlan(report) ? " · plan" : ""}</p>
          <h1>${outcomeBadge(report.outcome)} ${headline(report)}</h1>
          ${facts(report)} ${notes(report).map((note) => html`<p class="note">${note}</p>`)}
          ${report.stacks.length > 1 ? path(report) : undefined} ${tiles(report)}
        </header>
        <main>${report.stacks.map((stack, index) => stackPart(stack, index, at))}</main>
        <footer>
          <p>Made by <code>npm run ${report.run}</code> of dockertls ${report.version}.</p>
        </footer>
      </body>
    </html>`;
  return `${page.text}\n`;
}

const isPlan = (report: Report): boolean => report.run === "rollout" && report.plan;

function headline(report: Report): string {
  const { outcome, stacks } = report;
  const hosts = stacks.flatMap((stack): readonly { readonly state: string }[] => stack.hosts);
  const stopped = stacks.find((stack) => toneOf(stack.outcome) === "bad")?.stack ?? "";
  switch (outcome) {
    case "green":
      return `All stacks are green`;
    case "due":
      return "There is something to do";
    case "red":
      return isPlan(report) ? `It would stop at ${stopped}` : `Stopped at ${stopped}`;
    case "interrupted":
      return `Interrupted${stopped === "" ? "" : ` at ${stopped}`}`;
    case "in sync":
      return hosts.length === 0 ? "No machines" : `${counted(hosts.length, "machine")} in sync`;
    case "drift": {
      const drifted = hosts.filter(({ state }) => state === "drift" || state === "blocked");
      return `${counted(drifted.length, "machine")} of ${String(hosts.length)} drifted`;
    }
    case "could not tell":
      return "Not everything could be looked at";
  }
}

function facts(report: Report): Markup {
  const { begun, seconds, release } = report;
  return html`<dl class="facts">
    <div>
      <dt>Begun</dt>
      <dd>${moment(begun)}</dd>
    </div>
    <div>
      <dt>Took</dt>
      <dd>${duration(seconds)}</dd>
    </div>
    <div>
      <dt>Release</dt>
      <dd>${release.name}</dd>
    </div>
    <div>
      <dt>Program</dt>
      <dd>dockertls ${report.version}</dd>
    </div>
  </dl>`;
}

function notes(report: Report): string[] {
  const { note } = report.release;
  return [
    ...(isPlan(report) ? ["This is a plan: nothing was changed."] : []),
    ...(report.run === "rollout" && report.skipPromotion
      ? ["--skip-promotion: a stack went on even where the one before it was not green."]
      : []),
    ...(note === "" ? [] : [`${note.charAt(0).toUpperCase()}${note.slice(1)}.`]),
  ];
}

/** The stacks in their order, and how far the run came. */
function path({ stacks }: Report): Markup {
  return html`<nav aria-label="Stacks">
    <ol class="path">
      ${stacks.map(
        ({ stack, outcome }, index) =>
          html`<li><a href="#stack-${index}">${stack}</a> ${outcomeBadge(outcome)}</li>`,
      )}
    </ol>
  </nav>`;
}

/** What there is to know at a glance: machines by what became of them, findings, and the next renewal. */
function tiles({ stacks }: Report): Markup {
  const hosts = stacks.flatMap((stack): readonly HostOfReport[] => stack.hosts);
  const certificates = stacks.flatMap((stack) => stack.certificates);
  const findings = hosts.flatMap((host) => host.findings).length;
  const objections = stacks.flatMap((stack) => ("policies" in stack ? stack.policies : [])).length;
  const late = certificates.filter(({ state }) => state !== "valid").length;
  const [next] = certificates
    .filter(({ state }) => state === "valid")
    .sort((a, b) => (a.renewsFrom < b.renewsFrom ? -1 : 1));
  const outcomes = worstFirst([...new Set(hosts.map(wordOf))], (outcome) => outcome);
  return html`<ul class="tiles">
    <li>${numbered(hosts.length, "machine")}</li>
    ${outcomes.map((outcome) => {
      const count = hosts.filter((host) => wordOf(host) === outcome).length;
      return html`<li>${outcomeBadge(outcome)} <strong>${count}</strong></li>`;
    })}
    ${findings === 0 ? undefined : html`<li>${numbered(findings, "finding")}</li>`}
    ${objections === 0 ? undefined : html`<li>${numbered(objections, "policy objection")}</li>`}
    ${late === 0 ? undefined : html`<li>${numbered(late, "certificate")} past renewal</li>`}
    ${next === undefined ? undefined : html`<li>next renewal <strong>${day(next.renewsFrom)}</strong></li>`}
  </ul>`;
}

const numbered = (count: number, noun: string): Markup =>
  html`<strong>${count}</strong> ${counted(count, noun).replace(/^\d+ /, "")}`;

function stackPart(stack: StackOfReport, index: number, at: Date): Markup {
  const own = errorsOfStack(stack);
  return html`<section id="stack-${index}" class="stack" aria-labelledby="title-${index}">
    <h2 id="title-${index}">${stack.stack} ${outcomeBadge(stack.outcome)}</h2>
    <p class="about">${about(stack)}</p>
    ${
      own.length === 0
        ? undefined
        : html`<ul class="errors ${toneOf(stack.outcome) === "bad" ? "bad" : "warn"}">
            ${own.map((text) => html`<li>${line(text)}</li>`)}
          </ul>`
    }
    ${
      "policies" in stack && stack.policies.length > 0
        ? html`<h3>Policies</h3>
            <ul class="lines">
              ${stack.policies.map((text) => html`<li>${policy(text)}</li>`)}
            </ul>`
        : undefined
    }
    ${machinesPart(stack, index)} ${certificatesPart(stack.certificates, index, at)}
  </section>`;
}

/** Lines that no machine's row has. */
function errorsOfStack({ errors, hosts }: StackOfReport): string[] {
  return errors.filter((text) => !hosts.some(({ host }) => text.startsWith(`${host}: `)));
}

function policy(text: string): Markup {
  const [, level = "", said = text] = /^(mandatory|advisory): (.*)$/.exec(text) ?? [];
  return html`${level === "" ? undefined : badge(level === "mandatory" ? "bad" : "warn", level)}
  ${line(said)}`;
}

function about(stack: StackOfReport): string {
  const time = stack.outcome === "not begun" ? [] : [duration(stack.seconds)];
  if (!("promotion" in stack)) return [...time, counted(stack.hosts.length, "machine")].join(" · ");
  const promotions: Readonly<Record<typeof stack.promotion, string>> = {
    none: "no stack goes before it",
    green: `after ${stack.after}, which is green`,
    "in this rollout": `after ${stack.after}`,
    skipped: `after ${stack.after}, which is not green: skipped by --skip-promotion`,
    refused: `after ${stack.after}, which is not green at this commit`,
  };
  const promotion =
    stack.promotion === "none" && stack.after !== ""
      ? `after ${stack.after}`
      : promotions[stack.promotion];
  const resources = Object.entries(stack.resources).map(
    ([op, count]) => `${String(count)} ${op.replace(/e?$/, "ed")}`,
  );
  return [
    ...(stack.failedAt === "" ? [] : [`failed at its ${stack.failedAt}`]),
    ...time,
    promotion,
    ...(resources.length === 0 ? [] : [`resources: ${resources.join(", ")}`]),
    ...(stack.replaced.length === 0 ? [] : [`replaced: ${stack.replaced.join(", ")}`]),
  ].join(" · ");
}
