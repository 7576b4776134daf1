import { createPublicKey, type KeyObject } from "node:crypto";
import { AsnConvert } from "@peculiar/asn1-schema";
import { Attributes, CertificationRequest, CertificationRequestInfo } from "@peculiar/asn1-csr";
import { Attribute, Extensions, SubjectPublicKeyInfo } from "@peculiar/asn1-x509";
import type { GeneralName, Name } from "@peculiar/asn1-x509";
import { explained } from "../certificate.ts";
import { alternativeNames, type NameInputs } from "./alternative-names.ts";
import { parseAlternativeNames, subjectAlternativeName } from "./extensions.ts";
import { carriedOver, toName, type Subject } from "./name.ts";
import { signatureAlgorithm, signatureOf } from "./signature.ts";

const EXTENSION_REQUEST = "1.2.840.113549.1.9.14";

/** A certificate request, PKCS #10, in DER. */
export function createRequest(key: KeyObject, subject: Subject, names: NameInputs): Buffer {
  const name = toName(subject);
  const extensions = subjectAlternativeName(alternativeNames(names), false);
  const certificationRequestInfo = new CertificationRequestInfo({
    version: 0,
    subject: name,
    subjectPKInfo: publicKeyInfo(createPublicKey(key)),
    attributes: new Attributes(
      extensions.length === 0
        ? []
        : [
            new Attribute({
              type: EXTENSION_REQUEST,
              values: [AsnConvert.serialize(new Extensions(extensions))],
            }),
          ],
    ),
  });
  const request = new CertificationRequest({
    certificationRequestInfo,
    signatureAlgorithm: signatureAlgorithm(key),
    signature: signatureOf(AsnConvert.serialize(certificationRequestInfo), key),
  });
  return Buffer.from(AsnConvert.serialize(request));
}

/** What a certificate takes from a request; its signature is not looked at. */
export function parseRequest(der: Buffer): {
  subject: Name;
  names: GeneralName[];
  publicKey: KeyObject;
} {
  const { certificationRequestInfo } = explained("failed to parse certificate request", () =>
    AsnConvert.parse(der, CertificationRequest),
  );
  const { subject, subjectPKInfo, attributes } = certificationRequestInfo;
  const [requested] = attributes.find(({ type }) => type === EXTENSION_REQUEST)?.values ?? [];
  const extensions = requested ? [...AsnConvert.parse(requested, Extensions)] : [];
  return {
    subject: carriedOver(subject),
    // An e-mail address is not carried over.
    names: parseAlternativeNames(extensions).filter(
      ({ dNSName, iPAddress, uniformResourceIdentifier }) =>
        (dNSName ?? iPAddress ?? uniformResourceIdentifier) !== undefined,
    ),
    publicKey: createPublicKey({
      key: Buffer.from(AsnConvert.serialize(subjectPKInfo)),
      format: "der",
      type: "spki",
    }),
  };
}

export function publicKeyInfo(key: KeyObject): SubjectPublicKeyInfo {
  return AsnConvert.parse(key.export({ type: "spki", format: "der" }), SubjectPublicKeyInfo);
}
