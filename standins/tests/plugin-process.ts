// Starts a plugin's executable: the one that the engine would use in this checkout, or the one in the
// folder that DOCKERTLS_PLUGIN_PATH names.
import { spawn, type ChildProcess } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { isExecutable } from "../../lab/engine/engine.ts";
import { pluginAtHand } from "../../lab/engine/plugins.ts";
import { pluginVersions } from "../../lab/engine/versions.ts";
import { pulumiHome } from "../../lab/paths.ts";

const START_LIMIT_MS = 20_000;

/** A plugin that a test file uses is told once. */
const told = new Set<string>();

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
  const { origin, directory } = chosen(name);
  const line = `${name}: ${origin}, ${directory}`;
  if (!told.has(line)) process.stderr.write(`plugin under test: ${line}\n`);
  told.add(line);
  return join(directory, `pulumi-resource-${name}`);
}

function chosen(name: string): { origin: string; directory: string } {
  const folder = process.env["DOCKERTLS_PLUGIN_PATH"];
  if (folder === undefined || folder === "") return pluginAtHand(pulumiHome, versionOf(name));
  // Never another one in its place: a green run would seem to be about the one that was asked for.
  if (!isExecutable(join(folder, `pulumi-resource-${name}`))) {
    throw new Error(
      `DOCKERTLS_PLUGIN_PATH: ${folder} has no pulumi-resource-${name}; nothing was tested; put it ` +
        `there, or unset the variable to test the plugin that the engine uses`,
    );
  }
  return { origin: "named by DOCKERTLS_PLUGIN_PATH", directory: folder };
}

function versionOf(name: string) {
  const plugin = pluginVersions.find((candidate) => candidate.name === name);
  if (!plugin) throw new Error(`${name}: no plugin of this program; name one of lab/plugins`);
  return plugin;
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
