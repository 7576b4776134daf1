import { createHash } from "node:crypto";
import { canonical } from "./json-value.ts";

/** SHA-256 of a text, in hexadecimal, as `sha256sum` prints it. */
export function sha256(text: string): string {
  return createHash("sha256").update(text, "utf8").digest("hex");
}

/** SHA-256 of a value's canonical JSON: the same value always has the same digest. */
export function digestOf(value: unknown): string {
  return sha256(canonical(value));
}
