// A plan for a person: a wave per paragraph, a machine per line or two.
import { hanging, painted, plain, type Colour, type Terminal } from "../../doctor/terminal.ts";
import type { Change } from "./host-plan.ts";
import type { Plan, PlannedHost } from "./plan.ts";
import { some, type Named } from "./usage.ts";

/** Lines of drift that are shown of a machine, at most; `npm run drift` shows all. */
const driftShown = 3;

const order: readonly Change[] = [
  ...(["nothing", "files", "reload", "restart"] as const),
  ...(["refused", "unreachable", "in maintenance"] as const),
];

const colours: Readonly<Partial<Record<Change, Colour>>> = {
  reload: "yellow",
  restart: "yellow",
  refused: "red",
  unreachable: "red",
};

/** Where the name of a change does not say enough. */
const labels: Readonly<Partial<Record<Change, string>>> = {
  files: "files alone; dockerd is left as it is",
};

export function listing(plan: Plan, terminal: Terminal = plain): string[] {
  if (plan.errors.length > 0) return plan.errors.flatMap((line) => hanging("", line, terminal));
  const width = Math.max(0, ...plan.hosts.map(({ host }) => host.length));
  const paragraphs = [
    hanging("", headline(plan), terminal),
    ...plan.waves.map((names, at) => [
      ...(plan.waves.length > 1 ? [waveTitle(plan, names, at)] : []),
      ...waveLines(
        plan.hosts.filter(({ wave }) => wave === at + 1),
        width,
        terminal,
      ),
    ]),
    plan.hosts
      .filter(({ change }) => change === "in maintenance")
      .flatMap(({ host, why }) =>
        hanging("", `in maintenance, left alone: ${[host, ...why].join(": ")}`, terminal),
      ),
    plan.leaving.flatMap(({ host, impact }) =>
      hanging(`leaves the stack: ${host}  `, impact, terminal),
    ),
    plan.others.length === 0
      ? []
      : hanging("other resources that change: ", plan.others.join(", "), terminal),
    endLines(plan).flatMap((line) => hanging("", line, terminal)),
  ];
  return paragraphs
    .filter((lines) => lines.length > 0)
    .flatMap((lines, at) => (at === 0 ? lines : ["", ...lines]));
}

function headline({ stack, waves, soak }: Plan): string {
  return waves.length < 2
    ? `stack ${stack}`
    : `stack ${stack}: ${String(waves.length)} waves; each that was changed is proven, and again after ${String(soak)} s, before the next`;
}

function waveTitle({ canaries, waves }: Plan, names: readonly string[], at: number): string {
  const isCanary =
    at === 0 && canaries.length > 0 && names.every((name) => canaries.includes(name));
  const canary = names.length === 1 ? ", canary" : ", canaries";
  return `wave ${String(at + 1)} of ${String(waves.length)}${isCanary ? canary : ""}`;
}

function waveLines(hosts: readonly PlannedHost[], width: number, terminal: Terminal): string[] {
  const isQuiet = ({ change, problems, notes }: PlannedHost): boolean =>
    change === "nothing" && problems.length + notes.length === 0;
  const quiet = hosts.filter(isQuiet).map(({ host }) => host);
  return [
    ...hosts.filter((host) => !isQuiet(host)).flatMap((host) => hostLines(host, width, terminal)),
    ...(quiet.length === 0 ? [] : hanging("  nothing on ", quiet.join(", "), terminal)),
  ];
}

function hostLines(planned: PlannedHost, width: number, terminal: Terminal): string[] {
  const { host, change } = planned;
  const colour = colours[change];
  return rowsOf(planned).flatMap((row, at) => {
    const lead = `  ${(at === 0 ? host : "").padEnd(width)}  `;
    const [first = "", ...more] = hanging(lead, row, terminal);
    return [
      at > 0 || colour === undefined ? first : painted(first, change, colour, terminal),
      ...more,
    ];
  });
}

function rowsOf(planned: PlannedHost): string[] {
  const { host, change, why, takesAlong, drift, problems, notes } = planned;
  const own = problems.map((line) =>
    line.startsWith(`${host}: `) ? line.slice(host.length + 2) : line,
  );
  const taken =
    change === "restart" && takesAlong.length > 0 ? [`takes along ${takesAlong.join(", ")}`] : [];
  const reasons = change === "reload" ? [why.join(", ")] : [...why, ...taken];
  const said = change === "refused" || change === "unreachable" ? own.slice(0, 1) : reasons;
  const left = drift.length - driftShown;
  return [
    [labels[change] ?? change, said.filter(Boolean).join("; ")].filter(Boolean).join(": "),
    ...drift.slice(0, driftShown).map((line) => `drift: ${line}`),
    ...(left > 0 ? [`drift: and ${String(left)} more`] : []),
    ...own
      .slice(said === reasons ? 0 : 1)
      .map((line) => (change === "nothing" ? `unproven: ${line}` : line)),
    ...usageRows(planned),
    ...notes,
  ];
}

function usageRows(planned: PlannedHost): string[] {
  const { change, containers, ending, connections, clients, unknown } = planned;
  if (change === "unreachable") return [];
  const isRestart = change === "restart";
  const parts = [
    ...(containers === null
      ? [`containers: unknown (${unknown})`]
      : fatesOf(containers, ending, isRestart)),
    ...(connections === null ? [] : [connectionsIn(connections, clients, isRestart)]),
  ];
  return [parts.join("; ")];
}

function fatesOf(containers: Named, ending: Named, isRestart: boolean): string[] {
  if (containers.count === 0) return ["no container runs"];
  const names = containers.names.filter((name) => !ending.names.includes(name));
  const staying = { count: containers.count - ending.count, names };
  const stay = isRestart ? ["outlives it", "outlive it"] : ["runs on", "run on"];
  return [
    ...(ending.count === 0 ? [] : [counted(ending, "container", ["ends", "end"])]),
    ...(staying.count === 0 ? [] : [counted(staying, "container", stay)]),
  ];
}

/** `3 API connections of 2 clients end: a, b`. */
function connectionsIn(count: number, clients: Named, isRestart: boolean): string {
  if (count === 0) return "no API connection is open";
  const of = clients.count === count ? "" : ` of ${numbered(clients.count, "client")}`;
  const [one, many] = isRestart ? ["ends", "end"] : ["stays", "stay"];
  const verb = count === 1 ? one : many;
  return `${numbered(count, "API connection")}${of} ${verb}: ${some(clients)}`;
}

/** `2 containers end: a, b`. */
function counted(named: Named, noun: string, [one = "", many = ""]: readonly string[]): string {
  return `${numbered(named.count, noun)} ${named.count === 1 ? one : many}: ${some(named)}`;
}

const numbered = (count: number, noun: string): string =>
  `${String(count)} ${noun}${count === 1 ? "" : "s"}`;

function endLines({ hosts, outcome }: Plan): string[] {
  const counts = order.flatMap((change) => {
    const count = hosts.filter((host) => host.change === change).length;
    return count === 0 ? [] : [`${String(count)} ${change}`];
  });
  const failing = hosts.filter(({ change }) => change === "refused" || change === "unreachable");
  return [
    ...(outcome === "nothing to do" ? ["nothing to do"] : []),
    `${numbered(hosts.length, "machine")}: ${counts.join(", ")}`,
    ...(failing.length === 0
      ? []
      : [`\`pulumi up\` fails as it is: see ${failing.map(({ host }) => host).join(", ")}`]),
  ];
}
