// What a person reads of a rotation.
import { columns, hanging, plain, type Colour, type Terminal } from "../../doctor/terminal.ts";
import { ownBundle, type GateFacts, type HeldUp } from "./gates.ts";
import { shown } from "../client/told.ts";
import type { HandedOut } from "./bundles.ts";
import type { PlannedPhase, RotationPlan, RotationStatus } from "./report.ts";
import type { Step } from "./steps.ts";

const command = (stack: string): string => `npm run rotate-ca -- --stack ${stack}`;

/** What a phase is, as long as it lasts. */
const phases = {
  0: "no rotation is under way",
  1: "phase 1 of 4: the new authority is there, no machine was touched",
  2: "phase 2 of 4: machines come to take both sides",
  3: "phase 3 of 4: bundles are handed out",
} as const;

/** What the next step does, in a sentence. */
export function stepText({
  kind,
  asked,
  unfinished,
}: Pick<Step, "kind" | "asked" | "unfinished">): string {
  const { generation, rotation } = asked;
  const newer = String(generation);
  switch (kind) {
    case 1:
      return `phase 1: generation ${newer} of the authority is made. Bundles written from then on are good on both sides. No machine is touched.`;
    case 2:
      return `phase 2: machines show generation ${newer} and trust it beside ${String(rotation?.from)}. dockerd restarts once on each; containers keep running, and nobody is cut off.`;
    case 3:
      return "phase 3: new bundles are handed out. No machine is touched.";
    case 4:
      return `phase 4: machines trust generation ${newer} alone. dockerd restarts once on each; containers keep running, and every machine proves that it turns old bundles away.`;
    case "back":
      return `back to generation ${newer}: machines trust it alone again. Bundles of both generations stay good until they end.`;
    case "now":
      return `at once: generation ${newer} takes the place of the authority. dockerd restarts once on each machine; containers keep running, and every client is cut off until it has a new bundle.`;
    case "finish": {
      const more = unfinished.length > 2 ? `; and ${String(unfinished.length - 2)} more` : "";
      const what =
        rotation === undefined ? `generation ${newer} alone` : `phase ${String(rotation.phase)}`;
      return `${what} is not reached yet: ${unfinished.slice(0, 2).join("; ")}${more}. This goes on with it.`;
    }
  }
}

/** Who holds it up, a line each, and what to do. */
export function heldUpLines(heldUp: readonly HeldUp[], terminal: Terminal = plain): string[] {
  const rows = heldUp.flatMap(({ who, why, fix }, at) => [
    ["", who === heldUp[at - 1]?.who ? "" : who, why],
    ["", "", fix],
  ]);
  return columns(rows, terminal, () => undefined);
}

/** Who may be cut off by a step, as far as that is not known. */
export function cutOffLines(
  { clients, cutOff }: Pick<GateFacts, "clients" | "cutOff">,
  { kind }: Pick<Step, "kind">,
  terminal: Terminal = plain,
): string[] {
  if (kind !== 4) return [];
  const unknown = cutOff.filter((name) => {
    const bundles = clients.find(({ client }) => client === name)?.bundles ?? [];
    return bundles.length === 0 || !bundles.every(({ lasts }) => lasts);
  });
  const own = `whoever uses the output ${ownBundle} has to fetch it again: nobody keeps a record of those`;
  return [
    ...unknown.flatMap((name) =>
      hanging("  ", `${name} is cut off, unless it has its new bundle`, terminal),
    ),
    ...(cutOff.includes(ownBundle) ? [] : hanging("  ", own, terminal)),
  ];
}

/** What was done, and what comes after it. */
export function closingLines(
  done: Pick<Step, "kind" | "asked">,
  { stack, clients }: Pick<GateFacts, "stack" | "clients">,
  next: Step,
  terminal: Terminal = plain,
): string[] {
  const { generation, rotation } = done.asked;
  const again = command(stack);
  const text = (words: string): string[] => hanging("", words, terminal);
  if (done.kind === "now") {
    return [
      ...text(
        "Done: every machine turns away whoever has an old bundle. Each client needs a new one:",
      ),
      ...clients.map(({ client }) => `  npm run client -- ${client} --stack ${stack}`),
    ];
  }
  if (rotation === undefined && next.kind === 1) {
    return done.kind === "back"
      ? text(`Done: generation ${String(generation)} alone, as before.`)
      : text(
          `Done: machines trust generation ${String(generation)} alone, and the rotation is over. ${again} --status names who still fails to get in${next.heldUp.length === 0 ? "; without an option it begins another rotation" : ""}.`,
        ).concat(beforeAnotherLines(next, terminal));
  }
  return [
    ...text(
      next.kind === 4
        ? "Done: every machine lets in an old and a new bundle. Hand out new ones, and take your time."
        : "Done.",
    ),
    ...hanging("next: ", stepText(next), terminal),
    ...(next.heldUp.length === 0
      ? text(`Nothing holds it up: ${again}`)
      : ["held up by", ...heldUpLines(next.heldUp, terminal)]),
  ];
}

