// Where a run's figures are kept, and where its page and chart are written.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { format, resolveConfig } from "prettier";
import { writeAtomically } from "../../lab/atomic-write.ts";
import { checkout } from "../../lab/paths.ts";
import { chart } from "./chart.ts";
import { scratchFolder } from "./fleet-options.ts";
import { benchmarkPage } from "./page.ts";
import type { Report } from "./results.ts";

const keptFile = join(checkout, scratchFolder, "fleet.json");

export function keepReport(report: Report): void {
  mkdirSync(join(checkout, scratchFolder), { recursive: true });
  writeAtomically(keptFile, `${JSON.stringify(report, null, 2)}\n`);
}

/** @throws Error when there was no run. */
export function keptReport(): Report {
  try {
    const kept = JSON.parse(readFileSync(keptFile, "utf8")) as Partial<Report>;
    // Earlier versions measured none.
    return { growth: [], ...kept } as unknown as Report;
  } catch {
    throw new Error(
      `${keptFile}: holds no figures; there is nothing to draw; run npm run bench -- fleet first`,
    );
  }
}

/** Returns what it has written. */
export async function writePage(report: Report, out: string): Promise<string[]> {
  const texts = { "benchmark.md": benchmarkPage(report), "benchmark.svg": chart(report) };
  return Promise.all(
    Object.entries(texts).map(async ([name, text]) => await writeText(out, name, text)),
  );
}

/** Returns the path of what it has written: Markdown in the form that this repository has it. */
export async function writeText(out: string, name: string, text: string): Promise<string> {
  const directory = resolve(checkout, out);
  mkdirSync(directory, { recursive: true });
  const filepath = join(directory, name);
  const options = { ...(await resolveConfig(filepath)), filepath };
  writeFileSync(filepath, name.endsWith(".md") ? await format(text, options) : text);
  return filepath;
}
