// Figures of `npm run bench`, and how they are printed.

export interface Figure {
  readonly what: string;
  readonly value: string;
  /** What it must not pass, where something is promised. */
  readonly limit?: string;
  /** The limit is what it must reach. */
  readonly atLeast?: boolean;
  readonly kept?: boolean;
}

export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

export function printed(figures: readonly Figure[]): string[] {
  const width = Math.max(...figures.map(({ what }) => what.length));
  return figures.map(({ what, value, limit, atLeast, kept }) => {
    const bound = atLeast ? "at least" : "at most";
    const promise =
      limit === undefined ? "" : `  promised: ${bound} ${limit}${kept ? "" : "  MISSED"}`;
    return `${what.padEnd(width)}  ${value.padStart(9)}${promise}`;
  });
}
