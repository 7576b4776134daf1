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

/** A run of jest. */
interface Run {
  readonly name: string;
  /** By the clock: files run side by side. */
  readonly seconds: number;
  readonly files: readonly FileTime[];
}

/** Lines of both tables, for a terminal of 80 columns; layers and files in seconds of their own. */
export function timeTable(runs: readonly Run[]): string[] {
  const files = runs.flatMap(({ files: own }) => own).toSorted(bySeconds);
  return [
    "where the time went, slowest first; engine: runs of it, boot: machines started,",
    "wait: for a condition; files run side by side, by the clock it was",
    ...runs.map(({ name, seconds }) => `  ${name}: ${seconds.toFixed(0)} s`),
    "",
    ...table("layer", layerRows(files)),
    "",
    ...table("file", fileRows(files)),
  ];
}

/** A layer is a folder of the tests; of integration tests, one below. */
const layerOf = ({ file }: FileTime): string =>
  file
    .split("/")
    .slice(0, file.startsWith("integration/") ? 2 : 1)
    .join("/");

function layerRows(files: readonly FileTime[]): Row[] {
  return Object.entries(Object.groupBy(files, layerOf))
    .map(([name, own = []]) =>
      together(`${name} (${String(own.length)} file${own.length === 1 ? "" : "s"})`, own),
    )
    .toSorted(bySeconds);
}

const together = (what: string, files: readonly FileTime[]): Row => ({
  what,
  tests: total(files.map(({ tests }) => tests)),
  seconds: total(files.map(({ seconds }) => seconds)),
  spans: files.flatMap(({ spans }) => spans),
});

function fileRows(files: readonly FileTime[]): Row[] {
  const slow = files.filter(({ seconds }) => seconds >= worthALine);
  const quick = files.filter(({ seconds }) => seconds < worthALine);
  const rows = slow.map(({ file, ...rest }): Row => ({ what: shortName(file), ...rest }));
  if (quick.length === 0) return rows;
  const rest = `${String(quick.length)} files under ${String(worthALine)} s each`;
  return [...rows, together(rest, quick)];
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
