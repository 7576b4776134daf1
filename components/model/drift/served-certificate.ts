import { X509Certificate } from "node:crypto";
import type { DesiredHost } from "../desired/desired-host.ts";
import type { MachineFacts } from "../observed/facts.ts";
import { sha256 } from "../digest.ts";
import type { EndpointProbe } from "../observed/endpoint-probe.ts";
import { dockerdListens } from "../observed/listening-sockets.ts";

/** dockerd loads its certificate when it starts, so the one on the disk may be newer than the one it serves. */
export function servedDrift(
  facts: MachineFacts,
  { listener, tlsFiles }: DesiredHost,
  { certificate: served }: EndpointProbe,
): string[] {
  const { files, port } = listener;
  // Another file than the wanted one is drift of its own.
  if (served === undefined || files === undefined || tlsFiles?.cert !== sha256(facts.certificate)) {
    return [];
  }
  if (!dockerdListens(facts, port)) return [];
  const [wanted, found] = [facts.certificate, served].map(certificateOf);
  return wanted === undefined ||
    found === undefined ||
    wanted.fingerprint256 === found.fingerprint256
    ? []
    : [
        `certificate served on port ${String(port)}: expected the one in ${files.cert} ` +
          `(${described(wanted)}), found another (${described(found)})`,
      ];
}

function certificateOf(text: string): X509Certificate | undefined {
  try {
    return new X509Certificate(text);
  } catch {
    return undefined;
  }
}

function described({ serialNumber, validTo }: X509Certificate): string {
  return `serial ${serialNumber}, until ${validTo}`;
}
