import { flushCompileCache } from "node:module";
import { oneLine } from "../components/model/problem.ts";
import { engineArguments, isDestroyCommand } from "./engine-command.ts";
import { engineLog } from "./engine-log.ts";
import type { HostProvider } from "./provider.ts";
import { engineAddress, startServer } from "./server.ts";
import { service } from "./service.ts";

const log = engineLog(engineAddress());

// A fault beside all requests must not end those that are under way, nor show a stack trace.
const tellFault = (error: unknown): void => {
  const what = oneLine(error instanceof Error ? error.message : String(error));
  log.warn("", `dockertls-host: ${what}; this is a fault of the program; report it`);
};
process.on("uncaughtException", tellFault).on("unhandledRejection", tellFault);

let provider: Promise<HostProvider> | undefined;

async function load(): Promise<HostProvider> {
  const { hostProvider } = await import("./plugin.ts");
  setImmediate(flushCompileCache);
  return hostProvider(isDestroyCommand(engineArguments()), log);
}

startServer(service(() => (provider ??= load()), log));
