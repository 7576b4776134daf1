// npm start: from nothing to a machine whose Docker API speaks mutual TLS, and `docker info` from it.
import { mkdirSync, readFileSync } from "node:fs";
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { constants } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { oneLine } from "../components/model/problem.ts";
import type { Engine } from "../lab/engine/engine.ts";
import { consoleReports, type Reports } from "../lab/engine/report.ts";
import { labNamed, machineAt } from "../lab/machines/labs.ts";
import { upMachines } from "../lab/machines/machines.ts";
import { checkout } from "../lab/paths.ts";
import {
  findProgram,
  installTools,
  labObstacle,
  labTools,
  unlockSudo,
} from "../lab/requirements.ts";
import { sideBySide } from "../lab/side-by-side.ts";
import { writeAtomically } from "../lab/atomic-write.ts";
import { devEnvironment, devStack, pulumi, withStackFile } from "./dev-stack.ts";
import { dockerClient, dockerInfo, infoArguments, pasted } from "./docker-client.ts";
import type { ClientFiles } from "./docker-client.ts";
import { isNoise } from "./engine-lines.ts";
import { showedHelp } from "./help.ts";
import { prepareEngine } from "./prepare.ts";
import { refuseSecretLogs } from "./secret-logs.ts";

const reports = consoleReports();
const { say } = reports;

/** The lab machines that the stack file points at; none when it points at machines of one's own. */
function labMachines(): string[] {
  const lab = labNamed(devStack.name);
  const text = readFileSync(devStack.committed, "utf8").replace(/(^|\s)#.*$/gm, "");
  const addresses = text.match(/\b\d+\.\d+\.\d+\.\d+\b/g) ?? [];
  return [
    ...new Set(
      addresses.flatMap((address) =>
        address.startsWith(`${lab.network}.`) ? (machineAt(lab, address) ?? []) : [],
      ),
    ),
  ];
}

/** What bootLab takes for granted; apart from it, since a password and apt-get take turns with others. */
async function readyForLab(machines: string[]): Promise<void> {
  const obstacle = labObstacle();
  if (obstacle) {
    throw new Error(
      `lab: can't run on this machine; ${obstacle}; point the stack at a machine of your own: in ` +
        `Pulumi.dev.yaml, put its address, ssh user and host key in the place of ${machines.join(", ")} ` +
        `(README, "Your own machine"), then run npm start again`,
    );
  }
  unlockSudo();
  await installTools(labTools, reports);
}

async function bootLab(
  machines: string[],
  { progress }: Reports,
  signal: AbortSignal,
): Promise<void> {
  progress(`bringing up ${machines.join(", ")}`);
  await upMachines(devStack.name, machines, { say, signal });
  say(`lab: ${machines.join(", ")} up`);
}

/** Ctrl-C or a kill ends the work in good order: nothing that it has started is left at work. */
async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const interruption = new AbortController();
  const interrupt = (name: NodeJS.Signals): void => {
    process.exitCode = 128 + constants.signals[name];
    interruption.abort(new Error("interrupted"));
  };
  const names = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const name of names) process.on(name, interrupt);
  try {
    return await work(interruption.signal);
  } finally {
    for (const name of names) process.off(name, interrupt);
  }
}

interface HostOutput {
  api: string;
  endpoint: string;
  /** The command that brings the endpoint here, where it can't be dialled. */
  tunnel?: string;
}

interface StackOutputs {
  hosts?: Record<string, HostOutput>;
  clientBundle?: { ca: string; cert: string; key: string };
}

function writeClientFiles({ clientBundle }: StackOutputs): ClientFiles {
  if (!clientBundle) throw new Error("stack dev: no output clientBundle; run npm start again");
  mkdirSync(devStack.clients, { recursive: true, mode: 0o700 });
  const place = (name: string): string => join(devStack.clients, `${name}.pem`);
  writeAtomically(place("ca"), clientBundle.ca, 0o600);
  writeAtomically(place("cert"), clientBundle.cert, 0o600);
  writeAtomically(place("key"), clientBundle.key, 0o600);
  return { ca: place("ca"), cert: place("cert"), key: place("key") };
}

