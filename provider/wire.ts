import { equalJson } from "../components/model/json-value.ts";
import type { Properties } from "./provider.ts";

// How the engine marks a secret on the wire: an object with this key and value (Pulumi's
// "special signatures", sdk/go/common/resource/sig).
const signature = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";

/** A value that the engine keeps encrypted in its state and never shows. */
export function secret(value: unknown): unknown {
  return { [signature]: secretSignature, value };
}

export function isSecret(value: unknown): boolean {
  return (
    typeof value === "object" && value !== null && Reflect.get(value, signature) === secretSignature
  );
}

/** Properties without the wrappers of secrets, to work with; never handed back to the engine. */
export function unwrap(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unwrap);
  if (typeof value !== "object" || value === null) return value;
  if (isSecret(value)) return unwrap(Reflect.get(value, "value"));
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, unwrap(inner)]));
}

/** How the engine writes, in a preview, what it can't know yet (sdk/go/common/resource/plugin, rpc.go). */
export const unknownValue = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** Those of the properties that are not the same in both, secret or not. */
export function changedKeys(
  keys: readonly string[],
  one: Properties,
  other: Properties,
): readonly string[] {
  return keys.filter((key) => !equalJson(unwrap(one[key]), unwrap(other[key])));
}

/** A list of strings among the properties. */
export function strings(properties: Properties, key: string): readonly string[] {
  const value = unwrap(properties[key]);
  return Array.isArray(value) ? value.map(String) : [];
}

/** A string among the properties. */
export function text(properties: Properties, key: string): string {
  const value = unwrap(properties[key]);
  return typeof value === "string" ? value : "";
}
