// The property values of Pulumi's plugin protocol, as the plain JSON that google.protobuf.Struct
// carries. Secrets and unknowns travel in-band, marked by the signatures below.

export type Value = null | boolean | number | string | Value[] | Values;
export interface Values {
  [key: string]: Value;
}

const SIGNATURE_KEY = "4dabf18193072939515e22adb298388d";
const SECRET_SIGNATURE = "1b47061264138c4ac30d75fd1eb44270";
const OUTPUT_SIGNATURE = "d0e6a833031e9bbcd3f4e8bde6ca49a4";

/** Stands for a value that the preview can't know yet. */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

// The engine has one such mark for each type.
const UNKNOWNS = new Set([
  UNKNOWN,
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
  "030794c1-ac77-496b-92df-f27374a8bd58",
  "e48ece36-62e2-4504-bad9-02848725956a",
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
]);

export function isObject(value: Value | undefined): value is Values {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function isSecret(value: Value | undefined): value is Values & { value: Value } {
  return isObject(value) && value[SIGNATURE_KEY] === SECRET_SIGNATURE;
}

export function isUnknown(value: Value | undefined): boolean {
  const bare = isSecret(value) ? value.value : value;
  return typeof bare === "string" && UNKNOWNS.has(bare);
}

/** Marks a value secret; one that is already stays as it is. */
export function secret(value: Value): Value {
  return isSecret(value) ? value : { [SIGNATURE_KEY]: SECRET_SIGNATURE, value };
}

export function containsUnknown(value: Value | undefined): boolean {
  if (isUnknown(value)) return true;
  if (Array.isArray(value)) return value.some(containsUnknown);
  return isObject(value) && Object.values(value).some(containsUnknown);
}

/** The value without any mark of secrecy, at any depth. */
export function reveal(value: Value): Value {
  if (isSecret(value)) return reveal(value.value);
  if (Array.isArray(value)) return value.map(reveal);
  if (!isObject(value)) return value;
  return revealAll(value);
}

export function revealAll(values: Values): Values {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, reveal(value)]));
}

/** The text that a value is, marked secret or not; any other value is no text. */
export function text(value: Value | undefined): string {
  const bare = value === undefined ? "" : reveal(value);
  return typeof bare === "string" ? bare : "";
}

/** What the engine sent: without nulls, and output values as the secrets or unknowns that they are. */
export function fromWire(values: Values): Values {
  const kept: Values = {};
  for (const [key, value] of Object.entries(values)) {
    if (value !== null) kept[key] = simplify(value);
  }
  return kept;
}

function simplify(value: Value): Value {
  if (Array.isArray(value)) return value.map(simplify);
  if (!isObject(value)) return value;
  if (value[SIGNATURE_KEY] !== OUTPUT_SIGNATURE) return fromWire(value);
  const known = value["value"];
  const bare = known === undefined ? UNKNOWN : simplify(known);
  return value["secret"] === true ? secret(bare) : bare;
}

/** Whether two values are the same; a secret never equals a plain value. */
export function equal(a: Value | undefined, b: Value | undefined): boolean {
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((element, index) => equal(element, b[index]));
  }
  if (isObject(a) && isObject(b)) {
    const keys = Object.keys(a);
    return (
      keys.length === Object.keys(b).length &&
      keys.every((key) => Object.hasOwn(b, key) && equal(a[key], b[key]))
    );
  }
  return a === b;
}
