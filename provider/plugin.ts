// What this plugin answers the engine.
import type grpc from "@grpc/grpc-js";
import { pluginFunctions, pluginTypes } from "../components/identity.ts";
import { EndpointProofResource } from "./endpoint-proof.ts";
import type { EngineLog } from "./engine-log.ts";
import { HostScriptResource } from "./host-script.ts";
import { HostStateResource } from "./host-state.ts";
import { HostProvider, type Properties } from "./provider.ts";
import { service } from "./service.ts";
import { strings } from "./wire.ts";

/** The methods of the protocol. `destroys` says whether the engine is about to destroy its stack. */
export function hostPlugin(destroys: boolean, log: EngineLog): grpc.UntypedServiceImplementation {
  const proofs = new EndpointProofResource();
  const resources = {
    [pluginTypes.hostState]: new HostStateResource(destroys),
    [pluginTypes.hostScript]: new HostScriptResource(),
    [pluginTypes.endpointProof]: proofs,
  };
  const functions = {
    [pluginFunctions.proveAgain]: async (args: Properties): Promise<Properties> => ({
      ...(await proofs.proveAgain(strings(args, "hosts"), Number(args["seconds"]))),
    }),
  };
  return service(new HostProvider(resources, functions, log), log);
}
