// npm run pulumi -- ARGS: the engine on a stack of this checkout's own: the one that is named, the one that is
// selected, or dev.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { consoleReports, silent } from "../lab/engine/report.ts";
import { engineAtHand } from "../lab/engine/engine.ts";
import { checkout } from "../lab/paths.ts";
import { devEnvironment, devStack, stackNamedIn, withStackFile } from "./dev-stack.ts";
import { isNoise, printsNoise } from "./engine-lines.ts";
import { prepareEngine } from "./prepare.ts";
import { refuseSecretLogs } from "./secret-logs.ts";
import { ownSelection } from "./stack-engine.ts";

async function main(args: string[]): Promise<number> {
  refuseSecretLogs(args);
  // On stderr: the answer of `stack output` goes into pipes.
  const reports = engineAtHand()
    ? { ...silent, progress: consoleReports(process.stderr).progress }
    : consoleReports(process.stderr);
  const engine = await prepareEngine(reports);
  const stack = stackNamedIn(args) ?? ownSelection(engine) ?? devStack.name;
  const run = (): Promise<number> =>
    new Promise((done, fail) => {
      const isFiltered = !process.stdout.isTTY && printsNoise(args);
      const child = spawn(join(engine.directory, "pulumi"), args, {
        cwd: checkout,
        stdio: ["inherit", isFiltered ? "pipe" : "inherit", "inherit"],
        env: devEnvironment(engine, stack),
      });
      if (child.stdout !== null) {
        createInterface({ input: child.stdout }).on("line", (line) => {
          if (!isNoise(line)) console.log(line);
        });
      }
      child.once("error", fail);
      child.once("close", (code) => {
        done(code ?? 1);
      });
    });
  // The engine hears Ctrl-C by itself, and ends in its own good order.
  process.on("SIGINT", () => undefined);
  // `cancel` frees a stack from a run that was killed: it must not wait for it.
  const waits = stack === devStack.name && args[0] !== "cancel";
  return waits ? withStackFile((line) => console.error(line), run) : run();
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
