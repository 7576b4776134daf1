// What docs/faults.md says, put together from what was seen: neighbouring steps with one outcome are a row.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { checkout } from "../../lab/paths.ts";

export interface Outcome {
  /** What was being done to the machine. */
  readonly during: string;
  /** What happened to it. */
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

Written by \`tests/integration/faults.test.ts\` on a Debian 13 lab machine (\`npm run faults\`); the same test
fails when the outcome is another. The programs are those that the engine sent, the fault comes when the
script announces the step; where the engine on machine A is killed, it is a run of its own that is held there.
A container runs all the while: after every fault, and after the run that follows, it is the same process with
the same start (a power cut and a reboot end it, and it is started anew). What follows ends with what was
wanted, or gives the machine back, and each machine that was given back had its first files, byte for byte.
Before the step \`pending\` nothing of the machine's own has been touched.
A power cut here ends every process at once; what a disk's own cache may lose is no part of it.
`;

const code = (step: string): string => `\`${step}\``;

export function faultPage(outcomes: readonly Outcome[]): string {
  const rows: (Outcome & { first: string; count: number })[] = [];
  for (const outcome of outcomes) {
    const last = rows.at(-1);
    const same = (["during", "fault", "served", "next"] as const).every(
      (key) => last?.[key] === outcome[key],
    );
    if (last !== undefined && same)
      rows.splice(-1, 1, { ...last, step: outcome.step, count: last.count + 1 });
    else rows.push({ ...outcome, first: outcome.step, count: 1 });
  }
  const lines = rows.map(({ during, fault, first, step, count, served, next }) => {
    const steps =
      count === 1 ? code(first) : `${code(first)} to ${code(step)} (${String(count)} steps)`;
    return `| ${during} | ${fault} | ${steps} | ${served} | ${next} |`;
  });
  return [
    introduction,
    `Faults tried: ${String(outcomes.length)}. Survived: ${String(outcomes.length)}.\n`,
    "| during | fault | at step | serves right after | the run that follows |",
    "| --- | --- | --- | --- | --- |",
    ...lines,
    "",
  ].join("\n");
}

/** The page's tables without their layout. */
export const cellsOf = (text: string): string =>
  text.replaceAll(/ +\|/g, " |").replaceAll(/-{3,}/g, "---");

export const writtenPage = (): string => (existsSync(page) ? readFileSync(page, "utf8") : "");
export const writePage = (text: string): void => writeFileSync(page, text);
