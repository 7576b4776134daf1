import { pluginFunctions, pluginTypes } from "../components/identity.ts";
import { oneLine } from "../components/model/problem.ts";
import { EndpointProofResource } from "./endpoint-proof.ts";
import { engineArguments, isDestroyCommand } from "./engine-command.ts";
import { engineLog } from "./engine-log.ts";
import { HostScriptResource } from "./host-script.ts";
import { HostStateResource } from "./host-state.ts";
import { HostProvider, type Properties } from "./provider.ts";
import { engineAddress, startServer } from "./server.ts";
import { service } from "./service.ts";
import { keepSessions } from "./ssh.ts";
import { strings } from "./wire.ts";

const proofs = new EndpointProofResource();
const resources = {
  [pluginTypes.hostState]: new HostStateResource(isDestroyCommand(engineArguments())),
  [pluginTypes.hostScript]: new HostScriptResource(),
  [pluginTypes.endpointProof]: proofs,
};

const functions = {
  [pluginFunctions.proveAgain]: async (args: Properties): Promise<Properties> => ({
    ...(await proofs.proveAgain(strings(args, "hosts"), Number(args["seconds"]))),
  }),
};

keepSessions(20);

const log = engineLog(engineAddress());

// A fault beside all requests must not end those that are under way, nor show a stack trace.
const tellFault = (error: unknown): void => {
  const what = oneLine(error instanceof Error ? error.message : String(error));
  log.warn("", `dockertls-host: ${what}; this is a fault of the program; report it`);
};
process.on("uncaughtException", tellFault).on("unhandledRejection", tellFault);

startServer(service(new HostProvider(resources, functions, log), log));
