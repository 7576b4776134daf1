import { closest, distance } from "fastest-levenshtein";

/** The known name that a misspelt one probably stands for; undefined when none is close enough. */
export function probablyMeant(
  name: string,
  known: readonly string[],
  mostEdits = Math.max(2, name.length / 3),
): string | undefined {
  if (known.length === 0) return undefined;
  const guess = closest(name, known);
  return distance(name, guess) <= mostEdits ? guess : undefined;
}

/** How a message asks for it. */
export function didYouMean(name: string): string {
  return `did you mean "${name}"?`;
}
