// Runs one command as the engine would, in one process: the same program, the same plugins and stand-ins, Pulumi's own
// SDK and protocol between them; no state in a backend, no process and no configuration of a plugin for each of them.
// A run takes a quarter of the engine's time, and says what the engine says as far as tests read it.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { RunError } from "@pulumi/pulumi/errors.js";
import * as pulumi from "@pulumi/pulumi";
import settings from "@pulumi/pulumi/runtime/settings.js";
import { checkout } from "../../../lab/paths.ts";
import { engineLog } from "../../../provider/engine-log.ts";
import { hostProvider } from "../../../provider/plugin.ts";
import { service as hostService } from "../../../provider/service.ts";
import { commands } from "../../../standins/command/plugin.ts";
import { docker } from "../../../standins/docker/plugin.ts";
import { service } from "../../../standins/serve.ts";
import { tls } from "../../../standins/tls/plugin.ts";
import { Deployment } from "./deployment.ts";
import { Display, StepFailed } from "./display.ts";
import { engineService, Monitor, serve } from "./monitor.ts";
import { Plugin } from "./plugins.ts";
import { readState, writeState } from "./recorded.ts";
import { fakeCommand, readFakeConfiguration, statePath } from "./stack.ts";

const project = "dockertls";
const [directory = "", stack = "", command = "", ...flags] = process.argv.slice(2);
const preview = command === "preview";

const display = new Display(
  `urn:pulumi:${stack}::${project}::pulumi:pulumi:Stack::${project}-${stack}`,
);
const engineAddress = await serve(engineService(display));

function makePlugin(name: string): Plugin {
  const log = engineLog(engineAddress);
  switch (name) {
    case "tls":
      return new Plugin(service(tls, log));
    case "command":
      return new Plugin(service(commands, log));
    case "docker":
      return new Plugin(service(docker(), log));
    case "dockertls-host": {
      const provider = Promise.resolve(hostProvider(command === "destroy", log));
      return new Plugin(hostService(() => provider, log));
    }
    default:
      throw new Error(`${name}: no plugin of that name`);
  }
}

const deployment = new Deployment(
  readState(statePath(directory)),
  { project, stack, preview, makePlugin },
  display,
);

/** Runs the program against this deployment, as @pulumi/pulumi's cmd/run does. */
async function runProgram(): Promise<void> {
  const configuration = readFakeConfiguration(directory);
  const monitor = new Monitor({
    deployment,
    display,
    continueOnError: flags.includes("--continue-on-error"),
  });
  const monitorAddress = await serve(monitor.server);
  settings.resetOptions(project, stack, -1, engineAddress, monitorAddress, preview, "");
  pulumi.runtime.setAllConfig(
    Object.fromEntries(
      Object.entries(configuration).map(([key, value]) => [
        `${project}:${key}`,
        typeof value === "string" ? value : JSON.stringify(value),
      ]),
    ),
  );
  const told = new Set<unknown>();
  const failOn = (error: unknown): void => {
    if (told.has(error)) return;
    told.add(error);
    const text = error instanceof Error ? error.message : String(error);
    display.say("", "error", RunError.isInstance(error) ? text : `the program failed: ${text}`);
  };
  process.on("uncaughtException", failOn).on("unhandledRejection", failOn);
  const entry = join(checkout, "entry.mjs");
  const { default: program } = (await import(entry)) as { default: () => unknown };
  const ended = pulumi.runtime
    .runInPulumiStack(() => Promise.resolve(program()))
    .then(() => settings.disconnect(), failOn);
  await Promise.race([ended, monitor.stopped]).catch(() => undefined);
  do {
    await monitor.idle();
    // What has just been answered may ask for more.
    await new Promise((resolve) => setTimeout(resolve, display.hasFailed ? 300 : 0));
  } while (!monitor.isIdle);
}

async function run(): Promise<void> {
  await deployment.refresh();
  if (command === "refresh") return;
  if (command !== "destroy") await runProgram();
  if (!display.hasFailed) await deployment.deleteRest();
}

if (command === "up" && !flags.includes("--skip-preview")) {
  // A run of its own, as it is with the engine: its plugins remember nothing of it.
  const [node, ...args] = fakeCommand(directory, stack, ["preview"]);
  const { status } = spawnSync(node, args, { stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 255);
}
display.line(
  `${preview ? "Previewing update" : command === "up" ? "Updating" : command} (${stack}):`,
);
try {
  await run();
} catch (error) {
  if (!(error instanceof StepFailed)) throw error;
}
if (!preview) writeState(statePath(directory), deployment.state);
display.end();
if (flags.includes("--expect-no-changes") && display.changes > 0) {
  display.line("error: no changes were expected but changes were proposed");
  process.exit(1);
}
process.exit(display.hasFailed ? 255 : 0);
