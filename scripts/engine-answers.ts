// What only the engine can tell of a stack: its secrets. It is only asked: nothing is written.
import { spawnSync, type SpawnSyncReturns } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ClientBundle } from "../components/model/certificates.ts";
import { configurationNamespace } from "../components/model/configuration/problems.ts";
import type { Problem } from "../components/model/problem.ts";
import type { Values } from "../doctor/stack-file.ts";
import type { Engine } from "../lab/engine/engine.ts";
import { checkout } from "../lab/paths.ts";
import { devEnvironment, devStack } from "./dev-stack.ts";
import { withoutSecretLogs } from "./secret-logs.ts";
import { isOwnStack } from "./stack-engine.ts";

export interface AskedStack {
  readonly engine: Engine;
  readonly stack: string;
  readonly configFile: string;
}

/** The stack's configuration with its secrets open; undefined when the engine can't open them. */
export function openedConfiguration({ engine, stack, configFile }: AskedStack): Values | undefined {
  // Some commands write a salt into the file that they are given.
  const directory = mkdtempSync(join(tmpdir(), "dockertls-doctor-"));
  const copy = join(directory, "Pulumi.yaml");
  try {
    copyFileSync(configFile, copy);
    const args = ["config", "--show-secrets", "--json", "--config-file", copy];
    const answer = ask(engine, stack, args);
    if (answer === undefined) return undefined;
    const config = JSON.parse(answer) as Record<string, { value?: string }>;
    return configuredValues(
      Object.fromEntries(Object.entries(config).map(([key, { value }]) => [key, value ?? "null"])),
    );
  } catch {
    return undefined;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** The stack's configuration as values, from the texts that the engine has for them: a map as JSON, a word as it is. */
export function configuredValues(config: Readonly<Record<string, string>>): Values {
  const prefix = `${configurationNamespace}:`;
  return Object.fromEntries(
    Object.entries(config).flatMap(([key, text]) =>
      key.startsWith(prefix) ? [[key.slice(prefix.length), valueOf(text)]] : [],
    ),
  );
}

function valueOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

/**
 * The files of the stack's client, out of its state; of stack dev as `npm start` wrote them. A problem where the
 * passphrase at hand is not the stack's.
 */
export function clientBundleOf(
  asked: Omit<AskedStack, "engine"> & { readonly engine: Engine | undefined },
): ClientBundle | Problem | undefined {
  const { engine, stack } = asked;
  const args = ["stack", "output", "--json", "--show-secrets", "clientBundle"];
  if (engine !== undefined) {
    const { status, stdout, stderr } = run(engine, stack, args);
    if (status === 0) return JSON.parse(stdout) as ClientBundle;
    const problem = passphraseProblem(stack, stderr);
    if (problem !== undefined) return problem;
  }
  if (stack !== devStack.name) return undefined;
  try {
    const read = (name: string): string => readFileSync(join(devStack.clients, name), "utf8");
    return { ca: read("ca.pem"), cert: read("cert.pem"), key: read("key.pem") };
  } catch {
    return undefined;
  }
}

/** The problem of a wrong passphrase, by the engine's own words. Without a passphrase, a person is asked for it. */
export function passphraseProblem(stack: string, said: string): Problem | undefined {
  if (!/incorrect passphrase/i.test(said)) return undefined;
  return {
    where: `stack ${stack}: passphrase`,
    what: "is not the one that the stack was made with",
    why: "no secret of the stack can be read, and no `pulumi up` does anything without them",
    fix: "correct PULUMI_CONFIG_PASSPHRASE, or the file that PULUMI_CONFIG_PASSPHRASE_FILE names",
  };
}

function ask(engine: Engine, stack: string, args: readonly string[]): string | undefined {
  const { status, stdout } = run(engine, stack, args);
  return status === 0 ? stdout : undefined;
}

function run(engine: Engine, stack: string, args: readonly string[]): SpawnSyncReturns<string> {
  const environment = isOwnStack(stack)
    ? devEnvironment(engine, stack)
    : { ...withoutSecretLogs(process.env), PULUMI_SKIP_UPDATE_CHECK: "true" };
  return spawnSync(
    join(engine.directory, "pulumi"),
    [...args, "--stack", stack, "--non-interactive", "--color=never"],
    { cwd: checkout, encoding: "utf8", env: environment, timeout: 60_000 },
  );
}
