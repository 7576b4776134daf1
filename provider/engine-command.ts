import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** Commands of the engine that run a plugin, and their short names. */
const commands = ["up", "update", "preview", "pre", "refresh", "destroy", "down", "dn", "watch"];

/** Whether these are the arguments of an engine that is to destroy its stack. */
export function isDestroyCommand(args: readonly string[]): boolean {
  const command = args.find((argument) => commands.includes(argument)) ?? "";
  return ["destroy", "down", "dn"].includes(command);
}

/** The arguments of the engine that started this plugin. No request of the protocol says what it is about to do. */
export function engineArguments(): string[] {
  const engine = String(process.ppid);
  try {
    return readFileSync(`/proc/${engine}/cmdline`, "utf8").split("\0").slice(1);
  } catch {
    return argumentsByPs(engine);
  }
}

/** Where there is no /proc, as on macOS. */
function argumentsByPs(process: string): string[] {
  try {
    return execFileSync("ps", ["-o", "args=", "-p", process], { encoding: "utf8" })
      .trim()
      .split(" ")
      .slice(1);
  } catch {
    return [];
  }
}
