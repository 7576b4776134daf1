// Reading in values that somebody else has made.

/** What stands under a key; undefined where the value is no object, or has none such. */
export function inside(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null
    ? (Reflect.get(value, key) as unknown)
    : undefined;
}

/** A text that says something; undefined for anything else. */
export function word(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
