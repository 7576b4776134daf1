// A stack for one test file: this repository's program, run by the real engine, with a PULUMI_HOME, a
// backend, a passphrase and a configuration of its own in a temporary folder. Or by the fake engine (fake-engine/),
// where a test is about a machine.
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { ensureEngine, type Engine } from "../../lab/engine/engine.ts";
import { engineEnvironment } from "../../lab/engine/environment.ts";
import { ensurePlugins, type ChosenPlugin } from "../../lab/engine/plugins.ts";
import { silent } from "../../lab/engine/report.ts";
import { engineVersion } from "../../lab/engine/versions.ts";
import { checkout } from "../../lab/paths.ts";
import { labObstacle } from "../../lab/requirements.ts";
import { saltIn } from "../../scripts/stack-file.ts";
import { fakeCommand, fakeOutput, writeFakeConfiguration } from "./fake-engine/stack.ts";
import { killTree } from "./process-tree.ts";
import { residentPlugins, stopResidentPlugins } from "./resident-plugins.ts";
import { untilSaid } from "./said.ts";
import { timed } from "./stopwatch.ts";

export interface Run {
  exitCode: number | null;
  stdout: string;
  stderr: string;
  /** Both, as a person sees them. */
  all: string;
}

/** What a run says of one host's HostState. */
export function saidOf(host: string, { all }: Run): string {
  const section = new RegExp(String.raw`HostState \(${host}-state\):\n((?: {4}.*\n)+)`);
  return section.exec(all)?.[1] ?? "";
}

/** A preview has nothing to show, and nothing to complain about. */
export async function expectNoChanges(stack: StackRun): Promise<void> {
  const preview = await stack.preview("--expect-no-changes");
  expect(preview.all).not.toMatch(/error/);
  expect(preview.exitCode).toBe(0);
}

/** A command of the engine that has not ended yet. */
export interface Running {
  end: Promise<Run>;
  /** Once it has said something like this; it must not have said it before. */
  says(pattern: RegExp): Promise<void>;
  /** SIGKILL to the engine and all that it has started: as when the terminal's machine dies. */
  kill(): Promise<void>;
}

/** The stack's configuration, without the namespace: `{ hosts: { t1: { … } } }`. */
export type StackSettings = Readonly<Record<string, unknown>>;

const usualName = "test";

/** The real engine is `attached` to stand-ins that stay, or `alone` starts its plugins. */
type EngineKind = "fake" | "attached" | "alone";

const isRealEngineAsked = process.env["DOCKERTLS_TESTS_ENGINE"] === "real";

/** Longer than any run takes with the machine's cores shared; a run that hangs ends the test. */
const limitSeconds = 240;

/** No output of any run may hold a key, as it is or in an envelope's base64. */
const privateKey = /PRIVATE KEY|UFJJVkFURSBLRVk|BSSVZBVEUgS0VZ|QUklWQVRFIEtFW/;

const open = new Set<StackRun>();

/** For `afterAll`: ends what still runs and removes the folders. The machines are left as they are. */
export async function closeStacks(): Promise<void> {
  await Promise.all([...open].map((stack) => stack.close()));
  await stopResidentPlugins();
}

export class StackRun {
  readonly directory: string;
  readonly #pulumi: string;
  /** Environment of the engine, for whatever else works on the stack. */
  readonly environment: NodeJS.ProcessEnv;
  #salt: string;
  #settings: StackSettings = {};
  readonly #program: string;
  readonly #name: string;
  readonly #engine: EngineKind;
  readonly #plugins: readonly ChosenPlugin[];
  #running: ChildProcess[] = [];

  private constructor(
    directory: string,
    pulumi: string,
    environment: NodeJS.ProcessEnv,
    salt: string,
    program: string,
    name: string,
    engine: EngineKind,
    plugins: readonly ChosenPlugin[],
  ) {
    this.directory = directory;
    this.#pulumi = pulumi;
    this.environment = environment;
    this.#salt = salt;
    this.#program = program;
    this.#name = name;
    this.#engine = engine;
    this.#plugins = plugins;
  }

  /**
   * @param program the folder of a program named dockertls; without it this repository's own.
   * @param name of the stack, where there is more than one.
   */
  static create(settings: StackSettings, program = checkout, name = usualName): Promise<StackRun> {
    return StackRun.#create(settings, program, name, isRealEngineAsked ? "alone" : "attached");
  }

  /** The engine starts every plugin itself, as it does for people, also where it is not to be killed. */
  static withOwnPlugins(settings: StackSettings, name = usualName): Promise<StackRun> {
    return StackRun.#create(settings, checkout, name, "alone");
  }

