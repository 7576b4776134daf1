// Starts a plugin's executable. DOCKERTLS_PLUGIN_PATH names a folder to look in first: with the
// official plugins in it, the same tests run against those.
import { spawn, type ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";

const START_LIMIT_MS = 20_000;
const project = join(import.meta.dirname, "../..");

export interface PluginProcess {
  readonly port: string;
  kill(): Promise<void>;
}

/** `env` is what the plugin finds in its environment, besides what has nothing to do with it. */
export async function startPlugin(
  name: string,
  engine: string,
  env: Record<string, string>,
): Promise<PluginProcess> {
  const child = spawn(executable(name), [engine], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...withoutPluginVariables(process.env), ...env },
  });
  return {
    port: await portOf(child, name),
    async kill() {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGKILL");
      await ended;
    },
  };
}

function executable(name: string): string {
  const file = `pulumi-resource-${name}`;
  const folder = process.env["DOCKERTLS_PLUGIN_PATH"];
  const found = [folder, join(project, "lab/plugins", name)]
    .filter((candidate) => candidate !== undefined)
    .map((candidate) => join(candidate, file))
    .find((candidate) => existsSync(candidate));
  if (found === undefined) throw new Error(`${file}: not found`);
  return found;
}

function withoutPluginVariables(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.entries(env).filter(([key]) => !/^(SSH_AUTH_SOCK|DOCKER_.*)$/.test(key));
  return Object.fromEntries(kept);
}

function portOf(child: ChildProcess, name: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const limit = setTimeout(() => {
      reject(new Error(`${name}: printed no port within ${START_LIMIT_MS} ms`));
    }, START_LIMIT_MS);
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`${name}: ended with ${code} before its port`)));
    if (!child.stdout) throw new Error(`${name}: no stdout`);
    createInterface(child.stdout).once("line", (line) => {
      clearTimeout(limit);
      resolve(line.trim());
    });
  });
}
