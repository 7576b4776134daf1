// What only the engine can tell of a stack: its secrets. It is asked, never told: nothing is written.
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ClientBundle } from "../components/model/certificates.ts";
import type { Values } from "../doctor/stack-file.ts";
import type { Engine } from "../lab/engine/engine.ts";
import { checkout } from "../lab/paths.ts";
import { devEnvironment, devStack, hasStack } from "./dev-stack.ts";
import { withoutSecretLogs } from "./secret-logs.ts";

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
    const config = JSON.parse(answer) as Record<string, { value?: string; objectValue?: unknown }>;
    return Object.fromEntries(
      Object.entries(config).flatMap(([key, { value, objectValue }]) =>
        key.startsWith("dockertls:")
          ? [[key.slice("dockertls:".length), objectValue ?? JSON.parse(value ?? "null")]]
          : [],
      ),
    );
  } catch {
    return undefined;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** The files of the stack's client, out of its state; of stack dev as `npm start` wrote them. */
export function clientBundleOf(
  asked: Omit<AskedStack, "engine"> & { readonly engine: Engine | undefined },
): ClientBundle | undefined {
  const { engine, stack } = asked;
  const args = ["stack", "output", "--json", "--show-secrets", "clientBundle"];
  const answer = engine === undefined ? undefined : ask(engine, stack, args);
  if (answer !== undefined) return JSON.parse(answer) as ClientBundle;
  if (stack !== devStack.name) return undefined;
  try {
    const read = (name: string): string => readFileSync(join(devStack.clients, name), "utf8");
    return { ca: read("ca.pem"), cert: read("cert.pem"), key: read("key.pem") };
  } catch {
    return undefined;
  }
}

function ask(engine: Engine, stack: string, args: readonly string[]): string | undefined {
  const ours = process.env["PULUMI_BACKEND_URL"] === undefined && hasStack(stack);
  const environment = ours
    ? devEnvironment(engine, stack)
    : { ...withoutSecretLogs(process.env), PULUMI_SKIP_UPDATE_CHECK: "true" };
  const { status, stdout } = spawnSync(
    join(engine.directory, "pulumi"),
    [...args, "--stack", stack, "--non-interactive"],
    { cwd: checkout, encoding: "utf8", env: environment, timeout: 60_000 },
  );
  return status === 0 ? stdout : undefined;
}
