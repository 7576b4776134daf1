// When a machine's dockerd was restarting, by its journal, and which failed calls that explains.

/** Milliseconds since 1970. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

export interface FailedCall extends Span {
  readonly why: string;
}

/** systemd's lines about docker.service, in the form short-unix, as `journalctl UNIT=docker.service` prints them. */
const line = /^(\d+\.\d+) .*?: (Stopping|Starting|Started) /;

/** From the moment in which systemd begins to stop dockerd until it has told systemd that it serves. */
export function restartsIn(journal: string): Span[] {
  const spans: Span[] = [];
  let from: number | undefined;
  for (const [, seconds, what] of journal.split("\n").flatMap((text) => {
    const found = line.exec(text);
    return found ? [found] : [];
  })) {
    const at = Number(seconds) * 1000;
    if (what !== "Started") from ??= at;
    else if (from !== undefined) {
      spans.push({ from, to: at });
      from = undefined;
    }
  }
  return from === undefined ? spans : [...spans, { from, to: Number.POSITIVE_INFINITY }];
}

export interface Failures {
  /** Calls of which some part fell into a restart of the machine's dockerd. */
  readonly whileRestarting: readonly FailedCall[];
  /** The others: nothing explains them. */
  readonly beyond: readonly FailedCall[];
}

export function failuresBeside(restarts: readonly Span[], failed: readonly FailedCall[]): Failures {
  const isExplained = (call: Span): boolean =>
    restarts.some(({ from, to }) => call.from <= to && call.to >= from);
  return {
    whileRestarting: failed.filter(isExplained),
    beyond: failed.filter((call) => !isExplained(call)),
  };
}
