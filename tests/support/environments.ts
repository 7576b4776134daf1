// Three environments as a person has them: a checkout of this project with its own commits, a stack file for each
// stack, a backend of files and a passphrase.
import { spawn, type ChildProcess } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ensureEngine } from "../../lab/engine/engine.ts";
import { engineEnvironment } from "../../lab/engine/environment.ts";
import { ensurePlugins, type ChosenPlugin } from "../../lab/engine/plugins.ts";
import { silent } from "../../lab/engine/report.ts";
import { checkout } from "../../lab/paths.ts";
import { saltIn } from "../../scripts/stack-file.ts";
import type { Run, StackSettings } from "./stack-run.ts";
import { killTree } from "./process-tree.ts";
import { residentPlugins, stopResidentPlugins } from "./resident-plugins.ts";
import { untilSaid } from "./said.ts";
import { timed } from "./stopwatch.ts";
import type { ClientBundle } from "./tls-calls.ts";

/** What the program and its commands are made of. */
const parts = [
  ...[
    "components",
    "doctor",
    "lab",
    "policies",
    "provider",
    "scripts",
    "entry.mjs",
    "index.ts",
    "own-cache.mjs",
  ],
  ...["package.json", "package-lock.json", "Pulumi.yaml"],
];

export class Environments {
  readonly directory: string;
  readonly project: string;
  readonly #environment: NodeJS.ProcessEnv;
  readonly #plugins: readonly ChosenPlugin[];
  #children: ChildProcess[] = [];

  private constructor(
    directory: string,
    environment: NodeJS.ProcessEnv,
    plugins: readonly ChosenPlugin[],
  ) {
    this.directory = directory;
    this.project = join(directory, "project");
    this.#environment = environment;
    this.#plugins = plugins;
  }

  static async create(stacks: readonly string[]): Promise<Environments> {
    const engine = await ensureEngine(silent);
    const directory = mkdtempSync(join(tmpdir(), "dockertls-environments-"));
    const [home, state, passphraseFile] = ["home", "state", "passphrase"].map((entry) =>
      join(directory, entry),
    );
    if (home === undefined || state === undefined || passphraseFile === undefined)
      throw new Error("no folders");
    mkdirSync(state);
    writeFileSync(passphraseFile, "only for this test\n", { mode: 0o600 });
    const plugins = await ensurePlugins(home, silent);
    const { SSH_AUTH_SOCK: _, ...inherited } = process.env;
    const environment = engineEnvironment({ engine, home, state, passphraseFile }, inherited);
    const made = new Environments(directory, environment, plugins);
    mkdirSync(made.project);
    for (const part of parts)
      cpSync(join(checkout, part), join(made.project, part), { recursive: true });
    symlinkSync(join(checkout, "node_modules"), join(made.project, "node_modules"));
    writeFileSync(join(made.project, ".gitignore"), "node_modules\n/.dockertls/\n");
    for (const stack of stacks)
      await made.#expect(made.#begin("pulumi", ["stack", "init", stack, "--non-interactive"]));
    await made.#git("init", "-q");
    return made;
  }

  /** The text of a stack's file. */
  fileOf(stack: string): string {
    return readFileSync(join(this.project, `Pulumi.${stack}.yaml`), "utf8");
  }

  /** A stack's file, with the salt that its secrets are made with. */
  configure(stack: string, settings: StackSettings): void {
    const file = join(this.project, `Pulumi.${stack}.yaml`);
    const salt = saltIn(readFileSync(file, "utf8")) ?? "";
    const lines = Object.entries(settings).map(
      ([key, value]) => `  dockertls:${key}: ${JSON.stringify(value)}\n`,
    );
    writeFileSync(file, `${salt}\nconfig:\n${lines.join("")}`);
  }

