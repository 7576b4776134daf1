// The certificates that the machines of a stack are to serve, as the stack's state has them. One that serves another
// has drifted.
import { X509Certificate } from "node:crypto";
import { basename } from "node:path";
import { hostNames, pluginTypes } from "../../components/identity.ts";
import type { EngineEvents, Step } from "../engine-events.ts";

export interface ServerCertificate {
  /** What x509-certificate-exporter says of a certificate in a file, and `host`. */
  readonly labels: Readonly<Record<string, string>>;
  /** Seconds since 1970. */
  readonly notBefore: number;
  readonly notAfter: number;
}

export function serverCertificates({
  hosts,
  steps,
}: Pick<EngineEvents, "hosts" | "steps">): ServerCertificate[] {
  return hosts.flatMap((host) => {
    const inputsOf = (type: string, name: string): Step["inputs"] | undefined =>
      steps.find((one) => one.type === type && one.name === name)?.inputs;
    const proof = inputsOf(pluginTypes.endpointProof, hostNames.proof(host));
    const pem = textAt(proof, "tls", "serverCertificate");
    if (pem === undefined) return [];
    const state = inputsOf(pluginTypes.hostState, hostNames.state(host));
    const path = textAt(state, "desired", "listener", "files", "cert");
    return certificateIn(pem).map((certificate) => described(host, certificate, path));
  });
}

function described(host: string, certificate: X509Certificate, path = ""): ServerCertificate {
  const { subject, issuer } = certificate.toLegacyObject();
  const labels = {
    host,
    serial_number: BigInt(`0x${certificate.serialNumber}`).toString(),
    subject_O: first(subject.O),
    subject_CN: first(subject.CN),
    issuer_O: first(issuer.O),
    issuer_CN: first(issuer.CN),
    filename: basename(path),
    filepath: path,
  };
  return {
    labels: Object.fromEntries(Object.entries(labels).filter(([, value]) => value !== "")),
    notBefore: secondsOf(certificate.validFrom),
    notAfter: secondsOf(certificate.validTo),
  };
}

/** A machine in an old state may have what is no certificate; the table says what is wrong with it. */
function certificateIn(pem: string): X509Certificate[] {
  try {
    return [new X509Certificate(pem)];
  } catch {
    return [];
  }
}

const secondsOf = (date: string): number => Date.parse(date) / 1000;

const first = (value: string | string[] | undefined): string =>
  (Array.isArray(value) ? value[0] : value) ?? "";

function textAt(value: unknown, ...path: readonly string[]): string | undefined {
  const found = path.reduce(
    (inner: unknown, key) =>
      typeof inner === "object" && inner !== null ? Reflect.get(inner, key) : undefined,
    value,
  );
  return typeof found === "string" ? found : undefined;
}
