// The page of the fleet's figures, docs/benchmark.md.
import { limitFigures } from "./limits.ts";
import type { Figure } from "./figures.ts";
import { countsIn, grown, memoryPerMachine } from "./results.ts";
import type { PhaseName, Report } from "./results.ts";
import { columns, hasHungClients, hungNote, rowsOf } from "./table.ts";

export function benchmarkPage(report: Report): string {
  const counts = countsIn(report);
  return [
    "<!-- Written by `npm run bench -- fleet`; what it says is in scripts/bench/page.ts. -->",
    "# Benchmark",
    `This program and its rivals, in one run on the same lab machines: ${list(counts.map(String))} of them. ` +
      `Measured on ${report.date} with \`npm run bench -- fleet\`, on a machine with ${report.cores} cores that runs the lab machines as well.`,
    "![Seconds of each tool, by phase and number of machines](benchmark.svg)",
    "## What was measured",
    ...described(report),
    ...counts.flatMap((machines) => [
      `## ${machines} ${machines === 1 ? "machine" : "machines"}`,
      tableOf([...columns], rowsOf(report, machines)),
    ]),
    ...(hasHungClients(report)
      ? [`${hungNote.replace("*", "\\*")}: the seconds are those of the wait.`]
      : []),
    ...growthSection(report),
    ...promises(limitFigures(report)),
    ...(report.missing.length === 0 ? [] : ["## Not measured", bullets(report.missing)]),
  ].join("\n\n");
}

const described = ({ rounds, versions }: Report): string[] => [
  bullets(versions),
  "Every tool brings new machines (Debian 13, dockerd 26.1, and Python for Ansible) to the same end: an authority, a server certificate for each machine and a client certificate; three files in " +
    "`/opt/docker-ssl`; the same `daemon.json`; a unit without `-H fd://`; dockerd restarted only when something changed; and " +
    "an answer of each API to the client certificate over TLS. The run compares files and `daemon.json` on every machine. [pyinfra's deploy](../bench/pyinfra/deploy.py) and " +
    "[Ansible's playbook](../bench/ansible/playbook.yml) are written as their users would, with pipelining and 30 forks; both " +
    "call [one script](../bench/certificates.sh) for openssl, once for all machines.",
  bullets([
    `**first**: machines as after their first boot, once. **unchanged**: the same again, median of ${rounds}. **reload**: another ` +
      `value of \`labels\`, which dockerd takes in by a reload, median of ${rounds}. **destroy**: the machines are given back, once; only this program can.`,
    "**wall s**, **CPU s**, **MB**: seconds, user and system time, and the largest sum of proportional set sizes (looked at twice a second) of all " +
      "processes that the command starts on machine A, up to the last one that it leaves behind.",
    "**logins**, **restarts**: SSH logins and starts of dockerd for each machine, counted in its journal.",
    "**no API s**: seconds without an answer on one machine's local socket, asked every 10 ms. Unchanged runs and destroy were not asked.",
  ]),
  "What the figures don't say: only this program compares what dockerd says is in effect with the configuration, proves that " +
    "strangers are refused, rolls back, and keeps the original state. The other two, as they are written here, restart dockerd for " +
    "any change of `daemon.json`; whoever lists the keys for which a reload is enough can spare that. Connections that Ansible keeps " +
    "open end with each run here, as they do for whoever runs it more than a minute later.",
];

function growthSection(report: Report): string[] {
  if (report.growth.length === 0) return [];
  const rows = grown(report, "first").map(({ machines, wallSeconds, memoryBytes }) => {
    const unchanged = grown(report, "unchanged").find((result) => result.machines === machines);
    return [
      String(machines),
      wallSeconds.toFixed(1),
      (memoryBytes / 1e6).toFixed(0),
      unchanged?.wallSeconds.toFixed(1) ?? "–",
      unchanged === undefined ? "–" : (unchanged.memoryBytes / 1e6).toFixed(0),
    ];
  });
  const most = Math.max(...report.growth.map(({ machines }) => machines));
  const slope = (phase: PhaseName): string =>
    (memoryPerMachine(report, phase, [30, most]) ?? Number.NaN).toFixed(1);
  return [
    "## Growth",
    `This program alone, once on each. From 30 to ${most} machines, one more takes ${slope("first")} MB of machine A in a first run and ${slope("unchanged")} MB in an unchanged one.`,
    tableOf(["machines", "first: wall s", "MB", "unchanged: wall s", "MB"], rows),
  ];
}

const promises = (figures: readonly Figure[]): string[] =>
  figures.length === 0
    ? []
    : [
        "## Promised",
        tableOf(
          ["what", "measured", "promised", ""],
          figures.map(({ what, value, limit = "", atLeast, kept }) => [
            what,
            value,
            `at ${atLeast ? "least" : "most"} ${limit}`,
            kept ? "" : "**MISSED**",
          ]),
        ),
      ];

const bullets = (lines: readonly string[]): string => lines.map((line) => `- ${line}`).join("\n");

function tableOf(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const numbers = head.map((_, at) => (at < 2 ? "---" : "---:"));
  // Text stands left, figures right.
  const rule = head[0] === "phase" ? numbers : head.map(() => "---");
  return [head, rule, ...rows].map(line).join("\n");
}

function list(words: readonly string[]): string {
  const [last = "", ...others] = [...words].reverse();
  return others.length === 0 ? last : `${others.reverse().join(", ")} and ${last}`;
}
