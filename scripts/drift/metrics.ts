// What `npm run drift` found, as metrics.
import { certificateMetrics } from "../metrics/certificates.ts";
import { expositionOf, type Metric, type Sample } from "../metrics/exposition.ts";
import type { ServerCertificate } from "./certificates.ts";
import { exitCodes, type HostReport, type HostState, type StackReport } from "./report.ts";

/** What a run saw of a stack, and when, in seconds since 1970. */
export interface StackLook {
  readonly report: StackReport;
  readonly certificates: readonly ServerCertificate[];
  readonly at: number;
}

export function metricsText(looks: readonly StackLook[]): string {
  const certificates = looks.flatMap(({ report: { stack }, certificates: all, at }) =>
    all.map(({ labels, ...life }) => ({ labels: { stack, ...labels }, ...life, at })),
  );
  return expositionOf([
    ...runMetrics(looks),
    ...hostMetrics(looks),
    ...certificateMetrics(certificates),
  ]);
}

function runMetrics(looks: readonly StackLook[]): Metric[] {
  const perStack = (value: (look: StackLook) => number): Sample[] =>
    looks.map((look) => ({ labels: { stack: look.report.stack }, value: value(look) }));
  return [
    {
      name: "dockertls_drift_last_run_timestamp_seconds",
      help: "When the machines of the stack were last looked at.",
      samples: perStack(({ at }) => at),
    },
    {
      name: "dockertls_drift_exit_status",
      help: "What npm run drift found on the stack: 0 in sync, 1 it could not tell, 2 drift.",
      samples: perStack(({ report }) => exitCodes[report.outcome]),
    },
  ];
}

/** Nothing is known of the drift of any other. */
const drifted: Readonly<Partial<Record<HostState, number>>> = {
  "in sync": 0,
  unproven: 0,
  drift: 1,
  blocked: 1,
};

function hostMetrics(looks: readonly StackLook[]): Metric[] {
  const perHost = (name: string, help: string, value: (host: HostReport) => number | undefined) => {
    const samples = looks.flatMap(({ report: { stack, hosts } }) =>
      hosts.flatMap((host) => {
        const found = value(host);
        return found === undefined ? [] : [{ labels: { stack, host: host.host }, value: found }];
      }),
    );
    return { name, help, samples };
  };
  const is = (state: HostState) => (host: HostReport) => Number(host.state === state);
  return [
    perHost(
      "dockertls_drift",
      "Whether the machine differs from its desired state; none where nothing is known of that.",
      ({ state }) => drifted[state],
    ),
    perHost(
      "dockertls_host_unreachable",
      "Whether the machine could not be looked at.",
      is("unreachable"),
    ),
    perHost(
      "dockertls_host_refused",
      "Whether pulumi up would refuse the machine until somebody has fixed it by hand.",
      is("blocked"),
    ),
    perHost(
      "dockertls_host_unproven",
      "Whether the machine matches, but its endpoint does not show that from here.",
      is("unproven"),
    ),
    perHost(
      "dockertls_host_unknown",
      "Whether no pulumi up of this version has ever got to the machine.",
      is("unknown"),
    ),
    perHost(
      "dockertls_host_maintenance",
      "Whether the machine is in maintenance, and so was not looked at.",
      is("in maintenance"),
    ),
    perHost(
      "dockertls_host_findings",
      "Number of findings, which no pulumi up repairs.",
      ({ findings }) => findings.length,
    ),
  ];
}
