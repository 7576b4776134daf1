// Who a request or a certificate is for: the inputs that both have.
import { STRING, STRINGS, type Properties, type Types } from "../schema.ts";
import { notEmpty } from "./rules.ts";

export const NAMES: Properties = { dnsNames: STRINGS, ipAddresses: STRINGS, uris: STRINGS };
export const NAME_RULES = [notEmpty("ipAddresses"), notEmpty("uris")];

const SUBJECT = {
  type: "object",
  properties: {
    commonName: STRING,
    country: STRING,
    emailAddress: STRING,
    locality: STRING,
    organization: STRING,
    organizationalUnit: STRING,
    postalCode: STRING,
    province: STRING,
    serialNumber: STRING,
    streetAddresses: STRINGS,
  },
} as const;

export const TYPES: Types = {
  "tls:index/CertRequestSubject:CertRequestSubject": SUBJECT,
  "tls:index/SelfSignedCertSubject:SelfSignedCertSubject": SUBJECT,
};
