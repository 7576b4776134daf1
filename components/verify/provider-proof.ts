import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { IssuedBundle } from "../model/certificates.ts";
import type { EndpointProof } from "./endpoint-proof.ts";

/**
 * A second, independent client: the official Docker provider asks the daemon for its host
 * network, which every daemon has: the default bridge is not there with `bridge: none`.
 * The provider pings the daemon as soon as it is used, in a preview as well, so both its
 * configuration and the question come from the proof, which is unknown while a repair is due: a
 * broken daemon blocks no preview. (Known questions are asked even of an unknown configuration.)
 * `bundle` is what it shows; undefined with plain TCP.
 * @returns the endpoint, once the provider has worked against it.
 */
export function proveWithProvider(
  name: string,
  proof: EndpointProof,
  bundle: pulumi.Output<IssuedBundle> | undefined,
  parent: pulumi.Resource,
): pulumi.Output<string> {
  const provider = new docker.Provider(
    name,
    {
      host: proof.endpoint,
      ...(bundle === undefined
        ? {}
        : { caMaterial: bundle.ca, certMaterial: bundle.cert, keyMaterial: bundle.key }),
    },
    { parent, dependsOn: proof },
  );
  const network = docker.getNetworkOutput(
    { name: proof.endpoint.apply(() => "host") },
    { provider, parent },
  );
  // The network's id changes with every restart of dockerd: that it answered is all that counts.
  return pulumi.all([proof.endpoint, network.driver]).apply(([endpoint]) => endpoint);
}
