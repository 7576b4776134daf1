// The tables at the end of every run of the tests: where its seconds went, slowest first.
import { spanNames, type Span, type SpanName } from "../../tests/support/stopwatch.ts";

/** What one test file took. */
export interface FileTime {
  /** Its path below tests/. */
  readonly file: string;
  readonly seconds: number;
  readonly tests: number;
  readonly spans: readonly Pick<Span, "name" | "seconds">[];
}

interface Row {
  readonly what: string;
  readonly tests: number;
  readonly seconds: number;
  readonly spans: FileTime["spans"];
}

/** Files faster than this share one line. */
const worthALine = 2;

const total = (numbers: readonly number[]): number => numbers.reduce((sum, one) => sum + one, 0);

const bySeconds = (a: { seconds: number }, b: { seconds: number }): number => b.seconds - a.seconds;

/** Lines of both tables, for a terminal of 80 columns. */
export function timeTable(
  layers: readonly { name: string; seconds: number; files: readonly FileTime[] }[],
): string[] {
  const layerRows = layers.map(({ name, seconds, files }): Row => ({
    what: `${name} (${String(files.length)} files)`,
    tests: total(files.map(({ tests }) => tests)),
    seconds,
    spans: files.flatMap(({ spans }) => spans),
  }));
  return [
    "where the seconds went; engine: runs of it, boot: machines started, wait: for a condition",
    ...table("layer", layerRows.toSorted(bySeconds)),
    "",
    ...table("file", fileRows(layers)),
  ];
}

function fileRows(layers: readonly { name: string; files: readonly FileTime[] }[]): Row[] {
  const files = layers.flatMap(({ files: own }) => own).toSorted(bySeconds);
  const slow = files.filter(({ seconds }) => seconds >= worthALine);
  const quick = files.filter(({ seconds }) => seconds < worthALine);
  const rows = slow.map(({ file, ...rest }): Row => ({ what: shortName(file), ...rest }));
  if (quick.length === 0) return rows;
  return [
    ...rows,
    {
      what: `${String(quick.length)} files under ${String(worthALine)} s each`,
      tests: total(quick.map(({ tests }) => tests)),
      seconds: total(quick.map(({ seconds }) => seconds)),
      spans: quick.flatMap(({ spans }) => spans),
    },
  ];
}

const shortName = (file: string): string =>
  file.replace(/^integration\//, "").replace(/\.test\.ts$/, "");

function table(title: string, rows: readonly Row[]): string[] {
  const head = [title, "tests", "seconds", ...spanNames];
  const cells = rows.map(({ what, tests, seconds, spans }) => [
    what,
    String(tests),
    seconds.toFixed(0),
    ...spanNames.map((name) => spanCell(spans, name)),
  ]);
  const widths = head.map((_, column) =>
    Math.max(...[head, ...cells].map((row) => (row[column] ?? "").length)),
  );
  return [head, ...cells].map((row) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join("  "),
  );
}

/** `12 x, 54 s`; nothing where there was none. */
function spanCell(spans: FileTime["spans"], name: SpanName): string {
  const own = spans.filter((span) => span.name === name);
  if (own.length === 0) return "";
  return `${String(own.length)} x, ${total(own.map(({ seconds }) => seconds)).toFixed(0)} s`;
}
