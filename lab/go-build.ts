// `go build` of a program from a module that pins it: what is built depends on the pins alone.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Report } from "./engine/report.ts";

export interface GoBuild {
  /** What an error begins with: the part of the lab that needs the program. */
  label: string;
  /** The folder of go.mod and go.sum. */
  module: string;
  package: string;
  /** Path of the program that is built. */
  output: string;
  /** Beside those that leave out what only a debugger reads. */
  ldflags: string;
  tags?: readonly string[];
}

export async function goBuild(program: GoBuild, progress: Report): Promise<void> {
  const name = program.output.slice(program.output.lastIndexOf("/") + 1);
  const child = spawn(
    "go",
    [
      ...["build", "-v", "-mod=readonly", "-trimpath"],
      ...(program.tags ? ["-tags", program.tags.join(",")] : []),
      ...["-ldflags", `-s -w ${program.ldflags}`],
      ...["-o", program.output, program.package],
    ],
    {
      cwd: program.module,
      stdio: ["ignore", "ignore", "pipe"],
      // Settings of the person's that would change what is built are put back.
      env: {
        ...process.env,
        GOFLAGS: "-buildvcs=false -modcacherw",
        GOWORK: "off",
        GOTOOLCHAIN: "auto",
        CGO_ENABLED: "0",
      },
    },
  );
  let compiled = 0;
  let fetched = 0;
  const complaints: string[] = [];
  createInterface({ input: child.stderr }).on("line", (line) => {
    if (line.startsWith("go: downloading ")) {
      progress(`fetched ${String((fetched += 1))} modules`);
    } else if (/^[\w.-]+(\/[\w.@~-]+)*$/.test(line)) {
      progress(`compiled ${String((compiled += 1))} packages`);
    } else {
      complaints.push(line);
    }
  });
  const code = await new Promise<number | null>((done, fail) => {
    child.once("error", fail);
    child.once("close", done);
  });
  if (code !== 0) {
    throw new Error(
      `${program.label}: go build of ${name} failed; ${complaints.slice(-2).join(" ")}; check that \`go mod download\` works in ${program.module}`,
    );
  }
}
