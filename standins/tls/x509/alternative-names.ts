import { isIP } from "node:net";
import { GeneralName } from "@peculiar/asn1-x509";

export interface NameInputs {
  readonly dnsNames?: readonly string[];
  readonly ipAddresses?: readonly string[];
  readonly uris?: readonly string[];
}

/** The subject alternative names of these inputs, in the order of the official plugin. */
export function alternativeNames(inputs: NameInputs): GeneralName[] {
  const { dnsNames = [], ipAddresses = [], uris = [] } = inputs;
  for (const address of ipAddresses) {
    // A zone means something on one machine only.
    if (isIP(address) === 0 || address.includes("%")) {
      throw new Error(`Invalid IP address: Failed to parse "${address}"`);
    }
  }
  for (const uri of uris) {
    if (!isUri(uri)) throw new Error(`Invalid URI: Failed to parse "${uri}"`);
  }
  for (const name of [...dnsNames, ...uris]) {
    if (/[^\x00-\x7f]/.test(name)) {
      throw new Error(
        `Error creating certificate request: x509: "${name}" cannot be encoded as an IA5String`,
      );
    }
  }
  return [
    ...dnsNames.map((dNSName) => new GeneralName({ dNSName })),
    ...ipAddresses.map((address) => new GeneralName({ iPAddress: withoutMapping(address) })),
    ...uris.map((uniformResourceIdentifier) => new GeneralName({ uniformResourceIdentifier })),
  ];
}

/** An IPv4 address in the clothes of IPv6 is one of IPv4. */
function withoutMapping(address: string): string {
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address;
}

/** As Go's parser sees it, as far as that is likely to matter. */
function isUri(uri: string): boolean {
  const malformed = /[\x00-\x20\x7f]|%(?![0-9a-f]{2})/i;
  const colonInFirstSegment = /^(?![a-z][a-z0-9+.-]*:)[^/?#]*:/i;
  const portThatIsNone = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*:(?!\d*([/?#]|$))[^\]/?#]*([/?#]|$)/i;
  return ![malformed, colonInFirstSegment, portThatIsNone].some((fault) => fault.test(uri));
}
