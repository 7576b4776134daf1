// --report FILE.html: the page of a run, and the report that it is made of beside it, as FILE.json.
import { accessSync, constants, readFileSync } from "node:fs";
import { dirname, extname, join } from "node:path";
import { formatProblem } from "../../components/model/problem.ts";
import { writeAtomically } from "../../lab/atomic-write.ts";
import { checkout } from "../../lab/paths.ts";
import { pageOf } from "./page.ts";
import type { Report } from "./schema.ts";

/** Added to the exit code, which still says what was found, when something did not get out. */
export const untold = 4;

export function programVersion(): string {
  const { version } = JSON.parse(readFileSync(join(checkout, "package.json"), "utf8")) as {
    version: string;
  };
  return version;
}

/** @throws Error in one line where no page could be written: that must not come out after an hour of work. */
export function checkReport(path: string): void {
  if (extname(path) !== ".html") {
    throw new Error(
      formatProblem({
        where: "--report",
        what: `"${path}" does not end in .html`,
        why: "it is a page, and the same report as JSON goes beside it under the same name",
        fix: "name a file such as reports/prod.html",
      }),
    );
  }
  try {
    accessSync(dirname(path), constants.W_OK);
  } catch (error) {
    throw new Error(unwritable(dirname(path), error), { cause: error });
  }
}

/** Writes both where they are wanted, each whole or not at all; the line that says why it could not, or undefined. */
export function writeReport(path: string | undefined, report: Report): string | undefined {
  if (path === undefined) return undefined;
  try {
    writeAtomically(path.replace(/html$/, "json"), `${JSON.stringify(report, null, 2)}\n`, 0o666);
    writeAtomically(path, pageOf(report), 0o666);
    return undefined;
  } catch (error) {
    return unwritable(path, error);
  }
}

function unwritable(path: string, error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "unknown";
  return formatProblem({
    where: "--report",
    what: `${path} can't be written (${code})`,
    why: "nobody would have a report of this run",
    fix: "make the folder, or give your user the right to write there",
  });
}
