// The Python environment of the benchmark's own, with what bench/requirements.txt pins.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { checkout } from "../../lab/paths.ts";

const environment = join(checkout, ".dockertls", "bench", "venv");
const pins = join("bench", "requirements.txt");

/** Path of a program that is installed there. */
export const pythonProgram = (name: string): string => join(environment, "bin", name);

/** Version of a package. */
export const pinned = (name: string): string =>
  new RegExp(`^${name}==(.*)$`, "m").exec(requirements())?.[1] ?? "";

const requirements = (): string => readFileSync(join(checkout, pins), "utf8");

/** Installs what is pinned, once for each list of pins. Returns why it can't, where it can't. */
export async function ensurePython(): Promise<string | undefined> {
  const mark = join(environment, "installed.txt");
  const wanted = requirements();
  if (existsSync(mark) && readFileSync(mark, "utf8") === wanted) return undefined;
  rmSync(environment, { recursive: true, force: true });
  mkdirSync(environment, { recursive: true });
  const made = await execa("python3", ["-m", "venv", environment], { reject: false });
  if (made.exitCode !== 0) {
    return "python3: makes no environment of its own; it is missing here, or its venv is; apt-get install python3-venv";
  }
  const args = ["install", "--quiet", "--requirement", join(checkout, pins)];
  const { exitCode, stderr } = await execa(pythonProgram("pip"), args, { reject: false });
  if (exitCode !== 0) {
    const reason = stderr.split("\n").find((line) => line.startsWith("ERROR")) ?? "";
    return `${pins}: pip can't install it; ${reason}; use Python 3.11 to 3.13, with a way to its packages`;
  }
  writeFileSync(mark, wanted);
  return undefined;
}
