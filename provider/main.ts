import { flushCompileCache } from "node:module";
import * as provider from "@pulumi/pulumi/provider/index.js";
import { pluginTypes } from "../components/identity.ts";
import { EndpointProofResource } from "./endpoint-proof.ts";
import { engineLog } from "./engine-log.ts";
import { HostScriptResource } from "./host-script.ts";
import { HostStateResource } from "./host-state.ts";
import { HostProvider } from "./provider.ts";

const resources = {
  [pluginTypes.hostState]: new HostStateResource(),
  [pluginTypes.hostScript]: new HostScriptResource(),
  [pluginTypes.endpointProof]: new EndpointProofResource(),
};

const [engineAddress] = process.argv.slice(2);
await provider.main(new HostProvider(resources, engineLog(engineAddress)), process.argv.slice(2));

// Node writes its compile cache when it exits, but the engine kills its plugins.
flushCompileCache();
