import { oneLine } from "../components/model/problem.ts";
import { engineArguments, isDestroyCommand } from "./engine-command.ts";
import { engineLog } from "./engine-log.ts";
import { hostPlugin } from "./plugin.ts";
import { engineAddress, startServer } from "./server.ts";
import { keepSessions } from "./ssh.ts";

keepSessions(20);

const log = engineLog(engineAddress());

// A fault beside all requests must not end those that are under way, nor show a stack trace.
const tellFault = (error: unknown): void => {
  const what = oneLine(error instanceof Error ? error.message : String(error));
  log.warn("", `dockertls-host: ${what}; this is a fault of the program; report it`);
};
process.on("uncaughtException", tellFault).on("unhandledRejection", tellFault);

startServer(hostPlugin(isDestroyCommand(engineArguments()), log));
