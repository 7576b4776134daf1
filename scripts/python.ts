// Python programs that this project works with, each set in an environment of its own, with what a list of pins says.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { checkout } from "../lab/paths.ts";

export class PythonEnvironment {
  readonly #folder: string;
  readonly #pins: string;

  /**
   * @param folder where it lies, below .dockertls.
   * @param pins the requirements file, relative to the checkout.
   */
  constructor(folder: string, pins: string) {
    this.#folder = join(checkout, ".dockertls", folder);
    this.#pins = pins;
  }

  /** Path of a program that is installed there. */
  program(name: string): string {
    return join(this.#folder, "bin", name);
  }

  /** Version of a package. */
  versionOf(name: string): string {
    return new RegExp(`^${name}==(.*)$`, "m").exec(this.#requirements())?.[1] ?? "";
  }

  /** Installs what is pinned, once for each list of pins. Returns why it can't, where it can't. */
  async ensure(): Promise<string | undefined> {
    const mark = join(this.#folder, "installed.txt");
    const wanted = this.#requirements();
    if (existsSync(mark) && readFileSync(mark, "utf8") === wanted) return undefined;
    rmSync(this.#folder, { recursive: true, force: true });
    mkdirSync(this.#folder, { recursive: true });
    const made = await execa("python3", ["-m", "venv", this.#folder], { reject: false });
    if (made.exitCode !== 0) {
      return "python3: makes no environment of its own; it is missing here, or its venv is; apt-get install python3-venv";
    }
    // What is imported is compiled then; to compile all of it takes longer than to unpack it.
    const quick = ["--quiet", "--no-compile", "--disable-pip-version-check"];
    const args = ["install", ...quick, "--requirement", join(checkout, this.#pins)];
    const { exitCode, stderr } = await execa(this.program("pip"), args, { reject: false });
    if (exitCode !== 0) {
      const reason = stderr.split("\n").find((line) => line.startsWith("ERROR")) ?? "";
      return `${this.#pins}: pip can't install it; ${reason}; use Python 3.11 to 3.13, with a way to its packages`;
    }
    writeFileSync(mark, wanted);
    return undefined;
  }

  #requirements(): string {
    return readFileSync(join(checkout, this.#pins), "utf8");
  }
}