  async commit(): Promise<void> {
    await this.#git("add", ".");
    await this.#git(
      "-c",
      "user.name=test",
      "-c",
      "user.email=test@example.com",
      "commit",
      "-q",
      "-m",
      "change",
    );
  }

  rollout(...args: string[]): Promise<Run> {
    return this.command("rollout", ...args);
  }

  /** One of this project's commands; its engine is attached to stand-ins that stay. */
  async command(name: string, ...args: string[]): Promise<Run> {
    const plugins = await residentPlugins(this.#plugins, this.#environment);
    return timed("engine", () => endOf(this.#command([name, ...args], plugins)));
  }

  /** The engine itself. */
  async pulumi(...args: string[]): Promise<Run> {
    const plugins = await residentPlugins(this.#plugins, this.#environment);
    const whole = [...args, "--non-interactive", "--color=never"];
    return timed("engine", () => this.#expect(this.#begin("pulumi", whole, plugins)));
  }

  /** The same, with this in the environment of the engine's plugins as well, which are its own. */
  commandWith(more: NodeJS.ProcessEnv, name: string, ...args: string[]): Promise<Run> {
    return timed("engine", () => endOf(this.#command([name, ...args], more)));
  }

  /** The engine itself, in the same way. */
  pulumiWith(more: NodeJS.ProcessEnv, ...args: string[]): Promise<Run> {
    const whole = [...args, "--non-interactive", "--color=never"];
    return timed("engine", () => this.#expect(this.#begin("pulumi", whole, more)));
  }

  /** A command as a terminal starts it: a group of processes, of which each hears Ctrl-C. */
  begin(
    name: string,
    ...args: string[]
  ): {
    readonly end: Promise<Run>;
    says(text: string): Promise<void>;
    interrupt(): void;
    /** SIGKILL to it and all that it has started: as when the terminal's machine dies. */
    kill(): Promise<void>;
  } {
    const child = this.#command([name, ...args]);
    return {
      end: endOf(child),
      says: (text) => untilSaid(child.stdout, text),
      interrupt: () => {
        if (child.pid !== undefined) process.kill(-child.pid, "SIGINT");
      },
      kill: () => killTree(child),
    };
  }

  /** What `npm run client` has written. */
  bundleOf(stack: string, client: string): ClientBundle {
    const folder = join(this.project, ".dockertls", "clients", stack, client);
    const [ca = "", cert = "", key = ""] = ["ca", "cert", "key"].map((name) =>
      readFileSync(join(folder, `${name}.pem`), "utf8"),
    );
    return { ca, cert, key };
  }

  /** Locks that runs of the engine hold, or have left behind. */
  locks(): string[] {
    const files = readdirSync(join(this.directory, "state", ".pulumi", "locks"), {
      recursive: true,
    });
    return files.map(String).filter((file) => file.endsWith(".json"));
  }

  /** Which stack `pulumi up` would be about. */
  async selected(): Promise<string> {
    return (
      await this.#expect(this.#begin("pulumi", ["stack", "--show-name", "--non-interactive"]))
    ).stdout.trim();
  }

  async close(): Promise<void> {
    await Promise.all(this.#children.map(killTree));
    await stopResidentPlugins();
    rmSync(this.directory, { recursive: true, force: true, maxRetries: 5 });
  }

  async #git(...args: string[]): Promise<void> {
    await this.#expect(this.#begin("git", args));
  }

  #command(args: readonly string[], more: NodeJS.ProcessEnv = {}): ChildProcess {
    const script = join(this.project, "scripts", "run.mjs");
    return this.#begin(process.execPath, [script, ...args], more);
  }

  #begin(program: string, args: readonly string[], more: NodeJS.ProcessEnv = {}): ChildProcess {
    const child = spawn(program, args, {
      ...{ cwd: this.project, env: { ...this.#environment, ...more }, detached: true },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#children.push(child);
    child.stdout.setEncoding("utf8");
    child.stderr.setEncoding("utf8");
    return child;
  }

  async #expect(child: ChildProcess): Promise<Run> {
    const run = await endOf(child);
    if (run.exitCode !== 0) throw new Error(`${child.spawnargs.join(" ")} failed:\n${run.all}`);
    return run;
  }
}

function endOf(child: ChildProcess): Promise<Run> {
  const run = { exitCode: null, stdout: "", stderr: "", all: "" };
  for (const stream of ["stdout", "stderr"] as const) {
    child[stream]?.on("data", (text: string) => {
      run[stream] += text;
      run.all += text;
    });
  }
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (exitCode) => {
      resolve({ ...run, exitCode });
    });
  });
}
