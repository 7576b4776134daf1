// Which part of test:machines a run takes that has only so many minutes: another one for each commit,
// so that all of it comes round.

/** A test file on a kind of machine. */
export interface Job<Image extends string> {
  readonly image: Image;
  /** Its path below tests/. */
  readonly file: string;
  /** What it takes, as far as that is known. */
  readonly seconds: number;
}

export interface Limits<Image extends string> {
  readonly seconds: number;
  /** How many files run side by side. */
  readonly workers: number;
  /** What it takes until the first test runs on that kind of machine: its image, above all. */
  readonly preparation: (image: Image) => number;
  /** Number of the commit: where in the list the share begins. */
  readonly turn: number;
}

/**
 * The jobs that fit, kind by kind, from the turn's kind on and in it from the turn's file on. What does
 * not fit is left out, whatever comes after it may still fit.
 */
export function shareOf<Image extends string>(
  jobs: readonly Job<Image>[],
  { seconds, workers, preparation, turn }: Limits<Image>,
): Job<Image>[] {
  const images = [...new Set(jobs.map(({ image }) => image))];
  const chosen: Job<Image>[] = [];
  let left = seconds;
  for (const image of rotated(images, turn)) {
    const own = jobs.filter((job) => job.image === image);
    const lap = Math.floor(turn / Math.max(images.length, 1));
    const cost = (some: readonly Job<Image>[]): number =>
      some.length === 0 ? 0 : preparation(image) + wallSeconds(some, workers);
    const taken: Job<Image>[] = [];
    for (const job of rotated(own, lap)) if (cost([...taken, job]) <= left) taken.push(job);
    left -= cost(taken);
    chosen.push(...taken);
  }
  return chosen;
}

/** No run is shorter than its longest file. */
function wallSeconds(jobs: readonly { readonly seconds: number }[], workers: number): number {
  const all = jobs.map(({ seconds }) => seconds);
  return Math.max(...all, all.reduce((sum, one) => sum + one, 0) / workers);
}

function rotated<T>(list: readonly T[], by: number): T[] {
  const start = list.length === 0 ? 0 : by % list.length;
  return [...list.slice(start), ...list.slice(0, start)];
}
