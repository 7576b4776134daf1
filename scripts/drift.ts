// npm run drift [-- --stack NAME… | --all] [--json] [--notify URL] [--prom FILE] [--report FILE]: looks at the machines of stacks
// again, through the engine's own refresh, and changes nothing: no machine, no state; it takes no lock and asks nothing.
import type * as z from "zod";
import type { Engine } from "../lab/engine/engine.ts";
import { checkout } from "../lab/paths.ts";
import { terminalOf } from "../doctor/terminal.ts";
import { serverCertificates } from "./drift/certificates.ts";
import { metricsText, type StackLook } from "./drift/metrics.ts";
import { messageOf } from "./drift/notification.ts";
import { readOptions, usage, type Options } from "./drift/options.ts";
import {
  driftReport,
  exitCodes,
  failedStack,
  stackReport,
  summary,
  table,
} from "./drift/report.ts";
import { writeTextfile } from "./metrics/textfile.ts";
import { post } from "./drift/webhook.ts";
import { eventsOf } from "./engine-events.ts";
import { failureText, showedHelp } from "./help.ts";
import { certificateRows, hostFacts } from "./report/facts.ts";
import type { Report, driftStack } from "./report/schema.ts";
import { programVersion, untold, writeReport } from "./report/write.ts";
import { releaseIn } from "./rollout/release.ts";
import { stateVersions } from "./rollout/versions.ts";
import { presentEngine } from "./stack-engine.ts";
import { stacksAsked } from "./stacks.ts";

interface ReportedLook extends StackLook {
  readonly report: z.infer<typeof driftStack>;
}

async function lookAt(engine: Engine, stack: string): Promise<ReportedLook> {
  const begun = new Date();
  const refreshed = await eventsOf(engine, stack, ["refresh", "--preview-only"]);
  const at = Date.now() / 1000;
  const turn = { begun: begun.toISOString(), seconds: Math.round(at - begun.getTime() / 1000) };
  if ("failed" in refreshed) {
    const failed = { ...failedStack(stack, refreshed.failed), hosts: [], certificates: [] };
    return { report: { ...failed, ...turn }, certificates: [], at };
  }
  const report = stackReport(stack, refreshed, stateVersions);
  const hosts = report.hosts.map((host) => ({ ...host, ...hostFacts(host.host, refreshed) }));
  const certificates = certificateRows(stack, refreshed, begun);
  return {
    report: { ...report, ...turn, hosts, certificates },
    certificates: serverCertificates(refreshed),
    at,
  };
}

/** To whoever is not at the terminal; a line for each thing that did not get out. */
async function tellOthers(
  report: Extract<Report, { run: "drift" }>,
  looks: readonly StackLook[],
  { prom, report: page, webhook }: Options,
): Promise<string[]> {
  const unwritten = prom === undefined ? undefined : writeTextfile(prom, metricsText(looks));
  const message = messageOf(report);
  const unsent =
    webhook === undefined || message === undefined ? undefined : await post(webhook, message);
  return [unwritten, unsent, writeReport(page, report)].filter((line) => line !== undefined);
}

async function main(): Promise<number> {
  if (showedHelp(usage)) return 0;
  const values = readOptions(process.argv.slice(2));
  const engine = presentEngine();
  const asked = await stacksAsked(engine, values);
  const begun = new Date();
  const looks: ReportedLook[] = [];
  // One by one: an engine with its plugins takes half a gigabyte.
  for (const stack of asked) looks.push(await lookAt(engine, stack));
  const report: Extract<Report, { run: "drift" }> = {
    ...{ run: "drift", begun: begun.toISOString() },
    seconds: Math.round((Date.now() - begun.getTime()) / 1000),
    ...{ version: programVersion(), release: releaseIn(checkout) },
    ...driftReport(looks.map((look) => look.report)),
  };
  if (values.json) {
    console.log(JSON.stringify(report, null, 2));
  } else {
    const terminal = terminalOf(process.stdout, process.env);
    const last = summary(report);
    console.log([...table(report, terminal), ...(last === "" ? [] : ["", last])].join("\n"));
  }
  const failures = await tellOthers(report, looks, values);
  for (const line of failures) console.error(line);
  return exitCodes[report.outcome] + (failures.length > 0 ? untold : 0);
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(failureText(error, usage));
  process.exitCode = exitCodes["could not tell"];
}
