// npm run expiry [-- --stack NAME… | --all]: when the certificates of stacks end, and when they are renewed. Reads the state
// alone: it dials nothing, changes nothing, and needs no passphrase.
import { parseArgs } from "node:util";
import { formatProblem } from "../components/model/problem.ts";
import { terminalOf } from "../doctor/terminal.ts";
import type { Engine } from "../lab/engine/engine.ts";
import { calendar } from "./expiry/calendar.ts";
import { certificatesIn, type Certificate } from "./expiry/certificates.ts";
import { metricsText } from "./expiry/metrics.ts";
import { exitCodes, expiryReport, table } from "./expiry/report.ts";
import type { Exported } from "./forget/deployment.ts";
import { failureText, showedHelp } from "./help.ts";
import { checkTextfile, writeTextfile } from "./metrics/textfile.ts";
import { exportedState, presentEngine } from "./stack-engine.ts";
import { stacksAsked } from "./stacks.ts";

const usage = `usage: npm run expiry [-- OPTIONS]: when certificates end, and when pulumi up renews them
  --stack NAME     which stack, more than once if you like (default: PULUMI_STACK, the one selected, or dev)
  --at YYYY-MM-DD  as of that day, and who refuses whom then if nobody runs pulumi up
  --json           for scripts
  --all            every stack of this project
  --ics            for a calendar
  --prom FILE      for node_exporter's textfile collector, beside what is printed
exit code: 0 nothing is due, 2 something is past its renewal, 1 it could not tell`;

async function certificatesOf(engine: Engine, stack: string): Promise<Certificate[]> {
  return certificatesIn(stack, JSON.parse(await exportedState(engine, stack)) as Exported);
}

/** The end of a day, as the calendar has it: what ends on that day has ended by then. */
function dayNamed(text: string): Date {
  const day = new Date(`${text}T23:59:59.999Z`);
  if (/^\d{4}-\d\d-\d\d$/.test(text) && day.toISOString().startsWith(text)) return day;
  throw new Error(
    formatProblem({
      where: "--at",
      what: "is no day",
      why: "there is nothing to compare the certificates with",
      fix: "write one as 2027-03-01",
    }),
  );
}

async function main(): Promise<number> {
  if (showedHelp(usage)) return 0;
  const { values } = parseArgs({
    options: {
      stack: { type: "string", short: "s", multiple: true },
      at: { type: "string" },
      json: { type: "boolean", default: false },
      ics: { type: "boolean", default: false },
      all: { type: "boolean", default: false },
      prom: { type: "string" },
    },
  });
  if ((values.json && values.ics) || (values.all && values.stack !== undefined)) {
    throw new Error(usage);
  }
  if (values.prom !== undefined) checkTextfile(values.prom);
  const at = values.at === undefined ? new Date() : dayNamed(values.at);
  const engine = presentEngine();
  const found: Certificate[] = [];
  for (const stack of await stacksAsked(engine, values)) {
    found.push(...(await certificatesOf(engine, stack)));
  }
  const report = expiryReport(found, at);
  const unwritten =
    values.prom === undefined ? undefined : writeTextfile(values.prom, metricsText(report));
  if (unwritten !== undefined) throw new Error(unwritten);
  if (values.json) console.log(JSON.stringify(report, null, 2));
  else if (values.ics) console.log(calendar(report));
  else console.log(table(report, terminalOf(process.stdout, process.env)).join("\n"));
  return report.certificates.every(({ state }) => state === "valid")
    ? exitCodes.valid
    : exitCodes.due;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(failureText(error, usage));
  process.exitCode = exitCodes.failed;
}
