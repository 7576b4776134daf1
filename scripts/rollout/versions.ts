// By which versions of our resources a state is read.
import { EndpointProofResource } from "../../provider/endpoint-proof.ts";
import { HostStateResource } from "../../provider/host-state.ts";
import type { StateVersions } from "../drift/report.ts";

export const stateVersions: StateVersions = {
  hostState: new HostStateResource().stateVersion,
  endpointProof: new EndpointProofResource().stateVersion,
};
