// Pulumi's own releases: the engine by the official npm package `pulumi`, plugins by the engine. Both
// are bounded in time, since a network that swallows packets would otherwise hold everything up.
import { spawn } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { checkout } from "../paths.ts";
import { writeWhole } from "../whole-file.ts";
import type { PluginVersion } from "./versions.ts";
import { engineVersion } from "./versions.ts";

/** Undefined when it worked, else why not, in a few words. */
export type Refusal = string | undefined;

interface Attempt {
  command: string[];
  env?: NodeJS.ProcessEnv;
  seconds: number;
  /** A line that says that it won't work: retries after it are not waited for. */
  hopeless: RegExp;
  signal?: AbortSignal | undefined;
}

function attempt({ command, env, seconds, hopeless, signal }: Attempt): Promise<Refusal> {
  const [file = "", ...args] = command;
  return new Promise((answer) => {
    let last = "";
    // A group of its own, so that what npm starts ends with it.
    const child = spawn(file, args, {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, ...env },
      detached: true,
    });
    const stop = (): void => {
      try {
        if (child.pid) process.kill(-child.pid, "SIGKILL");
      } catch {
        // It has ended by itself.
      }
    };
    const timer = setTimeout(() => {
      answer(`no end after ${String(seconds)} s`);
      stop();
    }, seconds * 1000);
    signal?.addEventListener("abort", stop);
    for (const input of [child.stdout, child.stderr]) {
      createInterface({ input }).on("line", (line) => {
        last = line.trim() || last;
        if (!hopeless.test(line)) return;
        answer(shortReason(line));
        stop();
      });
    }
    child.once("error", (error) => {
      answer(error.message);
    });
    child.once("close", (code) => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", stop);
      answer(code === 0 ? undefined : shortReason(last));
    });
  });
}

/** "Get https://…: dial tcp: lookup X on Y: no such host" says it in its last words. */
export const shortReason = (line: string): string => {
  const known =
    /no such host|connection refused|network is unreachable|fetch failed|timeout|HTTP \d+/i.exec(
      line,
    );
  return known?.[0] ?? line.replace(/^(error|warning|pulumi): */i, "").slice(0, 120);
};

/** Where the official npm package puts the engine, below a PULUMI_HOME. */
export const officialBinaries = (home: string): string =>
  join(home, "versions", engineVersion, "bin");

/**
 * The npm package downloads the release that PULUMI_VERSION names. Its own version is another one: it comes
 * to npm later than the engine's, some never.
 */
const downloader = "pulumi@3.265.0";

export function downloadEngine(home: string, signal?: AbortSignal): Promise<Refusal> {
  mkdirSync(home, { recursive: true });
  return attempt({
    command: ["npm", "exec", "--yes", `--package=${downloader}`, "--", "pulumi", "version"],
    // Never the person's own: what the lab fetches must not appear in their set-up.
    env: { PULUMI_HOME: home, PULUMI_VERSION: engineVersion, PULUMI_SKIP_UPDATE_CHECK: "true" },
    seconds: 240,
    hopeless: /^pulumi: fetch failed|npm error code/,
    signal,
  });
}

export function downloadPlugin(
  engineDirectory: string,
  home: string,
  plugin: PluginVersion,
): Promise<Refusal> {
  return attempt({
    command: [
      join(engineDirectory, "pulumi"),
      "plugin",
      "install",
      "resource",
      plugin.name,
      plugin.version,
    ],
    env: { PULUMI_HOME: home, PULUMI_SKIP_UPDATE_CHECK: "true" },
    seconds: 240,
    hopeless: /Error downloading plugin|^error:/,
  });
}

// A download that was refused is not tried again at every start: it would cost seconds each time.
const memory = join(checkout, ".dockertls", "refused-downloads.json");

function remembered(): Record<string, string> {
  try {
    return JSON.parse(readFileSync(memory, "utf8")) as Record<string, string>;
  } catch {
    return {};
  }
}

export const rememberedRefusal = (what: string): Refusal => remembered()[what];

/** The outcome of an attempt. Synchronous from reading to writing, since plugins are asked for at once. */
export function remember(what: string, refusal: Refusal): void {
  const { [what]: _, ...others } = remembered();
  mkdirSync(dirname(memory), { recursive: true });
  const content = { ...others, ...(refusal === undefined ? {} : { [what]: refusal }) };
  writeWhole(memory, `${JSON.stringify(content, null, 2)}\n`);
}