/** A line of docker's, which repeats what the machine says; its columns stay. */
const shown = (line: string): string => (/^ */.exec(line)?.[0] ?? "") + oneLine(line);

async function runUp(engine: Engine): Promise<number | null> {
  const args = ["up", "--yes", "--skip-preview", "--suppress-outputs", "--suppress-progress"];
  const child = spawn(join(engine.directory, "pulumi"), args, {
    cwd: checkout,
    env: devEnvironment(engine),
    stdio: ["ignore", process.stdout.isTTY ? "inherit" : "pipe", "inherit"],
  });
  if (child.stdout) {
    createInterface({ input: child.stdout }).on("line", (line) => {
      if (!isNoise(line)) say(line);
    });
  }
  // The engine hears Ctrl-C by itself, and ends in its own good order: until then the stack is its own.
  const wait = (): void => undefined;
  process.on("SIGINT", wait);
  return new Promise<number | null>((done, fail) => {
    child.once("error", fail);
    child.once("close", done);
  }).finally(() => process.off("SIGINT", wait));
}

/** Brings the stack up; says so when there was nothing to do. */
async function up(engine: Engine): Promise<void> {
  const status = await runUp(engine);
  if (status !== 0) {
    throw new Error(
      "pulumi up: failed; the reason is above; once it is cured run npm start again " +
        "(a stack that is still locked by a killed run: npm run pulumi -- cancel)",
    );
  }
  const [last] = JSON.parse(pulumi(engine, ["stack", "history", "--json", "--page-size", "1"])) as {
    resourceChanges?: Record<string, number>;
  }[];
  const changes = last?.resourceChanges ?? {};
  const unchanged = Object.keys(changes).every((kind) => kind === "same" || kind === "read");
  if (unchanged)
    say(`nothing changed: all ${String(changes["same"] ?? 0)} resources are as they should be`);
}

async function showDocker(outputs: StackOutputs, files: ClientFiles): Promise<void> {
  const docker = await dockerClient(reports);
  const hosts = Object.values(outputs.hosts ?? {});
  const filesOf = ({ api }: HostOutput): ClientFiles | undefined =>
    api === "plain-tcp" ? undefined : files;
  for (const host of hosts.filter(({ tunnel }) => tunnel === undefined)) {
    if (docker) {
      const way = host.api === "plain-tcp" ? "in plaintext" : "through TLS";
      say(`\ndocker info, ${way}, from ${host.endpoint}:`);
      for (const line of dockerInfo(docker, filesOf(host), host.endpoint)) say(shown(line));
    } else {
      say(
        "\nthere is no docker CLI on this machine, and no Debian package to take it from; install one to use the line below",
      );
    }
  }
  say("\nPaste this to see it yourself:");
  for (const host of hosts) {
    if (host.tunnel !== undefined) say(`${host.tunnel} &`);
    say(pasted(["docker", ...infoArguments(filesOf(host), host.endpoint)]));
  }
  if (docker && !findProgram("docker"))
    say(`(the docker CLI is at ${docker}; put it on your PATH)`);
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { "retry-downloads": { type: "boolean", default: false } },
  });
  refuseSecretLogs();
  const machines = labMachines();
  if (machines.length > 0) await readyForLab(machines);
  else say("lab: not needed, Pulumi.dev.yaml points at machines of your own");
  const retryDownloads = values["retry-downloads"];
  const { engine } = await interruptible((interruption) =>
    sideBySide(
      {
        lab: async (to, signal) => {
          if (machines.length > 0) await bootLab(machines, to, signal);
        },
        engine: (to, signal) => prepareEngine(to, { retryDownloads, signal }),
      },
      reports,
      interruption,
    ),
  );
  await withStackFile(say, async () => {
    await up(engine);
    const outputs = JSON.parse(
      pulumi(engine, ["stack", "output", "--json", "--show-secrets"]),
    ) as StackOutputs;
    await showDocker(outputs, writeClientFiles(outputs));
  });
}

const usage = `usage: npm start [-- --retry-downloads]: boots the lab, converges its machine, shows docker info
  --retry-downloads  asks Pulumi's release site once more for plugins that it refused`;

try {
  if (!showedHelp(usage)) await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode ??= 1;
}
