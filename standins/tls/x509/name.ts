import { AsnConvert } from "@peculiar/asn1-schema";
import {
  AttributeTypeAndValue,
  AttributeValue,
  Name,
  RelativeDistinguishedName,
} from "@peculiar/asn1-x509";

/** The `subject` input. */
export interface Subject {
  readonly commonName?: string;
  readonly country?: string;
  readonly emailAddress?: string;
  readonly locality?: string;
  readonly organization?: string;
  readonly organizationalUnit?: string;
  readonly postalCode?: string;
  readonly province?: string;
  readonly serialNumber?: string;
  readonly streetAddresses?: readonly string[];
}

const EMAIL_ADDRESS = "1.2.840.113549.1.9.1";

// In the order in which they stand in a name.
const ATTRIBUTES: readonly (readonly [keyof Subject, string])[] = [
  ["country", "2.5.4.6"],
  ["province", "2.5.4.8"],
  ["locality", "2.5.4.7"],
  ["streetAddresses", "2.5.4.9"],
  ["postalCode", "2.5.4.17"],
  ["organization", "2.5.4.10"],
  ["organizationalUnit", "2.5.4.11"],
  ["commonName", "2.5.4.3"],
  ["serialNumber", "2.5.4.5"],
  ["emailAddress", EMAIL_ADDRESS],
];

export function toName(subject: Subject): Name {
  const parts = ATTRIBUTES.map(([key, type]) => {
    const value = subject[key] ?? [];
    // Of these two the official plugin can't tell an empty text from none.
    const left = value === "" && (key === "commonName" || key === "serialNumber");
    return [type, left ? [] : [value].flat()] as const;
  });
  return nameOf(parts);
}

/** The name as it goes from a request into a certificate: known attributes only, and no e-mail. */
export function carriedOver(name: Name): Name {
  const attributes = name.flat();
  const parts = ATTRIBUTES.filter(([, type]) => type !== EMAIL_ADDRESS).map(([, type]) => {
    const values = attributes.filter((attribute) => attribute.type === type);
    return [type, values.map(({ value }) => value.toString())] as const;
  });
  return nameOf(parts);
}

function nameOf(parts: readonly (readonly [type: string, values: readonly string[]])[]): Name {
  const present = parts.filter(([, values]) => values.length > 0);
  return new Name(
    present.map(([type, values]) => {
      const attributes = values.map(
        (value) => new AttributeTypeAndValue({ type, value: attributeValue(type, value) }),
      );
      return new RelativeDistinguishedName(sortedSet(attributes));
    }),
  );
}

function attributeValue(type: string, text: string): AttributeValue {
  if (type === EMAIL_ADDRESS) return new AttributeValue({ ia5String: text });
  const printable = /^[A-Za-z0-9 '()+,\-./:=?]*$/.test(text);
  return new AttributeValue(printable ? { printableString: text } : { utf8String: text });
}

/** DER wants the elements of a SET OF in the order of their encodings. */
function sortedSet(attributes: AttributeTypeAndValue[]): AttributeTypeAndValue[] {
  const encoded = (attribute: AttributeTypeAndValue) =>
    Buffer.from(AsnConvert.serialize(attribute));
  return attributes.toSorted((a, b) => encoded(a).compare(encoded(b)));
}
