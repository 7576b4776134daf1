// A strict reader of what node_exporter's textfile collector takes: the text format of Prometheus, of gauges alone.
// https://prometheus.io/docs/instrumenting/exposition_formats/#text-format-details

export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const metricName = "[a-zA-Z_:][a-zA-Z0-9_:]*";
const label = String.raw`([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"`;
const sample = new RegExp(
  `^(${metricName})\\{(${label}(?:,${label})*)\\} (-?[0-9]+(?:\\.[0-9]+)?)$`,
);

/** @throws Error for whatever a scraper would stumble over. */
export function readPrometheusText(text: string): Sample[] {
  if (!text.endsWith("\n")) throw new Error("the last line does not end");
  const samples: Sample[] = [];
  const seen = new Set<string>();
  const metrics = new Set<string>();
  let metric = "";
  let helped = "";
  for (const line of text.slice(0, -1).split("\n")) {
    const [, help] = new RegExp(`^# HELP (${metricName}) \\S[^\\\\]*$`).exec(line) ?? [];
    const [, type] = new RegExp(`^# TYPE (${metricName}) gauge$`).exec(line) ?? [];
    const [series, name, labels = "", ...rest] = sample.exec(line) ?? [];
    if (help !== undefined) {
      helped = help;
    } else if (type !== undefined) {
      if (type !== helped || metrics.has(type)) throw new Error(`out of order: ${line}`);
      metrics.add(type);
      metric = type;
    } else if (series !== undefined && name !== undefined) {
      if (name !== metric) throw new Error(`of another metric than ${metric}: ${line}`);
      const key = series.slice(0, series.lastIndexOf(" "));
      if (seen.has(key)) throw new Error(`twice: ${line}`);
      seen.add(key);
      samples.push({ name, labels: labelsIn(labels), value: Number(rest.at(-1)) });
    } else {
      throw new Error(`no line of the format: ${line}`);
    }
  }
  return samples;
}

function labelsIn(text: string): Record<string, string> {
  const pairs = [...text.matchAll(new RegExp(label, "g"))].map(
    ([, name = "", value = ""]) => [name, unescaped(value)] as const,
  );
  if (new Set(pairs.map(([name]) => name)).size !== pairs.length) throw new Error(`twice: ${text}`);
  return Object.fromEntries(pairs);
}

const unescaped = (value: string): string =>
  value.replace(/\\(.)/g, (_, character: string) => (character === "n" ? "\n" : character));
