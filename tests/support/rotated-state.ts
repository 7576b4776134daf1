// The state of a stack in the middle of a rotation, as `pulumi stack export` shows it, without what nobody reads.
import type { Exported, StateResource } from "../../scripts/forget/deployment.ts";
import { makeAuthority, type Authority } from "./authority.ts";

const prefix = "urn:pulumi:prod::dockertls::dockertls:index:Fleet";
const component = (type: string, name: string): string =>
  `${prefix}$dockertls:index:${type}::${name}`;

/** Authorities of the generations 1, 2 and 3, and one of a group. */
export const authorities: Readonly<Record<1 | 2 | 3 | "guests", Authority>> = {
  1: await makeAuthority("dockertls dockertls/prod CA g1"),
  2: await makeAuthority("dockertls dockertls/prod CA g2"),
  3: await makeAuthority("dockertls dockertls/prod CA g3"),
  guests: await makeAuthority("dockertls dockertls/prod guests CA g1"),
};
type Signer = keyof typeof authorities;

const leaves = new Map<Signer, string>();
for (const signer of [1, 2, 3, "guests"] as const) {
  leaves.set(signer, (await authorities[signer].issue("client")).certificate);
}

export const authorityOf = (generation: 1 | 2 | 3, role = "ca"): StateResource => ({
  urn: `${prefix}$dockertls:index:CertificateAuthority$tls:index/selfSignedCert:SelfSignedCert::ca-g${String(generation)}`,
  type: "tls:index/selfSignedCert:SelfSignedCert",
  parent: component("CertificateAuthority", role),
  outputs: { certPem: authorities[generation].certificate },
});

/** A machine whose last proof was of a certificate by `shows`; of one by `former` as well, during a rotation. */
export const provenHost = (
  host: string,
  shows: Signer,
  former?: number,
  more: Readonly<Record<string, unknown>> = {},
): StateResource => ({
  urn: `${prefix}$dockertls-host:index:EndpointProof::${host}-proof`,
  type: "dockertls-host:index:EndpointProof",
  inputs: {
    host,
    tls: {
      serverCertificate: leaves.get(shows),
      admitted: [
        { name: "a client of group guests" },
        ...(former === undefined ? [] : [{ name: `a client of generation ${String(former)}` }]),
      ],
    },
    ...more,
  },
  outputs: { problems: [], ...more },
});

/** A client's certificate, and its key where that was made here. */
export function clientOf(name: string, signer: Signer, ownKey = false): StateResource[] {
  const parent = component("ClientCertificate", `client-${name}`);
  const of = (type: string, outputs: Readonly<Record<string, unknown>>): StateResource => ({
    urn: `${prefix}$dockertls:index:ClientCertificate$${type}::client-${name}`,
    ...{ type, parent, outputs },
  });
  return [
    of("tls:index/locallySignedCert:LocallySignedCert", { certPem: leaves.get(signer) }),
    ...(ownKey ? [] : [of("tls:index/privateKey:PrivateKey", {})]),
  ];
}

export const stateWith = (
  ...resources: readonly (StateResource | readonly StateResource[])[]
): Exported => ({
  deployment: { resources: resources.flatMap((one) => one) },
});
