// JSON values: their type, comparing two of them, and reading one whose form is not known.

/** A JSON value, as daemon.json and the stack's configuration hold them. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Whether a value is a map of settings, and neither a list nor nothing. */
export function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

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

/** JSON with the keys of every object sorted: the same settings always give the same text. */
export function canonical(value: unknown): string {
  if (value === undefined) return "undefined";
  return JSON.stringify(value, (_key, inner: unknown) =>
    isMap(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

/** Whether two JSON values are the same, the order of an object's keys aside. */
export function equalJson(a: unknown, b: unknown): boolean {
  return canonical(a) === canonical(b);
}

/** What stands at a path in maps and lists; undefined where nothing does. */
export function memberAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((inner, key) => {
    if (Array.isArray(inner)) return inner[Number(key)] as unknown;
    return isMap(inner) ? inner[key] : undefined;
  }, value);
}
