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
    if (isIP(address) === 0) throw new Error(`Invalid IP address: Failed to parse "${address}"`);
  }
  for (const uri of uris) {
    if (/[\x00-\x20\x7f]|%(?![0-9a-f]{2})/i.test(uri)) {
      throw new Error(`Invalid URI: Failed to parse "${uri}"`);
    }
  }
  return [
    ...dnsNames.map((dNSName) => new GeneralName({ dNSName })),
    ...ipAddresses.map((iPAddress) => new GeneralName({ iPAddress })),
    ...uris.map((uniformResourceIdentifier) => new GeneralName({ uniformResourceIdentifier })),
  ];
}
