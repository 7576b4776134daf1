// The stack `dev` of this checkout: a local backend, a passphrase of its own, everything in .dockertls.
import { randomBytes } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import type { Engine } from "../lab/engine/engine.ts";
import { engineEnvironment } from "../lab/engine/environment.ts";
import type { Report } from "../lab/engine/report.ts";
import { withFileLock } from "../lab/file-lock.ts";
import { checkout, pulumiHome } from "../lab/paths.ts";
import { writeAtomically } from "../lab/atomic-write.ts";
import { saltIn, takenBack, withSalt } from "./stack-file.ts";

const own = join(checkout, ".dockertls");
const beside = join(own, "init");

export const devStack = {
  name: "dev",
  home: pulumiHome,
  state: join(own, "state"),
  passphraseFile: join(own, "passphrase"),
  committed: join(checkout, "Pulumi.dev.yaml"),
  /** The copy that the engine works on. */
  copy: join(own, "Pulumi.dev.yaml"),
  clients: join(own, "clients", "dev"),
};

export function ensureDevStack(engine: Engine): void {
  mkdirSync(own, { recursive: true, mode: 0o700 });
  // Something else may have made it before, in the course of a test for one.
  chmodSync(own, 0o700);
  mkdirSync(devStack.state, { recursive: true });
  if (!existsSync(devStack.passphraseFile)) {
    writeAtomically(devStack.passphraseFile, `${randomBytes(32).toString("hex")}\n`, 0o600);
  }
  if (existsSync(devStack.copy) && hasStack()) return;
  // `stack init` takes no --config-file: it makes its salt in a folder beside.
  mkdirSync(beside, { recursive: true });
  writeFileSync(join(beside, "Pulumi.yaml"), "name: dockertls\nruntime: nodejs\n");
  if (!hasStack())
    pulumi(engine, ["--cwd", beside, "--non-interactive", "stack", "init", devStack.name]);
  writeAtomically(devStack.copy, withSalt("", ownSalt()), 0o600);
}

/** The salt that secrets in the state were made with. The engine may be killed while it writes. */
function ownSalt(): string {
  for (const file of [devStack.copy, join(beside, "Pulumi.dev.yaml")]) {
    const salt = existsSync(file) ? saltIn(readFileSync(file, "utf8")) : undefined;
    if (salt !== undefined) return salt;
  }
  throw new Error(
    `stack dev: the salt of its secrets is nowhere; no secret of it can be read; run \`npm run lab -- down --force\`, delete ${own}, then npm start`,
  );
}

/** Where the backend of this checkout keeps what its stacks have recorded. */
export const stacksFolder = join(devStack.state, ".pulumi", "stacks", "dockertls");

/** Names of the stacks in the backend of this checkout. */
export function ownStacks(): string[] {
  if (!existsSync(stacksFolder)) return [];
  const names = readdirSync(stacksFolder).map((file) => /^(.+)\.json(?:\.gz)?$/.exec(file)?.[1]);
  return [...new Set(names.filter((name) => name !== undefined))].sort();
}

/** Whether the backend of this checkout has a stack of that name. */
export const hasStack = (name = devStack.name): boolean => ownStacks().includes(name);

export const devEnvironment = (engine: Engine, stack = devStack.name): NodeJS.ProcessEnv =>
  engineEnvironment({
    engine,
    home: devStack.home,
    state: devStack.state,
    passphraseFile: devStack.passphraseFile,
    stack,
    // Another stack has a file of its own.
    ...(stack === devStack.name ? { configFile: devStack.copy } : {}),
  });

/** The answer of a command that is not for the person's eyes. */
export function pulumi(engine: Engine, args: string[]): string {
  const { status, stdout, stderr } = spawnSync(join(engine.directory, "pulumi"), args, {
    cwd: checkout,
    env: devEnvironment(engine),
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  if (status !== 0) {
    throw new Error(
      `pulumi ${args.filter((arg) => !arg.startsWith("-")).join(" ")}: ${stderr.trim() || "failed"}`,
    );
  }
  return stdout;
}

/**
 * Hands the engine the stack file with its salt; afterwards takes back what the command changed. One
 * run at a time: the engine would turn the second away, and its advice is to cancel the first.
 */
export function withStackFile<T>(say: Report, work: () => Promise<T> | T): Promise<T> {
  const doing = `of this checkout is at work on stack ${devStack.name}`;
  return withFileLock({ lock: join(own, "stack.lock"), doing, say }, () => handedOut(work));
}

/** The same for what makes the engine's home and the stack. */
export function aloneInHome<T>(say: Report, work: () => Promise<T> | T): Promise<T> {
  const doing = "prepares this checkout";
  return withFileLock({ lock: join(own, "home.lock"), doing, say }, work);
}

async function handedOut<T>(work: () => Promise<T> | T): Promise<T> {
  const salt = ownSalt();
  const committedBefore = readFileSync(devStack.committed, "utf8");
  const handedOver = withSalt(committedBefore, salt);
  writeAtomically(devStack.copy, handedOver, 0o600);
  try {
    return await work();
  } finally {
    // `stack rm` deletes the stack's file, which here is part of the repository.
    if (!existsSync(devStack.committed))
      writeAtomically(devStack.committed, committedBefore, 0o644);
    const changed = takenBack(handedOver, readFileSync(devStack.copy, "utf8"));
    if (changed !== undefined) writeAtomically(devStack.committed, changed, 0o644);
  }
}

/** The stack that the arguments name, if they do. */
export function stackNamedIn(args: string[]): string | undefined {
  for (const [index, argument] of args.entries()) {
    if (argument === "--") return undefined;
    if (argument === "--stack" || argument === "-s") return args[index + 1];
    if (argument.startsWith("--stack=")) return argument.slice("--stack=".length);
  }
  return undefined;
}
