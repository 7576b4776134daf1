// How long steps say what they do. On a terminal a detail may come every second, since it replaces the
// one before; in a log every line stays, so there it comes rarely.

/** Takes one short line about what is going on now. */
export type Report = (line: string) => void;

export interface Reports {
  /** Worth a line of its own: a decision, a result. */
  say: Report;
  /** The state of a long step; the next one replaces it. */
  progress: Report;
}

export const silent: Reports = { say: () => undefined, progress: () => undefined };

/** Passes on at most one line per interval. */
export function sparingly(report: Report, seconds: number, now: () => number = Date.now): Report {
  let last = -Infinity;
  return (line) => {
    if (now() - last < seconds * 1000) return;
    last = now();
    report(line);
  };
}

/** For the terminal: a progress line is overwritten by whatever comes next. */
export function consoleReports(stream: NodeJS.WriteStream = process.stdout): Reports {
  // `npm start | head`: the reader has gone, but an update must not stop in the middle.
  stream.on("error", () => undefined);
  if (!stream.isTTY) {
    const say = (line: string): void => void stream.write(`${line}\n`);
    return {
      say,
      progress: sparingly((line) => {
        say(`  ${line}`);
      }, 30),
    };
  }
  const clear = "\r\u001b[K";
  return {
    say: (line) => void stream.write(`${clear}${line}\n`),
    progress: sparingly((line) => {
      stream.write(`${clear}  ${line.slice(0, stream.columns - 4)}`);
    }, 0.2),
  };
}
