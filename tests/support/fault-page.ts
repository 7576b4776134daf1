// What docs/faults.md says: a section per test file, put together from what was seen. Neighbouring steps
// with one outcome are a row.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { checkout } from "../../lab/paths.ts";

export interface Outcome {
  /** What happened to the run. */
  readonly fault: string;
  /** The step that the script had announced. */
  readonly step: string;
  /** Which configuration dockerd served right after. */
  readonly served: string;
  /** What the next run said. */
  readonly next: string;
}

const page = join(checkout, "docs/faults.md");

const introduction = `# Faults tried, and what became of the machine

Written by \`tests/integration/machine/faults/\` on a Debian 13 lab machine (\`npm run faults\`); the same tests
fail when an outcome is another. The programs are those that the engine sent, the fault comes when the
script announces the step; where the engine on machine A is killed, it is a run of its own that is held there.
A container runs all the while: after every fault, and after the run that follows, it is the same process with
the same start (a power cut and a reboot end it, and it is started anew). What follows ends with what was
wanted, or gives the machine back, and each machine that was given back had its first files, byte for byte.
Before the step \`pending\` nothing of the machine's own has been touched.
A power cut here ends every process at once; what a disk's own cache may lose is no part of it.
`;

/** Sections in the order of the page. */
export const sections = [
  "The first `up`",
  "A change that restarts dockerd",
  "A change that reloads dockerd",
  "`destroy`",
  "The power goes, or the machine is rebooted, in a change that restarts dockerd",
] as const;
export type Section = (typeof sections)[number];

type Row = Outcome & { readonly first: string; readonly count: number };

const code = (step: string): string => `\`${step}\``;

function rowsOf(outcomes: readonly Outcome[]): Row[] {
  const rows: Row[] = [];
  for (const outcome of outcomes) {
    const last = rows.at(-1);
    const isSame = (["fault", "served", "next"] as const).every(
      (key) => last?.[key] === outcome[key],
    );
    if (last !== undefined && isSame)
      rows.splice(-1, 1, { ...last, step: outcome.step, count: last.count + 1 });
    else rows.push({ ...outcome, first: outcome.step, count: 1 });
  }
  return rows;
}

/** A section as it stands on the page, without its title. */
function sectionText(outcomes: readonly Outcome[]): string {
  const lines = rowsOf(outcomes).map(({ fault, first, step, count, served, next }) => {
    const steps =
      count === 1 ? code(first) : `${code(first)} to ${code(step)} (${String(count)} steps)`;
    return `| ${fault} | ${steps} | ${served} | ${next} |`;
  });
  return [
    `Faults tried: ${String(outcomes.length)}. Survived: ${String(outcomes.length)}.\n`,
    "| fault | at step | serves right after | the run that follows |",
    "| --- | --- | --- | --- |",
    ...lines,
  ].join("\n");
}

/** Cells of a table without their layout. */
const compact = (text: string): string =>
  text.replaceAll(/ +\|/g, " |").replaceAll(/-{3,}/g, "---").trim();

/** A section of the page as it lies on the disk; empty where there is none. */
function writtenSection(title: Section): string {
  const text = existsSync(page) ? readFileSync(page, "utf8") : "";
  const [, section = ""] = text.split(`\n## ${title}\n`);
  return compact(section.split("\n## ")[0] ?? "");
}

export const isWritten = (title: Section, outcomes: readonly Outcome[]): boolean =>
  writtenSection(title) === compact(sectionText(outcomes));

/** The outcomes that no row of the section tells. */
export function untold(title: Section, outcomes: readonly Outcome[]): Outcome[] {
  const rows = writtenSection(title)
    .split("\n")
    .map((line) => line.split(" | ").map((cell) => cell.replaceAll(/^\| | \|$/g, "")));
  return outcomes.filter(
    ({ fault, step, served, next }) =>
      !rows.some(
        ([itsFault, itsStep = "", itsServed, itsNext]) =>
          itsFault === fault &&
          itsServed === served &&
          itsNext === next &&
          (itsStep.includes(" to ") || itsStep === code(step)),
      ),
  );
}

/** Puts the section in its place; the others stay. One file writes at a time. */
export function writeSection(title: Section, outcomes: readonly Outcome[]): void {
  const texts = sections.map((one) =>
    one === title ? sectionText(outcomes) : writtenSection(one),
  );
  const tried = texts
    .map((text) => Number(/Faults tried: (\d+)/.exec(text)?.[1] ?? 0))
    .reduce((sum, count) => sum + count);
  const all = `Faults tried: ${String(tried)}. Survived: ${String(tried)}.\n`;
  const parts = sections.map((one, index) => `## ${one}\n\n${texts[index] ?? ""}\n`);
  writeFileSync(page, [introduction, all, ...parts].join("\n"));
}
