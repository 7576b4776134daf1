// A clock that runs faster, for a test of how long the program waits for somebody who never answers.
const times = 5;

/** Every delay of that time is cut to a fifth, by which the program's own limits keep their proportion. */
export async function withFastClock<T>(work: () => Promise<T>): Promise<T> {
  const real = globalThis.setTimeout;
  const fast = (act: () => void, milliseconds = 0): NodeJS.Timeout =>
    real(act, milliseconds / times);
  globalThis.setTimeout = fast as typeof setTimeout;
  try {
    return await work();
  } finally {
    globalThis.setTimeout = real;
  }
}
