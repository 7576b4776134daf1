// The report as node_exporter's textfile collector reads it: https://prometheus.io/docs/instrumenting/exposition_formats/.
// Every sample names its stack, since two files of one directory must not hold the same series.
import type { ServerCertificate } from "./certificates.ts";
import { exitCodes, type HostReport, type HostState, type StackReport } from "./report.ts";

type Labels = Readonly<Record<string, string>>;

interface Sample {
  readonly labels: Labels;
  readonly value: number;
}

interface Metric {
  readonly name: string;
  readonly help: string;
  readonly samples: readonly Sample[];
}

/** What a run saw of a stack, and when, in seconds since 1970. */
export interface StackLook {
  readonly report: StackReport;
  readonly certificates: readonly ServerCertificate[];
  readonly at: number;
}

export function metricsText(looks: readonly StackLook[]): string {
  return [...runMetrics(looks), ...hostMetrics(looks), ...certificateMetrics(looks)]
    .filter(({ samples }) => samples.length > 0)
    .map(textOf)
    .join("");
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

/** Under the names and labels of x509-certificate-exporter, so that its dashboards and alerts show them as well. */
function certificateMetrics(looks: readonly StackLook[]): Metric[] {
  const perCertificate = (value: (one: ServerCertificate, at: number) => number): Sample[] =>
    looks.flatMap(({ report: { stack }, certificates, at }) =>
      certificates.map((one) => ({ labels: { stack, ...one.labels }, value: value(one, at) })),
    );
  return [
    {
      name: "x509_cert_not_before",
      help: "Unix timestamp of the certificate's NotBefore.",
      samples: perCertificate(({ notBefore }) => notBefore),
    },
    {
      name: "x509_cert_not_after",
      help: "Unix timestamp of the certificate's NotAfter.",
      samples: perCertificate(({ notAfter }) => notAfter),
    },
    {
      name: "x509_cert_expired",
      help: "1 if the certificate is expired, 0 otherwise.",
      samples: perCertificate(({ notAfter }, at) => Number(at > notAfter)),
    },
  ];
}

function textOf({ name, help, samples }: Metric): string {
  const lines = samples.map(
    ({ labels, value }) => `${name}{${labelsText(labels)}} ${String(value)}`,
  );
  return [`# HELP ${name} ${help}`, `# TYPE ${name} gauge`, ...lines].join("\n") + "\n";
}

function labelsText(labels: Labels): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${escaped(value)}"`)
    .join(",");
}

const escaped = (value: string): string =>
  value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
