// A machine B in a directory: the real scripts run in it, against a model of systemd and dockerd
// (machine-stubs/), with real coreutils and a real flock.
import { spawn, spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { parseAnswer } from "../../components/model/envelope.ts";
import { shellText } from "../../components/model/remote-shell.ts";
import { copyTree } from "./file-tree.ts";
import { MachineFiles } from "./machine-files.ts";
import {
  compose,
  envelopeLines,
  pathsIn,
  type ScriptName,
  type Wanted,
  wantedEnvelope,
} from "./remote-script.ts";
import { scratchPlace } from "./scratch-place.ts";

export const isRoot = process.getuid?.() === 0;
const stubs = join(import.meta.dirname, "machine-stubs");

/** All that the scripts may count on, besides the shell. */
const realTools =
  "base64 cat chmod cp cut date env flock grep head id install ln ls mkdir mv readlink rm rmdir sed sh sha256sum sort stat tail timeout tr true uname uniq wc";
const stubTools = "systemctl ss journalctl logger sleep sync";

const directories =
  "etc/docker etc/default etc/systemd/system opt var/lib proc/net run/systemd/system usr/sbin usr/lib/systemd/system".split(
    " ",
  );

const execStart =
  "/usr/sbin/dockerd -H fd:// --containerd=/run/containerd/containerd.sock $DOCKER_OPTS";

/** See machine-stubs/model.sh. */
const modelAtFirst: Readonly<Record<string, string>> = {
  active: "active",
  unit: execStart,
  flags: execStart,
  live: "false",
  effective: "{}",
  containers: "web 4711",
  starts: "0",
  pid: "100",
  // After every file of the machine, so that each is one that dockerd has started on.
  started: "Fri 2100-01-01 00:00:00 UTC",
  socket: "file",
  enabled: "enabled",
  "load-state": "loaded",
  "socket-load-state": "loaded",
  "kill-mode": "process",
  swarm: "inactive",
  journal: "",
  argv: "",
};

const found = new Map<string, string>();

function whereIs(tool: string): string {
  const known = found.get(tool) ?? lookFor(tool);
  found.set(tool, known);
  return known;
}

function lookFor(tool: string): string {
  for (const folder of (process.env["PATH"] ?? "").split(":").concat("/usr/sbin", "/sbin")) {
    if (folder && existsSync(join(folder, tool))) return join(folder, tool);
  }
  throw new Error(`${tool}: not on PATH; the remote scripts need it`);
}

export interface Ran {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  shell?: readonly string[];
  /** Shell text between the script and `main`. */
  inserted?: string;
  lines?: readonly string[];
  /** Instead of the composed script. */
  text?: string;
  closeOutput?: boolean;
}

export interface MachineOptions {
  /** What the machine has to ask dockerd with. */
  infoThrough?: "curl" | "perl" | "docker" | "nothing";
  without?: string[];
}

export class ScratchMachine extends MachineFiles {
  private readonly tools = join(this.home, "bin");

  constructor(options: MachineOptions = {}, like?: MachineFiles) {
    super(mkdtempSync(join(scratchPlace, "dockertls-b-")));
    this.installTools(options);
    if (like) this.become(like);
    else this.installMachine();
  }

  private installTools(options: MachineOptions): void {
    mkdirSync(this.tools);
    for (const tool of realTools.split(" ")) symlinkSync(whereIs(tool), join(this.tools, tool));
    for (const tool of stubTools.split(" ")) symlinkSync(join(stubs, tool), join(this.tools, tool));
    const info = options.infoThrough ?? "curl";
    if (info !== "nothing") symlinkSync(join(stubs, "info"), join(this.tools, info));
    for (const tool of options.without ?? []) rmSync(join(this.tools, tool));
    if (!isRoot) this.pretendRoot();
  }

  private installMachine(): void {
    for (const directory of directories) {
      mkdirSync(this.path(directory), { recursive: true, mode: 0o755 });
    }
    mkdirSync(this.model);
    symlinkSync(join(stubs, "dockerd"), this.path("usr/sbin/dockerd"));
    this.write("/etc/default/docker", "# DOCKER_OPTS=\n");
    this.write("/etc/os-release", 'PRETTY_NAME="Debian GNU/Linux 13 (trixie)"\n');
    this.write("/usr/lib/systemd/system/docker.service", `[Service]\nExecStart=${execStart}\n`);
    for (const [name, value] of Object.entries(modelAtFirst)) this.set(name, value);
  }

  /** Where the tests don't run as root, files can't be given to root: the tools say they were. */
  private pretendRoot(): void {
    const wrap = (tool: string, text: string): void => {
      rmSync(join(this.tools, tool));
      writeFileSync(join(this.tools, tool), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
    };
    wrap("id", "echo 0");
    wrap("install", `exec ${whereIs("install")} "$1" "$2" "$7" "$8"`);
    const [uid, gid] = [process.getuid?.(), process.getgid?.()];
    wrap("stat", `${whereIs("stat")} "$@" | sed 's/ ${uid} ${gid}$/ 0 0/; s/^${uid} /0 /'`);
  }

  private get environment(): Record<string, string> {
    return { PATH: this.tools, DOCKERTLS_ROOT: this.root, MODEL: this.model, STUBS: stubs };
  }

  run(name: ScriptName, options: RunOptions = {}): Promise<Ran> {
    const [shell = "sh", ...flags] = options.shell ?? ["sh"];
    const input = options.text ?? compose(name, options.lines ?? [], options.inserted);
    return this.#run([shell, ...flags, "-c", shellText], input, options.closeOutput);
  }

  /** A command line as sshd's shell gets it; paths of ours lead to this machine's own files. */
  command(line: string, input: string | Buffer = ""): Promise<Ran> {
    const here = line.replaceAll(" /var/lib/", ` ${this.root}/var/lib/`);
    return this.#run(["sh", "-c", here], input);
  }

  #run(
    [shell = "sh", ...words]: readonly string[],
    input: string | Buffer,
    closeOutput = false,
  ): Promise<Ran> {
    const child = spawn(whereIs(shell), words, { env: this.environment, cwd: this.home });
    const ran: Ran = { code: null, signal: null, stdout: "", stderr: "" };
    if (closeOutput) {
      child.stdout.destroy();
      child.stderr.destroy();
    } else {
      child.stdout.on("data", (chunk: Buffer) => (ran.stdout += chunk.toString()));
      child.stderr.on("data", (chunk: Buffer) => (ran.stderr += chunk.toString()));
    }
    // A killed shell leaves its input unread.
    child.stdin.on("error", () => undefined);
    child.stdin.end(input);
    return new Promise((resolve) => {
      child.on("close", (code, signal) => resolve({ ...ran, code, signal }));
    });
  }

  apply(wanted: Wanted = {}, options: RunOptions = {}): Promise<Ran> {
    const base = wanted.base ?? this.settledDaemonJson();
    const lines = envelopeLines(wantedEnvelope({ ...wanted, base }));
    return this.run("apply", { lines, ...options });
  }

  remove(
    owner = "dockertls/dev/b1",
    options: RunOptions = {},
    fencingToken = "1000",
  ): Promise<Ran> {
    const settings = { owner, claim: fencingToken };
    return this.run("remove", { lines: envelopeLines({ settings }), ...options });
  }

  probe(more: Readonly<Record<string, string>> = {}): Promise<Record<string, string>> {
    return this.#ask("probe", { ...pathsIn("/opt/docker-ssl"), ...more });
  }

  census(restart: "yes" | "no" = "no", shell?: readonly string[]): Promise<Record<string, string>> {
    return this.#ask("census", { port: "2376", restart }, shell === undefined ? {} : { shell });
  }

  handshakes(shell?: readonly string[]): Promise<Record<string, string>> {
    return this.#ask("handshakes", {}, shell === undefined ? {} : { shell });
  }

  firewall(shell?: readonly string[]): Promise<Record<string, string>> {
    return this.#ask("firewall", {}, shell === undefined ? {} : { shell });
  }

  async #ask(
    name: "probe" | "census" | "handshakes" | "firewall",
    more: Readonly<Record<string, string>>,
    options: RunOptions = {},
  ): Promise<Record<string, string>> {
    const boundary = "BOUNDARY";
    const lines = envelopeLines({ settings: { boundary, ...more } });
    const { stdout } = await this.run(name, { ...options, lines });
    const answer = parseAnswer(stdout, boundary);
    if (answer === undefined) throw new Error(`no whole answer: ${stdout}`);
    return Object.fromEntries(answer);
  }

  /** What the program would merge into: see probe_state in probe.sh. */
  private settledDaemonJson(): string | undefined {
    const state = this.path("/var/lib/dockertls");
    const read = (file: string): string | undefined =>
      existsSync(file) ? readFileSync(file, "utf8") : undefined;
    const record = read(join(state, "record"));
    const pending = read(join(state, "pending"));
    const onDisk = read(this.path("/etc/docker/daemon.json"));
    const settled =
      pending === undefined ? onDisk : read(join(state, "previous/tree/etc/docker/daemon.json"));
    const run = /^run=(.*)$/m.exec(record ?? "")?.[1];
    if (run === undefined) return settled;
    const base = read(join(state, `run-${run}`, "base.json"));
    return base === "" ? undefined : base;
  }

  /** A second machine in the same condition. */
  copy(options: MachineOptions = {}): ScratchMachine {
    return new ScratchMachine(options, this);
  }

  /** From now on it is in the condition of that one. */
  become(other: MachineFiles): void {
    for (const folder of ["root", "model"] as const) {
      rmSync(this[folder], { recursive: true, force: true });
      copyTree(other[folder], this[folder]);
    }
  }

  /** Somebody else's systemctl. */
  systemctl(...words: string[]): number | null {
    return spawnSync(join(stubs, "systemctl"), words, { env: this.environment }).status;
  }

  /** From now on every command that writes files is followed by a look for readable keys. */
  watchKeys(): void {
    for (const tool of ["base64", "cat", "chmod", "cp", "install", "mkdir", "mv", "sed"]) {
      // What stands there now may be a stub of its own, for a user who is not root.
      const real = join(this.tools, `${tool}.unwatched`);
      renameSync(join(this.tools, tool), real);
      const look = `find '${this.root}' -type f -perm /077 -exec grep -l 'PRIVATE KEY' {} +`;
      const text = `#!/bin/sh\n${real} "$@"\nstatus=$?\necho x >>"$MODEL/watched"\nPATH=/usr/bin:/bin ${look} >>"$MODEL/readable-keys" 2>/dev/null\nexit $status\n`;
      writeFileSync(join(this.tools, tool), text, { mode: 0o755 });
    }
  }
}
