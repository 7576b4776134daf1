// The page of these figures, docs/certificates-benchmark.md.
import { extraRestarts, promisedFigures, restartsOfRotation } from "./results.ts";
import type { CertificateReport, Pass, Phase } from "./results.ts";

export const pageName = "certificates-benchmark.md";

export function certificatesPage(report: CertificateReport): string {
  return [
    "<!-- Written by `npm run bench -- certificates`; what it says is in scripts/bench/certificates/page.ts. -->",
    "# Certificates: who is cut off",
    `One stack with ${report.dockerd.length} lab machines, one of each generation of dockerd (${report.dockerd.join(", ")}), and clients that ` +
      `connect to all of them all the time. Measured on ${report.date} with \`npm run bench -- certificates\`, on a machine with ${report.cores} cores ` +
      "that runs the lab machines and the clients as well.",
    ...(report.note === undefined ? [] : [`**${report.note}**`]),
    "## What was measured",
    [
      "**old**, **bridge**, **new**: Node's TLS with the files of `npm run client`, written before the rotation, after phase 1, and after phase 4; each call is a " +
        "connection of its own, every 50 ms to each machine. **contexts**: docker's own client, by docker contexts that are updated once, before phase 4, whose gate asks for it.",
      "**during a restart**: failed connections of which some part lies between the moment in which systemd begins to stop dockerd and the one in which dockerd has told it that it serves, by that " +
        "machine's journal. **beyond**: all other failed connections.",
      "**restarts**: starts of dockerd on each machine, counted in its journal.",
      "In phase 4 an old bundle is refused, as it should be, so only bundles of the rotation call then.",
    ]
      .map((line) => `- ${line}`)
      .join("\n"),
    ...report.passes.flatMap((pass) => [`## \`listenBy: ${pass.listenBy}\``, tableOf(pass)]),
    ...brokenCalls(report),
    "## Restarts",
    [
      ...report.passes.map(
        (pass) =>
          `- A rotation, \`listenBy: ${pass.listenBy}\`: ${each(restartsOfRotation(pass))} on each machine.`,
      ),
      `- With \`--with-renewals\`: ${each(report.withRenewals.restarts)}, of which renewals take ${each(report.withRenewals.renewals)} anyway; ${each(extraRestarts(report))} more.`,
    ].join("\n"),
    "## Revocation",
    "Seconds from the begin of the `pulumi up` that takes a group out until its client is refused, machine by machine, in waves of the default size:",
    report.passes
      .map(
        ({ listenBy, refusedAfter }) =>
          `- \`listenBy: ${listenBy}\`: ${refusedAfter.map((one) => one.toFixed(1)).join(", ")}; on all of them after **${Math.max(...refusedAfter).toFixed(1)} s**.`,
      )
      .join("\n"),
    "## Promises",
    promisedFigures(report)
      .map(
        ({ what, value, limit = "", kept }) =>
          `- ${what}: ${value}, at most ${limit}${kept ? "" : "; **MISSED**"}`,
      )
      .join("\n"),
  ].join("\n\n");
}

/** One number where all machines are alike. */
const each = (values: readonly number[]): string =>
  new Set(values).size === 1 ? String(values[0]) : values.join(", ");

function tableOf({ phases }: Pass): string {
  const rows = phases.map((phase) => [
    phase.what,
    phase.callers.join(", "),
    String(phase.calls),
    String(phase.whileRestarting.length),
    String(phase.beyond.length),
    each(phase.restarts),
    phase.seconds.toFixed(1),
  ]);
  const columns =
    "what is done|who calls|connections|during a restart|beyond|restarts|seconds".split("|");
  return [columns, columns.map(() => "---"), ...rows]
    .map((cells) => `| ${cells.join(" | ")} |`)
    .join("\n");
}

/** Why connections failed, with how many of each. */
function brokenCalls({ passes }: CertificateReport): string[] {
  const lines = passes.flatMap(({ listenBy, phases }) =>
    phases.flatMap(({ what, whileRestarting, beyond }) => [
      ...reasons(whileRestarting).map((why) => `- \`${listenBy}\`, ${what}: ${why}`),
      ...reasons(beyond).map((why) => `- \`${listenBy}\`, ${what}, **beyond a restart**: ${why}`),
    ]),
  );
  return lines.length === 0 ? [] : ["## Why connections failed", lines.join("\n")];
}

export function reasons(failed: readonly string[]): string[] {
  return [...new Set(failed)].map((why) => {
    const count = failed.filter((one) => one === why).length;
    return `${String(count)} × ${why}`;
  });
}

/** A phase's row for a terminal of 80 columns. */
export function phaseLine(listenBy: string, phase: Phase): string {
  const { what, calls, whileRestarting, beyond, restarts } = phase;
  return `${listenBy.padEnd(12)} ${what.padEnd(22)} ${String(calls).padStart(6)} ${String(whileRestarting.length).padStart(8)} ${String(beyond.length).padStart(7)} ${each(restarts).padStart(9)}`;
}

export const phaseHeading = `${"listenBy".padEnd(12)} ${"what".padEnd(22)}  calls restart  beyond  restarts`;
