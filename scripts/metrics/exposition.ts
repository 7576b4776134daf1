// Metrics as node_exporter's textfile collector reads them:
// https://prometheus.io/docs/instrumenting/exposition_formats/. Every sample names its stack, since two files of one
// directory must not hold the same series.

type Labels = Readonly<Record<string, string>>;

export interface Sample {
  readonly labels: Labels;
  readonly value: number;
}

export interface Metric {
  readonly name: string;
  readonly help: string;
  readonly samples: readonly Sample[];
}

/** The file's text. A metric without a sample is left out. */
export function expositionOf(metrics: readonly Metric[]): string {
  return metrics
    .filter(({ samples }) => samples.length > 0)
    .map(textOf)
    .join("");
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
