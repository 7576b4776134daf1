// Where scratch machines lie: in memory where that is possible. A test makes and removes thousands of small
// files, which costs a disk with a journal ten times as much.
import { accessSync, constants, readFileSync, statfsSync } from "node:fs";
import { tmpdir } from "node:os";

const memory = "/dev/shm";
const enoughBytes = 256 * 1024 * 1024;

/** In a container it may be small, or refuse to execute the tools that a test writes. */
function isUsable(): boolean {
  try {
    accessSync(memory, constants.W_OK | constants.X_OK);
    const mount = readFileSync("/proc/mounts", "utf8")
      .split("\n")
      .map((line) => line.split(" "))
      .findLast(([, place]) => place === memory);
    const options = mount?.[3]?.split(",") ?? ["noexec"];
    const { bavail, bsize } = statfsSync(memory);
    return !options.includes("noexec") && bavail * bsize >= enoughBytes;
  } catch {
    return false;
  }
}

/** A TMPDIR that somebody set is their choice. */
export const scratchPlace = process.env["TMPDIR"] === undefined && isUsable() ? memory : tmpdir();
