import * as pulumi from "@pulumi/pulumi";
import { clientNames, stackNames } from "../identity.ts";
import type { IssuedBundle } from "../model/certificates.ts";
import type { Authorities, Side } from "../pki/authorities.ts";
import { CertificateAuthority } from "../pki/certificate-authority.ts";
import { ClientCertificate } from "../pki/client-certificate.ts";
import type { StackConfiguration } from "../stack/configuration.ts";
import type { AdmittedClient } from "../verify/endpoint-proof.ts";

/** Everyone whom the machines of a stack let in. */
export interface Clients {
  /** The program's own, by which it proves endpoints. */
  readonly own: ClientCertificate;
  /** Further ones by which it proves who is let in. */
  readonly admitted: readonly AdmittedClient[];
  /** Authorities of groups, PEM: machines trust them for clients, and nobody else trusts them. */
  readonly groupAuthorities: readonly pulumi.Output<string>[];
  /** Files of the clients that the configuration names, by their names; secret. */
  readonly bundles: pulumi.Output<Record<string, IssuedBundle>>;
}

type Args = Pick<StackConfiguration, "authority" | "clients" | "groups" | "lifetimes">;

/** Issues a certificate to everyone who connects: the program, the clients by name, and one for each group to prove it by. */
export function clientsOf(
  { authority: { algorithm }, clients, groups, lifetimes }: Args,
  { clients: side, former }: Authorities,
  stack: string,
  parent: pulumi.Resource,
): Clients {
  const issue = (
    name: string,
    certificate: string,
    commonName: string,
    signedBy: Pick<Side, "authority" | "chain">,
    rest: Partial<ConstructorParameters<typeof ClientCertificate>[1]> = {},
  ): ClientCertificate =>
    new ClientCertificate(
      name,
      {
        ...{ certificate, commonName, side: signedBy, algorithm, trusts: side.trusts },
        lifetime: lifetimes.client,
        ...rest,
      },
      { parent },
    );
  const own = issue(stackNames.client, stackNames.client, `${stack} client`, side);
  const ofGroups = new Map(
    groups.map(({ name, generation, algorithm: kind }) => {
      const authority = new CertificateAuthority(
        clientNames.groupAuthority(name),
        {
          certificate: clientNames.groupAuthority(name),
          commonName: `dockertls ${stack} ${name} CA`,
          lifetime: lifetimes.ca,
          ...{ generation, algorithm: kind, clientsOnly: true },
        },
        { parent },
      );
      return [name, { authority, chain: undefined }] as const;
    }),
  );
  const bundles = clients.map((client) => {
    const { name, group, algorithm: kind = algorithm, lifetime, request } = client;
    const signedBy = group === undefined ? side : ofGroups.get(group);
    // The stack's own authority in its place would let somebody in whom nothing revokes alone.
    if (signedBy === undefined) throw new Error(`client ${name}: no group ${String(group)}`);
    const resource = clientNames.client(name, group);
    const keyFollows = client.algorithm !== undefined;
    const issued = issue(resource, resource, name, signedBy, {
      ...{ algorithm: kind, keyFollows, lifetime, request },
    });
    return [name, issued.bundle] as const;
  });
  return {
    own,
    admitted: [
      ...[...ofGroups].map(([name, group]): AdmittedClient => {
        const proof = clientNames.groupProof(name);
        const client = issue(proof, proof, `${stack} ${name} proof`, group);
        return admitted(`a client of group ${name}`, client, group.authority, side.trusts);
      }),
      ...(former === undefined
        ? []
        : [
            admitted(
              `a client of generation ${String(former.generation)}`,
              issue(
                stackNames.formerClient,
                stackNames.client,
                `${stack} client`,
                { authority: former, chain: undefined },
                { trusts: former.certificate },
              ),
              former,
              former.certificate,
            ),
          ]),
    ],
    groupAuthorities: [...ofGroups.values()].map(({ authority }) => authority.certificate),
    bundles: pulumi.secret(pulumi.output(Object.fromEntries(bundles))),
  };
}

function admitted(
  name: string,
  { certificate, privateKey }: ClientCertificate,
  issuer: CertificateAuthority,
  ca: pulumi.Output<string>,
): AdmittedClient {
  return { name, issuer: issuer.certificate, ca, certificate, privateKey };
}
