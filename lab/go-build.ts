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
  /** A go.mod elsewhere that takes the place of the module's own, with a go.sum of its name beside it. */
  modfile?: string;
}

export interface GoRun {
  progress: Report;
  /** Ends it; what has been fetched and compiled by then stays in Go's caches. */
  signal?: AbortSignal | undefined;
}

const choices = ({ tags, modfile }: GoBuild): string[] => [
  ...["-mod=readonly", "-trimpath"],
  ...(modfile === undefined ? [] : [`-modfile=${modfile}`]),
  ...(tags ? ["-tags", tags.join(",")] : []),
];

/**
 * Fetches the modules that a build needs, so that the network is waited for while something else is
 * compiled. Returns how many packages there are to compile.
 */
export async function goFetch(program: GoBuild, run: GoRun): Promise<number> {
  let packages = 0;
  const args = ["list", "-deps", ...choices(program), program.package];
  await go(program, args, run, () => (packages += 1));
  return packages;
}

/** @param packages how many `goFetch` has counted. */
export async function goBuild(program: GoBuild, run: GoRun, packages?: number): Promise<void> {
  let compiled = 0;
  const all = packages === undefined ? "" : ` of ${String(packages)}`;
  const args = [
    ...["build", "-v", ...choices(program)],
    ...["-ldflags", `-s -w ${program.ldflags}`],
    ...["-o", program.output, program.package],
  ];
  await go(program, args, run, () => {
    run.progress(`compiled ${String((compiled += 1))}${all} packages`);
  });
}

/** @param packageNamed called for each line that names a package. */
async function go(
  program: GoBuild,
  args: string[],
  { progress, signal }: GoRun,
  packageNamed: () => void,
): Promise<void> {
  const child = spawn("go", args, {
    cwd: program.module,
    stdio: ["ignore", "pipe", "pipe"],
    // Settings of the person's that would change what is built are put back. No other setting gets a module
    // past its checksum: -mod=readonly fails where go.sum has none, whatever GOSUMDB, GONOSUMDB or GOPRIVATE
    // say, and a toolchain is always held against Go's checksum database.
    env: {
      ...process.env,
      GOFLAGS: "-buildvcs=false -modcacherw",
      GOWORK: "off",
      GOTOOLCHAIN: "auto",
      CGO_ENABLED: "0",
    },
  });
  // Go lets the compilers that are at work end, then ends itself; killed, it would leave them behind.
  const interrupt = (): void => void child.kill("SIGINT");
  signal?.addEventListener("abort", interrupt);
  let fetched = 0;
  const complaints: string[] = [];
  const read = (line: string): void => {
    if (line.startsWith("go: downloading ")) {
      progress(`fetched ${String((fetched += 1))} modules`);
    } else if (/^[\w.-]+(\/[\w.@~-]+)*$/.test(line)) {
      packageNamed();
    } else {
      complaints.push(line);
    }
  };
  for (const input of [child.stdout, child.stderr]) createInterface({ input }).on("line", read);
  const code = await new Promise<number | null>((done, fail) => {
    child.once("error", fail);
    child.once("close", done);
  }).finally(() => signal?.removeEventListener("abort", interrupt));
  signal?.throwIfAborted();
  if (code !== 0) {
    const name = program.output.slice(program.output.lastIndexOf("/") + 1);
    throw new Error(
      `${program.label}: go ${String(args[0])} of ${name} failed; ${complaints.slice(-2).join(" ")}; check that \`go mod download\` works in ${program.module}`,
    );
  }
}
