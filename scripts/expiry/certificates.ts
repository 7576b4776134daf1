// The certificates of a stack and when they end, out of its state. Nothing secret is read, so no passphrase is needed.
import { X509Certificate } from "node:crypto";
import { clientNames, componentTypes, parseUrn, stackNames } from "../../components/identity.ts";
import { oneLine } from "../../components/model/problem.ts";
import type { Exported, StateResource } from "../forget/deployment.ts";

export const kinds = ["authority", "group", "machine", "client"] as const;
/** What a certificate is for: the stack's own authority, one of a group, a machine, or somebody who connects. */
export type Kind = (typeof kinds)[number];

export interface Certificate {
  readonly stack: string;
  readonly kind: Kind;
  /** Whose it is: a name in the configuration, or what the program calls it. */
  readonly owner: string;
  /** The X.509 serial number, decimal. */
  readonly serial: string;
  /** Common name of whoever signed it. */
  readonly issuer: string;
  readonly validFrom: Date;
  /** From when on `pulumi up` renews it, or its owner should. */
  readonly renewsFrom: Date;
  readonly endsAt: Date;
  /** Whether it was made elsewhere, so that nobody renews it but its owner. */
  readonly isOwn: boolean;
}

const hour = 3_600_000;

/** Those that the next `pulumi up` keeps in the state, in the order of `kinds`, and in each by their end. */
export function certificatesIn(stack: string, { deployment }: Exported): Certificate[] {
  const found = (deployment?.resources ?? []).flatMap((resource) =>
    resource.delete === true ? [] : certificateOf(stack, resource),
  );
  return found.sort(
    (one, other) =>
      kinds.indexOf(one.kind) - kinds.indexOf(other.kind) ||
      one.endsAt.getTime() - other.endsAt.getTime() ||
      (one.owner < other.owner ? -1 : 1),
  );
}

function certificateOf(
  stack: string,
  { urn, type, parent, outputs }: StateResource,
): Certificate[] {
  if (type === componentTypes.certificateAuthority) return authorityOf(stack, outputs);
  if (
    !/^tls:index\/(?:SelfSignedCert|LocallySignedCert|selfSignedCert|locallySignedCert)/.test(type)
  ) {
    return [];
  }
  const owner = ownerOf(parseUrn(parent ?? ""), parseUrn(urn).name);
  const pem: unknown = outputs?.["certPem"];
  if (owner === undefined || typeof pem !== "string") return [];
  const certificate = new X509Certificate(pem);
  const early: unknown = outputs?.["earlyRenewalHours"];
  const endsAt = certificate.validToDate;
  return [
    {
      ...{ stack, ...owner, endsAt, isOwn: false },
      ...described(certificate),
      renewsFrom: new Date(endsAt.getTime() - (typeof early === "number" ? early : 0) * hour),
    },
  ];
}

/** One of one's own: no resource of the state makes it, so its component says it. */
function authorityOf(stack: string, outputs: StateResource["outputs"]): Certificate[] {
  const { certificate: pem, generation, endsAt, renewsFrom } = outputs ?? {};
  if (typeof pem !== "string" || typeof endsAt !== "string" || typeof renewsFrom !== "string") {
    return [];
  }
  const certificate = new X509Certificate(pem);
  return [
    {
      ...{ stack, kind: "authority", owner: `g${String(generation)}`, isOwn: true },
      ...described(certificate),
      renewsFrom: new Date(renewsFrom),
      endsAt: new Date(endsAt),
    },
  ];
}

function described(
  certificate: X509Certificate,
): Pick<Certificate, "serial" | "issuer" | "validFrom"> {
  return {
    serial: BigInt(`0x${certificate.serialNumber}`).toString(),
    issuer: oneLine(/^CN=(.*)$/m.exec(certificate.issuer)?.[1] ?? "", 100),
    validFrom: certificate.validFromDate,
  };
}

/** Whose it is, by the component that it is a part of; undefined: nobody's who would miss it. */
export function ownerOf(
  component: { readonly type: string; readonly name: string },
  name: string,
): Pick<Certificate, "kind" | "owner"> | undefined {
  const whole = component.name;
  switch (component.type) {
    case componentTypes.serverCertificate:
      return { kind: "machine", owner: whole.replace(/-server$/, "") };
    case componentTypes.clientCertificate:
      return { kind: "client", owner: clientOf(whole) };
    case componentTypes.certificateAuthority: {
      const group = /^group-(.*)$/.exec(whole)?.[1];
      const generation = name.replace(/^.*-(g\d+)$/, "$1");
      if (group !== undefined) return { kind: "group", owner: `${group} ${generation}` };
      const cross = /-(g\d+)-by-(g\d+)$/.exec(name);
      const owner = cross === null ? generation : `${cross[1] ?? ""} by ${cross[2] ?? ""}`;
      return { kind: "authority", owner };
    }
    default:
      return undefined;
  }
}

function clientOf(component: string): string {
  if (component === stackNames.client) return "(this program)";
  if (component === stackNames.formerClient) return "(this program, before the rotation)";
  const proof = /^group-(.*)-proof$/.exec(component)?.[1];
  if (proof !== undefined && component === clientNames.groupProof(proof))
    return `(proof of ${proof})`;
  return component.replace(/^client-/, "").replace("@", " of ");
}
