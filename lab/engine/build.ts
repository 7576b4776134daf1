// The engine from its pinned Go modules, where Pulumi's release site is out of reach but a Go module
// proxy isn't. The CLI is a module of its own; the Node language host no longer is, so it comes from
// the last SDK module that holds it, which drives today's CLI and SDK.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { goBuild } from "../go-build.ts";
import type { Reports } from "./report.ts";
import { engineVersion } from "./versions.ts";

interface GoProgram {
  binary: string;
  module: string;
  package: string;
  about: string;
}

const programs: GoProgram[] = [
  {
    binary: "language-host",
    module: "language-host",
    package: "github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs",
    about: "half a minute",
  },
  {
    binary: "pulumi",
    module: "cli",
    package: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
    about: "about 5 minutes",
  },
];

/**
 * What a build makes, by number: one that lies in the cache with another number is not used.
 * 2: the language host behind a launcher.
 */
export const buildRecipe = 2;

/**
 * The CLI of today sends a project's runtime options over the wire; this older host knows them as
 * flags only, and would load a TypeScript compiler that nobody asks for.
 */
const launcher = `#!/bin/sh
exec "$(dirname -- "$0")/language-host" -typescript=false "$@"
`;

/** From this version on, go fetches by itself the toolchain that go.mod asks for. */
const oldestGo = "1.21";

/** The version of the Go on PATH, if it is new enough. */
export function goVersion(): string | undefined {
  const { stdout, error } = spawnSync("go", ["version"], { encoding: "utf8" });
  if (error) return undefined;
  const version = /go(\d+\.\d+[.\d]*)/.exec(stdout)?.[1];
  return version && isFittingGo(version) ? version : undefined;
}

export function isFittingGo(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [oldestMajor = 0, oldestMinor = 0] = oldestGo.split(".").map(Number);
  return major > oldestMajor || (major === oldestMajor && minor >= oldestMinor);
}

/** Builds into `target`, which appears only when everything in it is there. */
export async function buildEngine(target: string, { say, progress }: Reports): Promise<void> {
  const building = `${target}.building-${String(process.pid)}`;
  mkdirSync(building, { recursive: true });
  try {
    for (const program of programs) {
      say(
        `building ${program.binary} ${engineVersion} from its Go modules: ${program.about}, once per user`,
      );
      await goBuild(
        {
          label: "engine",
          module: join(import.meta.dirname, program.module),
          package: program.package,
          output: join(building, program.binary),
          ldflags: `-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=${engineVersion}`,
        },
        (line) => {
          progress(`${program.binary}: ${line}`);
        },
      );
    }
    writeFileSync(join(building, "pulumi-language-nodejs"), launcher, { mode: 0o755 });
    // One that does not run may be in its place.
    rmSync(target, { recursive: true, force: true });
    renameSync(building, target);
  } finally {
    rmSync(building, { recursive: true, force: true });
  }
}

/** Takes away what builds have left that were killed. */
export function removeLeftovers(directory: string): void {
  for (const name of existsSync(directory) ? readdirSync(directory) : []) {
    const builder = /\.building-(\d+)$/.exec(name)?.[1];
    if (builder !== undefined && !isRunning(Number(builder))) {
      rmSync(join(directory, name), { recursive: true, force: true });
    }
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // Somebody else's process: then it runs.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