const beforeAnotherLines = ({ heldUp }: Step, terminal: Terminal): string[] =>
  heldUp.length === 0 ? [] : ["before another one", ...heldUpLines(heldUp, terminal)];

export function statusLines(status: RotationStatus, terminal: Terminal = plain): string[] {
  const { stack, generation, from, phase, unfinished, next, handshakes } = status;
  const what =
    from === null
      ? `generation ${String(generation)}; ${phases[0]}`
      : `from generation ${String(from)} to ${String(generation)}, ${phases[phase]}`;
  return [
    ...hanging(`stack ${stack}: `, what, terminal),
    ...unfinished.flatMap((line) => hanging("  not done yet: ", line, terminal)),
    "",
    ...hostTable(status, terminal),
    ...(status.clients.length === 0 ? [] : ["", ...clientTable(status, terminal)]),
    ...(handshakes === null ? [] : ["", ...handshakeTable(handshakes, terminal)]),
    "",
    ...nextLines(stack, next, terminal),
  ];
}

function nextLines(
  stack: string,
  { step, heldUp }: RotationStatus["next"],
  terminal: Terminal,
): string[] {
  const words: Readonly<Record<Step["kind"], string>> = {
    1: "phase 1 of a rotation",
    2: "phase 2, one restart of each dockerd",
    3: "phase 3, nothing but a line in the stack's file",
    4: "phase 4, one restart of each dockerd",
    finish: "the rest of what is not done yet",
    back: "back",
    now: "at once",
  };
  return heldUp.length === 0
    ? hanging("next: ", `${words[step]}: ${command(stack)}`, terminal)
    : [
        ...hanging("next: ", `${words[step]}, held up by`, terminal),
        ...heldUpLines(heldUp, terminal),
      ];
}

type Marked = { readonly word: string; readonly colour: Colour } | undefined;

function hostTable({ hosts }: RotationStatus, terminal: Terminal): string[] {
  const rows = hosts.map(({ host, shows, trusts, problems, maintenance }) => {
    const [problem] = problems;
    const proven = maintenance
      ? "in maintenance"
      : problem === undefined
        ? "yes"
        : `no: ${problem}`;
    const chain = trusts.filter((one) => one !== shows).map(String);
    const shown = chain.length === 0 ? String(shows) : `${String(shows)}, by ${chain.join()}`;
    return [host, shown, trusts.join(" and "), proven];
  });
  return columns([["HOST", "SHOWS", "TRUSTS", "PROVEN"], ...rows], terminal, (row): Marked => {
    const last = row.at(-1) ?? "";
    if (last === "yes") return { word: last, colour: "green" };
    return last.startsWith("no:") ? { word: "no", colour: "red" } : undefined;
  });
}

function clientTable({ clients, phase }: RotationStatus, terminal: Terminal): string[] {
  const rows = clients.flatMap(({ client, group, generation, ownKey, bundles }) => {
    const issuer = group === undefined ? `generation ${String(generation)}` : `group ${group}`;
    const none = ownKey ? "its key was made elsewhere" : "none written here";
    const texts = bundles.length === 0 ? [none] : bundles.map((one) => bundleText(one, phase));
    return texts.map((text, at) => (at === 0 ? [client, issuer, text] : ["", "", text]));
  });
  return columns([["CLIENT", "ISSUER", "BUNDLE"], ...rows], terminal, ([, , text = ""]): Marked => {
    const word = /^(new|old):/.exec(text)?.[1];
    return word === undefined ? undefined : { word, colour: word === "new" ? "green" : "yellow" };
  });
}

function bundleText({ kind, place, writtenAt, lasts }: HandedOut, phase: number): string {
  const what = { folder: shown(place), contexts: `contexts in ${place}`, secret: "secret for CI" };
  const age = phase === 0 && lasts ? "good" : lasts ? "new" : "old";
  return `${age}: ${what[kind]}, since ${writtenAt.slice(0, 16).replace("T", " ")}`;
}