  /**
   * For a test of what becomes of a machine: the fake engine takes a quarter of the real one's time. `npm run
   * test:machines` takes the real one here as well.
   */
  static onFakeEngine(settings: StackSettings, name = usualName): Promise<StackRun> {
    return StackRun.#create(settings, checkout, name, isRealEngineAsked ? "alone" : "fake");
  }

  static async #create(
    settings: StackSettings,
    program: string,
    name: string,
    kind: EngineKind,
  ): Promise<StackRun> {
    const obstacle = labObstacle();
    if (obstacle !== undefined) {
      throw new Error(`integration: the lab can't run on this machine: ${obstacle}`);
    }
    const engine = await ensureEngine(silent);
    const directory = mkdtempSync(join(tmpdir(), "dockertls-integration-"));
    cpSync(await emptyStack(engine, name), directory, { recursive: true });
    const plugins = await ensurePlugins(join(directory, "home"), silent);
    const configFile = join(directory, `Pulumi.${name}.yaml`);
    const environment = environmentIn(directory, engine, { stack: name, configFile });
    const salt = saltOf(directory, name);
    const pulumi = join(engine.directory, "pulumi");
    const stack = new StackRun(directory, pulumi, environment, salt, program, name, kind, plugins);
    stack.configure(settings);
    open.add(stack);
    return stack;
  }

  /** From the next command on. */
  configure(settings: StackSettings): void {
    this.#settings = settings;
    const config = Object.entries(settings).map(
      ([key, value]) => `  dockertls:${key}: ${JSON.stringify(value)}\n`,
    );
    const text = `${this.#salt}\nconfig:\n${config.join("")}`;
    writeFileSync(join(this.directory, `Pulumi.${this.#name}.yaml`), text);
    if (this.#engine === "fake") writeFakeConfiguration(this.directory, settings);
  }

  /** With plugins that are the engine's own processes, and die with it. */
  begin(args: string[]): Running {
    return this.#begin(args, this.environment);
  }

  #begin(args: string[], environment: NodeJS.ProcessEnv): Running {
    const [command, ...commandArgs] =
      this.#engine === "fake"
        ? fakeCommand(this.directory, this.#name, args)
        : [this.#pulumi, ...args, "--non-interactive", "--color=never"];
    const child = spawn(command, commandArgs, {
      cwd: this.#program,
      env: environment,
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#running.push(child);
    return {
      end: this.#endOf(child, `pulumi ${args.join(" ")}`),
      says: (pattern) => untilSaid(child.stdout, pattern),
      kill: () => killTree(child),
    };
  }

  async run(args: string[]): Promise<Run> {
    const { environment } = this;
    const plugins =
      this.#engine === "attached" ? await residentPlugins(this.#plugins, environment) : {};
    return this.#begin(args, { ...environment, ...plugins }).end;
  }

  async expectSuccess(args: string[]): Promise<Run> {
    const run = await this.run(args);
    if (run.exitCode !== 0) throw new Error(`pulumi ${args.join(" ")} failed:\n${run.all}`);
    return run;
  }

  /** Without the preview: what is tested looks at the machine once, then acts. */
  up(...args: string[]): Promise<Run> {
    return this.run(["up", "--yes", "--skip-preview", ...args]);
  }

  /** As a person runs it. */
  previewAndUp(): Promise<Run> {
    return this.run(["up", "--yes"]);
  }

  preview(...args: string[]): Promise<Run> {
    return this.run(["preview", ...args]);
  }

  refresh(...args: string[]): Promise<Run> {
    return this.run(["refresh", ...args]);
  }

  destroy(...args: string[]): Promise<Run> {
    return this.run(["destroy", "--yes", "--skip-preview", ...args]);
  }

  async export(): Promise<string> {
    return (await this.expectSuccess(["stack", "export"])).stdout;
  }

  /** The whole state, its secrets shown: for a fixture that another passphrase can take in. */
  async stateInClear(): Promise<unknown> {
    return JSON.parse((await this.#show(["stack", "export", "--show-secrets"])).stdout);
  }

  /** One of the stack's outputs. Secrets are shown here, and in stateInClear. */
  async output(key: string): Promise<unknown> {
    if (this.#engine === "fake") return fakeOutput(this.directory, this.#name, key);
    const shown = this.#show(["stack", "output", "--json", "--show-secrets", key]);
    return JSON.parse((await shown).stdout);
  }

  /** `pulumi stack change-secrets-provider passphrase`; the configuration stays. */
  async changePassphrase(next: string): Promise<void> {
    // It takes no --config-file either: the salt is in the folder where it was made.
    const init = join(this.directory, initFolder);
    const args = ["stack", "change-secrets-provider", "passphrase", "--stack", this.#name];
    const child = spawn(this.#pulumi, ["--cwd", init, ...args, "--non-interactive"], {
      cwd: this.#program,
      env: this.environment,
      stdio: ["pipe", "pipe", "pipe"],
    });
    this.#running.push(child);
    child.stdin.end(`${next}\n`);
    const run = await this.#endOf(child, `pulumi ${args.join(" ")}`);
    if (run.exitCode !== 0) throw new Error(`pulumi ${args.join(" ")} failed:\n${run.all}`);
    writeFileSync(join(this.directory, "passphrase"), `${next}\n`, { mode: 0o600 });
    this.#salt = saltOf(this.directory, this.#name);
    this.configure(this.#settings);
  }

  async close(): Promise<void> {
    open.delete(this);
    await Promise.all(this.#running.map((child) => killTree(child)));
    rmSync(this.directory, { recursive: true, force: true, maxRetries: 5 });
  }

  async #show(args: string[]): Promise<Run> {
    if (this.#engine === "fake") throw new Error(`pulumi ${args.join(" ")}: the fake engine can't`);
    const child = spawn(this.#pulumi, [...args, "--non-interactive"], {
      cwd: this.#program,
      env: this.environment,
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#running.push(child);
    return collect(child, `pulumi ${args.join(" ")}`);
  }

  async #endOf(child: ChildProcess, what: string): Promise<Run> {
    const run = await collect(child, what);
    if (privateKey.test(run.all)) throw new Error(`${what}: its output holds a private key`);
    return run;
  }
}

/** Where `stack init` makes a stack's salt: it takes no --config-file. */
const initFolder = "init";

function saltOf(directory: string, name: string): string {
  return saltIn(readFileSync(join(directory, initFolder, `Pulumi.${name}.yaml`), "utf8")) ?? "";
}

/** The key comes from the configuration; an agent of whoever runs the tests would be asked as well. */
function environmentIn(
  directory: string,
  engine: Engine,
  more: { readonly stack?: string; readonly configFile?: string } = {},
): NodeJS.ProcessEnv {
  const { SSH_AUTH_SOCK: _, ...inherited } = process.env;
  const place = (entry: string): string => join(directory, entry);
  const paths = { home: place("home"), state: place("state"), passphraseFile: place("passphrase") };
  return engineEnvironment({ engine, ...paths, ...more }, inherited);
}

/** A folder with a stack as `stack init` makes it. It is made once for all tests: each has a copy. */
async function emptyStack(engine: Engine, name: string): Promise<string> {
  const made = join(checkout, ".dockertls", "tests", "stacks", `${engineVersion}-${name}`);
  if (existsSync(made)) return made;
  mkdirSync(dirname(made), { recursive: true });
  const directory = mkdtempSync(`${made}.`);
  for (const entry of ["state", "home", initFolder]) mkdirSync(join(directory, entry));
  writeFileSync(join(directory, "passphrase"), "only for this test\n", { mode: 0o600 });
  const init = join(directory, initFolder);
  writeFileSync(join(init, "Pulumi.yaml"), "name: dockertls\nruntime: nodejs\n");
  const args = ["--cwd", init, "stack", "init", name, "--non-interactive"];
  const env = environmentIn(directory, engine);
  const { exitCode, all } = await collect(
    spawn(join(engine.directory, "pulumi"), args, { env, stdio: ["ignore", "pipe", "pipe"] }),
    "pulumi stack init",
  );
  if (exitCode !== 0) throw new Error(`pulumi stack init failed:\n${all}`);
  // Another process may have been as fast.
  if (existsSync(made)) rmSync(directory, { recursive: true });
  else renameSync(directory, made);
  return made;
}

const collect = (child: ChildProcess, what: string): Promise<Run> =>
  timed("engine", () => outputOf(child, what));

async function outputOf(child: ChildProcess, what: string): Promise<Run> {
  const run: Run = { exitCode: null, stdout: "", stderr: "", all: "" };
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    run.stdout += text;
    run.all += text;
  });
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    run.stderr += text;
    run.all += text;
  });
  const [exitCode, late] = await new Promise<[number | null, boolean]>((done, fail) => {
    let isLate = false;
    const limit = setTimeout(() => {
      isLate = true;
      void killTree(child);
    }, limitSeconds * 1000);
    child.once("error", fail);
    child.once("close", (code) => {
      clearTimeout(limit);
      done([code, isLate]);
    });
  });
  if (late) throw new Error(`${what}: not within ${limitSeconds} s; so far:\n${run.all}`);
  return { ...run, exitCode };
}
