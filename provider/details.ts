// What `--diff` shows of a change: by itself the engine would print every input, digests and certificates among them.
import { equalJson, isMap } from "../components/model/json-value.ts";
import { isSecret, unwrap } from "./wire.ts";

/** A property that a diff shows. */
export interface Detail {
  /** Where it is among the properties: `desired.listener.port`. */
  readonly path: string;
  readonly kind: "add" | "delete" | "update";
  /** Whether the last inputs say how it was; the recorded state otherwise. */
  readonly ofInputs: boolean;
}

/** The paths at which two sets of inputs differ. A list counts as a whole, and so does what is secret. */
export function changedPaths(before: unknown, after: unknown, path = ""): Detail[] {
  if (equalJson(unwrap(before), unwrap(after))) return [];
  if (isPlainMap(before) && isPlainMap(after)) {
    const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...keys].flatMap((key) =>
      changedPaths(before[key], after[key], path === "" ? key : `${path}.${key}`),
    );
  }
  const known = after === undefined ? "delete" : "update";
  return [{ path, kind: before === undefined ? "add" : known, ofInputs: true }];
}

function isPlainMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return isMap(value) && !isSecret(value);
}

/** Those that tell a person something. Where none does, one of the others: without any, all inputs would be shown. */
export function telling(
  details: readonly Detail[],
  tells: (path: string) => boolean,
): readonly Detail[] {
  const some = details.filter(({ path }) => tells(path));
  return some.length > 0 ? some : details.slice(0, 1);
}
