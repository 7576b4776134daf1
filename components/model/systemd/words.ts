/** A word of a line as systemd reads it (systemd.syntax(7), "Quoting"). */
export interface Word {
  /** As it is written, quotes and all. */
  readonly raw: string;
  /** As the program gets it, variables not replaced. */
  readonly text: string;
}

/** Splits at blanks that no quote or backslash protects. */
export function wordsOf(line: string): Word[] {
  const word = /(?:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|\\.|\S)+/gs;
  return [...line.matchAll(word)].map(([raw]) => ({ raw, text: unquoted(raw) }));
}

/** A text without the quotes and backslashes that protect what is in it. */
export function unquoted(raw: string): string {
  return raw.replace(
    /"((?:\\.|[^"\\])*)"|'((?:\\.|[^'\\])*)'|\\(.)/gs,
    (_all, double?: string, single?: string, escaped?: string) =>
      escaped ?? (double ?? single ?? "").replace(/\\(.)/gs, "$1"),
  );
}
