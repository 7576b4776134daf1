// What this plugin is made of.
import { pluginFunctions, pluginTypes } from "../components/identity.ts";
import { CrossCertificateResource } from "./cross-certificate.ts";
import { EndpointProofResource } from "./endpoint-proof.ts";
import type { EngineLog } from "./engine-log.ts";
import { HostScriptResource } from "./host-script.ts";
import { HostStateResource } from "./host-state.ts";
import { HostProvider, type Properties } from "./provider.ts";
import { keepSessions } from "./ssh.ts";
import { strings } from "./wire.ts";

/** Every kind of resource and function. `destroys` says whether the engine is about to destroy its stack. */
export function hostProvider(destroys: boolean, log: EngineLog): HostProvider {
  keepSessions(20);
  const states = new HostStateResource(destroys);
  const proofs = new EndpointProofResource((host) => states.firewallOf(host));
  const resources = {
    [pluginTypes.hostState]: states,
    [pluginTypes.hostScript]: new HostScriptResource(),
    [pluginTypes.endpointProof]: proofs,
    [pluginTypes.crossCertificate]: new CrossCertificateResource(),
  };
  const functions = {
    [pluginFunctions.unreached]: (): Promise<Properties> =>
      Promise.resolve({ hosts: states.unreached() }),
    [pluginFunctions.proveAgain]: async (args: Properties): Promise<Properties> => ({
      ...(await proofs.proveAgain(strings(args, "hosts"), Number(args["seconds"]))),
    }),
  };
  return new HostProvider(resources, functions, log);
}
