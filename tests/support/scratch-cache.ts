// Runs a piece of the lab in a process of its own, with a cache and a PATH that are a test's: what is
// dear to make is made by scripts.
import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { killTree } from "./process-tree.ts";

export interface Ended {
  readonly code: number | null;
  readonly output: string;
}

export class ScratchCache {
  readonly directory = mkdtempSync(join(tmpdir(), "dockertls-cache-"));
  readonly #children: ChildProcess[] = [];

  constructor() {
    mkdirSync(this.place("bin"));
  }

  place(...names: string[]): string {
    return join(this.directory, ...names);
  }

  /** A program on PATH; it finds this folder in $SCRATCH. */
  program(name: string, script: string): void {
    writeFileSync(this.place("bin", name), `#!/bin/sh\nset -eu\n${script}`, { mode: 0o755 });
  }

  /** A line of a script that waits until this folder has a file of that name. */
  readonly untilReleased = 'until [ -e "$SCRATCH/released" ]; do sleep 0.1; done';

  release(): void {
    writeFileSync(this.place("released"), "");
  }

  read(name: string): string {
    return existsSync(this.place(name)) ? readFileSync(this.place(name), "utf8") : "";
  }

  /** The end of a run that comes after a killed one: it takes its lock for left after 2 s, not 20. */
  endAfterKilled(code: string): Promise<Ended> {
    return this.start(code, { DOCKERTLS_STALE_LOCK_MS: "2000" }).end;
  }

  /** @param code an ES module. */
  start(
    code: string,
    environment: Record<string, string> = {},
  ): { child: ChildProcess; end: Promise<Ended>; output: () => string } {
    const child = spawn(process.execPath, ["--input-type=module", "--eval", code], {
      cwd: this.directory,
      env: {
        PATH: [this.place("bin"), "/usr/bin", "/bin"].join(delimiter),
        HOME: this.directory,
        XDG_CACHE_HOME: this.place("cache"),
        DOCKERTLS_LAB_DIRECTORY: this.place("lab"),
        // Nobody listens there: what is pinned one day must not make these tests download it.
        DOCKERTLS_RELEASES: "http://127.0.0.1:1",
        SCRATCH: this.directory,
        ...environment,
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#children.push(child);
    let output = "";
    child.stdout.on("data", (text: Buffer) => (output += text.toString()));
    child.stderr.on("data", (text: Buffer) => (output += text.toString()));
    const end = new Promise<Ended>((done) =>
      child.once("close", (code_) => done({ code: code_, output })),
    );
    return { child, end, output: () => output };
  }

  async close(): Promise<void> {
    await Promise.all(this.#children.map((child) => killTree(child)));
    rmSync(this.directory, { recursive: true, force: true });
  }
}
