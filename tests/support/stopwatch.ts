// Where the seconds of a test file go: engine runs, starts of machines, waiting for a condition. Every
// span is a line of a file that the test command names, reads afterwards, and prints as a table.
import { appendFileSync } from "node:fs";

export const spanNames = ["engine", "boot", "wait"] as const;
export type SpanName = (typeof spanNames)[number];

/** One span as it stands in the file. */
export interface Span {
  readonly file: string;
  readonly name: SpanName;
  readonly seconds: number;
}

const target = process.env["DOCKERTLS_TEST_SPANS"];

/** Does `work`, and notes how long it took; without a file to note it in, it just does it. */
export async function timed<T>(name: SpanName, work: () => Promise<T>): Promise<T> {
  const begun = performance.now();
  try {
    return await work();
  } finally {
    if (target !== undefined) note(target, name, (performance.now() - begun) / 1000);
  }
}

function note(file: string, name: SpanName, seconds: number): void {
  const span: Span = { file: expect.getState().testPath ?? "", name, seconds };
  appendFileSync(file, `${JSON.stringify(span)}\n`);
}
