// The engine from its pinned Go modules, where Pulumi's release site is out of reach but a Go module
// proxy isn't. The CLI is a module of its own; the Node language host no longer is, so it comes from
// the last SDK module that holds it, which drives today's CLI and SDK.
import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { goBuild, goFetch } from "../go-build.ts";
import type { GoBuild } from "../go-build.ts";
import { sideBySide } from "../side-by-side.ts";
import type { Reports } from "./report.ts";
import { engineVersion } from "./versions.ts";

/** Binaries by the folder of their module, and what is built there. */
const languageHost = {
  binary: "language-host",
  module: "language-host",
  package: "github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs",
};
const pulumi = {
  binary: "pulumi",
  module: "cli",
  package: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
};

/**
 * What a build makes, by number: one that lies in the cache with another number is not used.
 * 2: the language host behind a launcher. 3: pulumi without its OpenAPI parser.
 * 4: the launcher hands on Node's arguments.
 */
export const buildRecipe = 4;

/**
 * The current CLI sends a project's runtime options (Pulumi.yaml) over the wire; this older host knows them as
 * flags only, and would load a TypeScript compiler that nobody asks for.
 */
const launcher = `#!/bin/sh
exec "$(dirname -- "$0")/language-host" -typescript=false -nodeargs=--max-semi-space-size=4 "$@"
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
export async function buildEngine(
  target: string,
  reports: Reports,
  signal?: AbortSignal,
): Promise<void> {
  const building = `${target}.building-${String(process.pid)}`;
  const programIn = ({ binary, module, package: path }: typeof pulumi): GoBuild => ({
    label: "engine",
    module: join(import.meta.dirname, module),
    package: path,
    output: join(building, binary),
    ldflags: `-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=${engineVersion}`,
  });
  reports.say(
    `building the engine ${engineVersion} from its Go modules: about 4 minutes on two cores, once per user`,
  );
  mkdirSync(building, { recursive: true });
  try {
    const whole = programIn(pulumi);
    const lean = { ...whole, modfile: withoutOpenApi(whole.module, building) };
    const { modules: packages } = await sideBySide(
      {
        "language-host": ({ progress }, ends) =>
          goBuild(programIn(languageHost), { progress, signal: ends }),
        modules: ({ progress }, ends) => goFetch(lean, { progress, signal: ends }),
      },
      reports,
      signal,
    );
    const run = { progress: reports.progress, signal };
    try {
      await goBuild(lean, run, packages);
    } catch (error) {
      signal?.throwIfAborted();
      reports.say(
        `${error instanceof Error ? error.message : String(error)}; trying once more, with its OpenAPI parser`,
      );
      await goBuild(whole, run);
    }
    writeFileSync(join(building, "pulumi-language-nodejs"), launcher, { mode: 0o755 });
    for (const name of ["go.mod", "go.sum"]) rmSync(join(building, name));
    // One that does not run may be in its place.
    rmSync(target, { recursive: true, force: true });
    renameSync(building, target);
  } finally {
    rmSync(building, { recursive: true, force: true });
  }
}

/** The pins of pulumi, with what is in `no-openapi` in the parser's place; returns the path of go.mod. */
function withoutOpenApi(module: string, directory: string): string {
  const replacement = JSON.stringify(join(import.meta.dirname, "no-openapi"));
  const pins = readFileSync(join(module, "go.mod"), "utf8");
  const modfile = join(directory, "go.mod");
  writeFileSync(modfile, `${pins}\nreplace github.com/pb33f/libopenapi => ${replacement}\n`);
  copyFileSync(join(module, "go.sum"), join(directory, "go.sum"));
  return modfile;
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
