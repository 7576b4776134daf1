import { log } from "@pulumi/pulumi";

/**
 * From now on the SDK keeps its debug log to itself. It sends the engine every answer that it gets, keys in clear, whether
 * or not anyone asked to see them: they stand in `preview --json`, in event logs and in what the Automation API hands on.
 */
export function dropDebugLog(): void {
  Reflect.set(log, "debug", () => Promise.resolve());
}
