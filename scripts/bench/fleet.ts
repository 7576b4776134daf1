// npm run bench -- fleet: this program beside pyinfra and Ansible, on real machines of the lab, each from
// new to the same end.
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { engineVersion, pluginVersions } from "../../lab/engine/versions.ts";
import { pluginAtHand } from "../../lab/engine/plugins.ts";
import type { Reports } from "../../lab/engine/report.ts";
import { downLab } from "../../lab/machines/machines.ts";
import { checkout, pulumiHome } from "../../lab/paths.ts";
import { testLab } from "../../tests/support/test-lab.ts";
import type { FleetOptions } from "./fleet-options.ts";
import { measureTool, warmUp } from "./fleet-run.ts";
import { keepReport, keptReport, writePage } from "./pages.ts";
import type { Found, Report } from "./results.ts";
import { ensureRivals } from "./rivals.ts";
import { withRoomFor } from "./room.ts";
import { limitLines, tableLines } from "./table.ts";
import { dockertls } from "./tools.ts";
import type { Tool } from "./tools.ts";

export async function benchFleet(options: FleetOptions, reports: Reports): Promise<void> {
  const report = options.redraw ? keptReport() : await measureAll(options, reports);
  for (const line of [...tableLines(report), "", ...limitLines(report)]) reports.say(line);
  for (const path of await writePage(report, options.out)) reports.say(`wrote ${path}`);
}

async function measureAll(options: FleetOptions, reports: Reports): Promise<Report> {
  const rivals = await ensureRivals(
    options.tools.filter((name) => name !== "dockertls"),
    reports,
  );
  const own = options.tools.includes("dockertls") ? [dockertls(ownTitle())] : [];
  const tools = [...own, ...rivals.tools];
  let report: Report = {
    date: new Date().toISOString().slice(0, 10),
    cores: availableParallelism(),
    rounds: options.rounds,
    versions: tools.map(({ title }) => title),
    ...{ results: [], growth: [], states: [], missing: rivals.missing },
  };
  const add = (more: Partial<Found>): void => {
    report = {
      ...report,
      results: [...report.results, ...(more.results ?? [])],
      growth: [...report.growth, ...(more.growth ?? [])],
      states: [...report.states, ...(more.states ?? [])],
      missing: [...report.missing, ...(more.missing ?? [])],
    };
    // A run of an hour that ends early has figures to show all the same.
    keepReport(report);
  };
  await withRoomFor(Math.max(...options.machines, ...options.growth), reports.say, async () => {
    try {
      await measureTools(tools, options, reports, add);
    } finally {
      await downLab(testLab);
    }
  });
  return report;
}

/** A tool that fails on one number of machines is measured on the others all the same. */
async function measureTools(
  tools: readonly Tool[],
  { machines, growth, rounds }: FleetOptions,
  reports: Reports,
  add: (more: Partial<Found>) => void,
): Promise<void> {
  for (const tool of tools) {
    reports.progress(`${tool.name}: once before anything counts`);
    await warmUp(tool);
  }
  const orMissing = async (tool: Tool, count: number, work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      reports.say(message);
      add({ missing: [`${tool.name} on ${count}: ${message.split("\n")[0] ?? ""}`] });
    }
  };
  for (const count of machines) {
    for (const tool of tools) {
      await orMissing(tool, count, () => measureTool(tool, count, rounds, reports, add));
    }
  }
  for (const count of growth) {
    for (const tool of tools.filter(({ name }) => name === "dockertls")) {
      const addGrowth = ({ results = [] }: Partial<Found>): void => add({ growth: results });
      await orMissing(tool, count, () =>
        measureTool(tool, count, 1, reports, addGrowth, ["first", "unchanged"]),
      );
    }
  }
}

function ownTitle(): string {
  const text = readFileSync(join(checkout, "package.json"), "utf8");
  const { version } = JSON.parse(text) as { version: string };
  const origins = pluginVersions.map((plugin) => pluginAtHand(pulumiHome, plugin).origin);
  return `dockertls ${version} (Pulumi ${engineVersion}, plugins: ${[...new Set(origins)].join(", ")})`;
}
