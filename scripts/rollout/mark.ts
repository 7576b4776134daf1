// What a stack remembers of its last rollout, as one of its tags, which every backend has.

export const markTag = "dockertls:rollout";

/**
 * - `green`: everything was done, and a look afterwards found nothing to do.
 * - `begun`: a rollout has begun to change something, and has not come to its end.
 * - `red`: it failed.
 */
const states = ["green", "begun", "red"] as const;
type MarkState = (typeof states)[number];

export interface Mark {
  readonly state: MarkState;
  /** Id of the release. */
  readonly release: string;
  /** When it was set, in ISO 8601. */
  readonly at: string;
}

export function formatMark({ state, release, at }: Mark): string {
  return `${state} ${release} ${at}`;
}

/** The mark in a tag's value; undefined where it holds none. */
export function parseMark(text: string | undefined): Mark | undefined {
  const [word, release, at] = (text ?? "").split(" ");
  const state = states.find((one) => one === word);
  return state === undefined || release === undefined || at === undefined
    ? undefined
    : { state, release, at };
}
