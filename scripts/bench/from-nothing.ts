// What a newcomer waits for: `npm start` and `npm test` in a clone with nothing cached.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkout } from "../../lab/paths.ts";
import type { Figure } from "./figures.ts";

/** Every cache that a start fills, so that no cache of this machine helps. The lab's image stays. */
function cachesIn(directory: string): Record<string, string> {
  return {
    XDG_CACHE_HOME: join(directory, "xdg"),
    GOMODCACHE: join(directory, "go-modules"),
    GOCACHE: join(directory, "go-build"),
    npm_config_cache: join(directory, "npm"),
  };
}

/** Runs a command as a person would; its output goes to a file that is named when it fails. */
function timed(directory: string, cache: string | undefined, args: string[]): number {
  const start = performance.now();
  const { status, stdout, stderr } = spawnSync("npm", args, {
    cwd: directory,
    encoding: "utf8",
    maxBuffer: 256 * 1024 * 1024,
    env: { ...process.env, ...(cache === undefined ? {} : cachesIn(cache)) },
  });
  if (status !== 0) {
    const log = join(checkout, ".dockertls", "bench.log");
    mkdirSync(join(checkout, ".dockertls"), { recursive: true });
    writeFileSync(log, stdout + stderr);
    throw new Error(`bench: npm ${args.join(" ")} failed in ${directory}; see ${log}`);
  }
  return (performance.now() - start) / 1000;
}

/** What a newcomer waits for: a clone of what is committed, and caches with nothing in them. */
export function figuresFromNothing(progress: (line: string) => void): Figure[] {
  const directory = mkdtempSync(join(tmpdir(), "dockertls-clone-"));
  const clone = join(directory, "clone");
  const cache = join(directory, "cache");
  const minutes = (time: number): string => `${(time / 60).toFixed(1)} min`;
  try {
    const cloned = spawnSync("git", ["clone", "--quiet", checkout, clone], { stdio: "inherit" });
    if (cloned.status !== 0) throw new Error(`bench: git clone of ${checkout} failed`);
    // One checkout has the lab at a time.
    timed(checkout, undefined, ["run", "lab", "--", "down", "--force"]);
    progress("npm start in a fresh clone with empty caches");
    const cold = timed(clone, cache, ["start"]);
    progress("npm start again");
    const warm = timed(clone, cache, ["start"]);
    progress("npm test");
    const test = timed(clone, cache, ["test"]);
    return [
      { what: "npm start, fresh clone, empty caches", value: minutes(cold) },
      { what: "npm start again, nothing to do", value: `${warm.toFixed(1)} s` },
      { what: "npm test, after that", value: minutes(test) },
    ];
  } finally {
    spawnSync("npm", ["run", "lab", "--", "down", "--force"], {
      cwd: clone,
      env: { ...process.env, ...cachesIn(cache) },
    });
    rmSync(directory, { recursive: true, force: true });
  }
}
