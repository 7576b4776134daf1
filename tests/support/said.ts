import type { Readable } from "node:stream";

/** Once a process has said something like this on its output; it must not have said it before. */
export function untilSaid(output: Readable | null, what: string | RegExp): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = "";
    output?.on("data", (chunk: unknown) => {
      said += String(chunk);
      if (typeof what === "string" ? said.includes(what) : what.test(said)) resolve();
    });
    output?.once("close", () => {
      reject(new Error(`it never said ${String(what)}:\n${said}`));
    });
  });
}