/** What dockerd's words mean here. */
const meanings: readonly (readonly [RegExp, string])[] = [
  [/^remote error: tls: |bad record MAC/, "it does not trust the machine: its ca.pem is old"],
  [/unknown authority/, "its certificate is of an authority that is not trusted"],
  [/didn't provide a certificate/, "it shows no certificate"],
  [/has expired/, "its certificate has ended"],
];

const meaningOf = (reason: string): string =>
  meanings.find(([pattern]) => pattern.test(reason))?.[1] ?? reason;

function handshakeTable(
  handshakes: NonNullable<RotationStatus["handshakes"]>,
  terminal: Terminal,
): string[] {
  const rows = handshakes.flatMap(({ host, failed, unknown }) => {
    if (failed === null) return [[host, "not known", unknown]];
    if (failed.length === 0) return [[host, "nobody", ""]];
    return failed.map(({ address, count, reason }, at) => [
      ...[at === 0 ? host : "", address],
      `${count === 1 ? "once" : `${String(count)} times`}: ${meaningOf(reason)}`,
    ]);
  });
  const title = "Failed handshakes since each dockerd was started";
  return [title, ...columns([["HOST", "FROM", "WHAT"], ...rows], terminal, () => undefined)];
}

export function planLines(plan: RotationPlan, terminal: Terminal = plain): string[] {
  const { stack, from, to, phases: all, renewalsFrom, tooLate } = plan;
  const drop = all.find(({ phase }) => phase === 4);
  return [
    ...hanging(
      `stack ${stack}: `,
      `the authority goes from generation ${String(from)} to ${String(to)}`,
      terminal,
    ),
    ...all.flatMap((one) => ["", ...phaseLines(one, plan, terminal)]),
    "",
    ...hanging(
      "",
      "Each dockerd restarts twice, containers keep running, and whoever has a new bundle by phase 4 is never cut off. Until then --back leads back.",
      terminal,
    ),
    ...(tooLate === ""
      ? []
      : hanging("renewals: ", `${tooLate}; the rotation can't wait for them`, terminal)),
    ...(renewalsFrom === null || tooLate !== ""
      ? []
      : hanging(
          "renewals: ",
          `its restarts are those of renewals, and it ends on ${drop?.notBefore ?? ""} at the earliest. Run no \`pulumi up\` from ${renewalsFrom.day} on, when the renewal of ${renewalsFrom.host} is due: a machine that is renewed alone is restarted for that, and moves the day by two thirds of a certificate's life.`,
          terminal,
        )),
  ];
}

function phaseLines(one: PlannedPhase, plan: RotationPlan, terminal: Terminal): string[] {
  const { phase, state, restarts, notBefore, heldUp } = one;
  const texts = {
    1: `generation ${String(plan.to)} is made; bundles written from then on are good on both sides. No machine is touched.`,
    2: `machines show generation ${String(plan.to)} and trust both. dockerd restarts:`,
    3: "new bundles are handed out, in your own time. No machine is touched.",
    4: `machines trust generation ${String(plan.to)} alone. dockerd restarts:`,
  };
  const gates = {
    1: `gate: every machine is proven${heldUp.length === 0 ? "" : ", held up by"}`,
    2: "gate: phase 1 is done",
    3: "gate: every machine lets in an old and a new bundle",
    4: `gate: everybody has a new bundle${heldUp.length === 0 ? "" : ", held up by"}`,
  };
  const lead = `phase ${String(phase)}  `;
  const indent = " ".repeat(lead.length);
  const waves = restarts.map((wave, at): string =>
    restarts.length === 1 ? wave.join(", ") : `wave ${String(at + 1)}: ${wave.join(", ")}`,
  );
  if (state === "done") return [`${lead}done`];
  const day = `not before ${notBefore ?? ""}, when every renewal is due`;
  return [
    ...hanging(lead, `${state === "now" ? "now: " : ""}${texts[phase]}`, terminal),
    ...waves.flatMap((line) => hanging(`${indent}  `, line, terminal)),
    ...(notBefore === null ? [] : hanging(indent, day, terminal)),
    ...(state === "now" ? [] : hanging(indent, gates[phase], terminal)),
    ...heldUp.flatMap(({ who, why }) => hanging(`${indent}  ${who}: `, why, terminal)),
  ];
}
