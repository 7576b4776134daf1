// Whom the machines of a stack trust, and who has signed for whom, out of its state. Nothing secret is read, so no
// passphrase is needed. A machine's part is what its last proof was made of: so it is shown and trusted there.
import { X509Certificate } from "node:crypto";
import { componentTypes, parseUrn, pluginTypes, stackNames } from "../../components/identity.ts";
import { memberAt } from "../../components/model/json-value.ts";
import type { Exported, StateResource } from "../forget/deployment.ts";

/** An authority that signs, or has signed, for the stack. */
export interface StateAuthority {
  readonly generation: number;
  readonly certificate: X509Certificate;
}

export interface StateHost {
  readonly host: string;
  /** Generation of the authority that has signed the certificate that it shows. */
  readonly shows: number;
  /** Generations of the authorities that it trusts. */
  readonly trusts: readonly number[];
  /** The generation that a rotation leaves behind, as far as its last proof was of one. */
  readonly former: number | undefined;
  /** What was wrong with it at the last look, a line each. */
  readonly problems: readonly string[];
  readonly maintenance: boolean;
}

export interface StateClient {
  readonly client: string;
  /** The group whose authority has signed for it; undefined: the stack's own has. */
  readonly group: string | undefined;
  /** Common name of whoever has signed for it. */
  readonly issuer: string;
  /** Generation of the stack's authority that has signed for it; undefined: a group's has. */
  readonly generation: number | undefined;
  /** Whether its key was made elsewhere. */
  readonly ownKey: boolean;
}

export interface StackState {
  /** By their generation. */
  readonly authorities: readonly StateAuthority[];
  /** Those whose API speaks mutual TLS, as far as they were ever proven. */
  readonly hosts: readonly StateHost[];
  /** Those that the configuration names. */
  readonly clients: readonly StateClient[];
}

/** @param brought authorities that were made elsewhere, of which the state knows nothing. */
export function stateIn(
  { deployment }: Exported,
  brought: readonly StateAuthority[] = [],
): StackState {
  const resources = (deployment?.resources ?? []).filter((one) => one.delete !== true);
  const authorities = [...resources.flatMap(authorityOf), ...brought].sort(
    (one, other) => one.generation - other.generation,
  );
  const hosts = resources.flatMap((one) => hostOf(one, authorities));
  const clients = resources.flatMap((one) => clientOf(one, resources, authorities));
  return {
    authorities,
    hosts: hosts.sort((one, other) => (one.host < other.host ? -1 : 1)),
    clients: clients.sort((one, other) => (one.client < other.client ? -1 : 1)),
  };
}

const isCertificate = (type: string): boolean => /:(?:Self|Locally)SignedCert$/.test(type);

const pemIn = ({ outputs }: StateResource): X509Certificate | undefined =>
  certificateIn(outputs?.["certPem"]);

const certificateIn = (pem: unknown): X509Certificate | undefined =>
  typeof pem === "string" && pem !== "" ? new X509Certificate(pem) : undefined;

function authorityOf(resource: StateResource): StateAuthority[] {
  const { urn, type, parent = "" } = resource;
  const component = parseUrn(parent);
  const isOwn =
    component.type === componentTypes.certificateAuthority &&
    [stackNames.authority, stackNames.formerAuthority].includes(component.name as "ca");
  const [, generation] = /-g(\d+)$/.exec(parseUrn(urn).name) ?? [];
  const certificate = pemIn(resource);
  // One that another has signed vouches for an authority, and is none itself.
  const isRoot = /:SelfSignedCert$/.test(type);
  return isOwn && isRoot && certificate !== undefined && generation !== undefined
    ? [{ generation: Number(generation), certificate }]
    : [];
}

/** The generation that has signed for this certificate, as far as its authority is known; otherwise by its name. */
function generationOf(
  certificate: X509Certificate,
  authorities: readonly StateAuthority[],
): number | undefined {
  const signer = authorities.find((one) => certificate.verify(one.certificate.publicKey));
  const [, named] = / CA g(\d+)$/m.exec(certificate.issuer) ?? [];
  return signer?.generation ?? (named === undefined ? undefined : Number(named));
}

function hostOf(
  { type, inputs, outputs }: StateResource,
  authorities: readonly StateAuthority[],
): StateHost[] {
  if (type !== pluginTypes.endpointProof) return [];
  const { host, tls, maintenance } = inputs ?? {};
  const shown = certificateIn(memberAt(tls, ["serverCertificate"]));
  if (typeof host !== "string" || shown === undefined) return [];
  const shows = generationOf(shown, authorities) ?? 0;
  const admitted: unknown = memberAt(tls, ["admitted"]);
  const [former] = (Array.isArray(admitted) ? admitted : []).flatMap((client: unknown) => {
    const [, generation] =
      /^a client of generation (\d+)$/.exec(String(memberAt(client, ["name"]))) ?? [];
    return generation === undefined ? [] : [Number(generation)];
  });
  const trusts = former === undefined || former === shows ? [shows] : [former, shows];
  const problems = outputs?.["problems"];
  return [
    {
      ...{ host, shows, former, trusts: trusts.sort((one, other) => one - other) },
      problems: Array.isArray(problems) ? problems.map(String) : [],
      maintenance: maintenance === true,
    },
  ];
}

function clientOf(
  resource: StateResource,
  resources: readonly StateResource[],
  authorities: readonly StateAuthority[],
): StateClient[] {
  const { type, parent = "" } = resource;
  const component = parseUrn(parent);
  const [, client, group] = /^client-([^@]+)(?:@(.+))?$/.exec(component.name) ?? [];
  const certificate = isCertificate(type) ? pemIn(resource) : undefined;
  const isClient = component.type === componentTypes.clientCertificate;
  if (!isClient || client === undefined || certificate === undefined) return [];
  return [
    {
      ...{ client, group },
      issuer: /^CN=(.*)$/m.exec(certificate.issuer)?.[1] ?? "",
      generation: group === undefined ? generationOf(certificate, authorities) : undefined,
      ownKey: !resources.some((one) => one.parent === parent && /:PrivateKey$/.test(one.type)),
    },
  ];
}
