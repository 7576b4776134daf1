import { pluginTypes } from "../components/identity.ts";
import { oneLine } from "../components/model/problem.ts";
import { EndpointProofResource } from "./endpoint-proof.ts";
import { engineArguments, isDestroyCommand } from "./engine-command.ts";
import { engineLog } from "./engine-log.ts";
import { HostScriptResource } from "./host-script.ts";
import { HostStateResource } from "./host-state.ts";
import { HostProvider } from "./provider.ts";
import { engineAddress, startServer } from "./server.ts";
import { service } from "./service.ts";
import { keepSessions } from "./ssh.ts";

const resources = {
  [pluginTypes.hostState]: new HostStateResource(isDestroyCommand(engineArguments())),
  [pluginTypes.hostScript]: new HostScriptResource(),
  [pluginTypes.endpointProof]: new EndpointProofResource(),
};

keepSessions(20);

const log = engineLog(engineAddress());

// A fault beside all requests must not end those that are under way, nor show a stack trace.
const tellFault = (error: unknown): void => {
  const what = oneLine(error instanceof Error ? error.message : String(error));
  log.warn("", `dockertls-host: ${what}; this is a fault of the program; report it`);
};
process.on("uncaughtException", tellFault).on("unhandledRejection", tellFault);

startServer(service(new HostProvider(resources, log), log));
