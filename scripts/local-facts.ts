// What `npm run doctor` finds on this machine. Only looks: nothing is fetched, started or written.
import { spawnSync } from "node:child_process";
import { delimiter, join } from "node:path";
import { createAgent } from "ssh2";
import type { HostConfiguration } from "../components/model/configuration/parse.ts";
import type { LocalFacts, AgentFacts, EngineFacts } from "../doctor/local-facts.ts";
import type { Engine } from "../lab/engine/engine.ts";
import { pluginsAtHand } from "../lab/engine/plugins.ts";
import { engineVersion } from "../lab/engine/versions.ts";
import { checkout } from "../lab/paths.ts";
import { findProgram } from "../lab/requirements.ts";
import { devStack } from "./dev-stack.ts";

export async function gatherLocalFacts(
  engine: Engine | undefined,
  hosts: readonly HostConfiguration[],
): Promise<LocalFacts> {
  const path = personsPath();
  const node = findProgram("node", path);
  return {
    ownNode: process.version,
    pathNode: node === undefined ? undefined : versionOf(node, "--version"),
    engine: engineFacts(engine, path),
    plugins: pluginsAtHand(devStack.home),
    agent: await agentFacts(hosts),
    dockerCli: findProgram("docker", path),
  };
}

/** PATH as the person has it: npm and scripts/run.mjs put the project's own programs before it. */
function personsPath(): string {
  const own = join(checkout, "node_modules", ".bin");
  const directories = (process.env["PATH"] ?? "").split(delimiter);
  return directories.filter((directory) => directory !== own).join(delimiter);
}

function engineFacts(engine: Engine | undefined, path: string): EngineFacts {
  const pulumi = findProgram("pulumi", path);
  return {
    wanted: engineVersion,
    origin: engine?.origin,
    pathVersion: pulumi === undefined ? undefined : versionOf(pulumi, "version"),
    languageHost: findProgram("pulumi-language-nodejs", path) !== undefined,
  };
}

function versionOf(program: string, question: string): string | undefined {
  const { stdout, error } = spawnSync(program, [question], {
    encoding: "utf8",
    timeout: 15_000,
    env: { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "true" },
  });
  return error ? undefined : stdout.trim();
}

async function agentFacts(hosts: readonly HostConfiguration[]): Promise<AgentFacts> {
  const neededBy = hosts
    .filter(({ ssh }) => ssh.identityFile === undefined && ssh.privateKey === undefined)
    .map(({ name }) => name);
  const socket = process.env["SSH_AUTH_SOCK"];
  const needed = neededBy.length > 0 && socket !== undefined && socket !== "";
  return {
    neededBy,
    socket: socket === "" ? undefined : socket,
    keys: needed ? await keysOf(socket) : 0,
  };
}

function keysOf(socket: string): Promise<number | string> {
  return new Promise((resolve) => {
    const limit = setTimeout(() => resolve("no answer within 5 s"), 5000);
    createAgent(socket).getIdentities((error, keys) => {
      clearTimeout(limit);
      resolve(error ? error.message : (keys?.length ?? 0));
    });
  });
}
