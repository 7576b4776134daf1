// npm run clients: who can connect to the machines of a stack, until when, and with which bundles of this machine.
import { parseArgs } from "node:util";
import { terminalOf } from "../doctor/terminal.ts";
import { askOutputs } from "./client/outputs.ts";
import { writtenBundles } from "./client/written.ts";
import { clientsReport } from "./clients/listing.ts";
import { clientsTable } from "./clients/table.ts";
import { failureText, showedHelp } from "./help.ts";
import { presentEngine, usualStack } from "./stack-engine.ts";

const usage = `usage: npm run clients [-- OPTIONS]: the clients of a stack, and the bundles written here
  --stack NAME  which stack (default: PULUMI_STACK, the one selected, or dev)
  --json        for scripts
It changes nothing. npm run client -- NAME writes a bundle.`;

async function main(): Promise<void> {
  if (showedHelp(usage)) return;
  const { values } = parseArgs({
    options: { stack: { type: "string", short: "s" }, json: { type: "boolean", default: false } },
  });
  const engine = presentEngine();
  const stack = values.stack ?? usualStack(engine);
  const outputs = await askOutputs(engine, stack);
  const report = clientsReport(stack, outputs, writtenBundles(stack), Date.now());
  const terminal = terminalOf(process.stdout, process.env);
  console.log(
    values.json ? JSON.stringify(report, null, 2) : clientsTable(report, terminal).join("\n"),
  );
}

try {
  await main();
} catch (error) {
  console.error(failureText(error, usage));
  process.exitCode = 1;
}
