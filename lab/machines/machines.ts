// The lab as others use it: machines that come up, are entered, put back to new, and go away.
import { connect } from "node:net";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ensureKeys, originOf } from "./access.ts";
import { secureLabDirectory } from "./directory.ts";
import { execOn } from "./enter.ts";
import { defaultImage, ensureImage, imageIn, imageNameOf } from "./image.ts";
import type { ImageName } from "./image.ts";
import { addressOf, labNamed } from "./labs.ts";
import { bridgeDown, bridgeUp } from "./network.ts";
import { assertMine, claim, machinesOf, ownerOf } from "./ownership.ts";
import { labDirectory, machinePaths } from "./paths.ts";
import { withFileLock } from "../file-lock.ts";
import { cacheDirectory, checkout } from "../paths.ts";
import { leaderOf, runningProcess, waitFor } from "./process.ts";
import { asRoot, scriptAsRoot, startDetachedAsRoot } from "./root.ts";
import { containerName, stopMachine, sweep } from "./shutdown.ts";

export { entering, execOn } from "./enter.ts";
export { stopMachine } from "./shutdown.ts";

export interface UpOptions {
  say?: (line: string) => void;
  /** Machines of another kind are made again; without it each stays what it is. */
  image?: ImageName;
  /** Ends it before machines are booted; booting itself is a matter of seconds. */
  signal?: AbortSignal | undefined;
}

const quiet = (): void => undefined;

/** Boots what isn't up yet and returns when every machine answers on SSH and Docker is active. */
export async function upMachines(
  labName: string,
  machines: string[],
  { say = quiet, image, signal }: UpOptions = {},
): Promise<void> {
  const lab = labNamed(labName);
  for (const machine of machines) addressOf(lab, machine);
  await secureLabDirectory();
  // Before minutes are spent on an image, and again when nobody else can claim it any more.
  assertMine(labName);
  const images = new Map<string, string>();
  for (const machine of machines) {
    const kind = image ?? imageNameOf(labName, machine) ?? defaultImage;
    images.set(machine, await ensureImage(kind, say, signal));
  }
  signal?.throwIfAborted();
  await aloneInLab(labName, say, () => bootMachines(labName, images, say));
}

/** Two runs that boot one machine, or claim one lab, would each find the other's unfinished work. */
function aloneInLab(
  labName: string,
  say: (line: string) => void,
  work: () => Promise<void>,
): Promise<void> {
  const doing = `boots or removes machines of lab ${labName}`;
  return withFileLock({ lock: join(cacheDirectory, `lab-${labName}.lock`), doing, say }, work);
}

async function bootMachines(
  labName: string,
  images: ReadonlyMap<string, string>,
  say: (line: string) => void,
): Promise<void> {
  assertMine(labName);
  const owner = ownerOf(labName);
  if (owner && owner !== checkout) {
    say(`lab ${labName}: taken over from ${owner}, which no longer uses it`);
    await removeMachines(labName);
  }
  await claim(labName);
  await bridgeUp(labNamed(labName));
  await Promise.all(
    [...images].map(([machine, image]) => bootMachine(labName, machine, image, say)),
  );
}

async function bootMachine(
  labName: string,
  machine: string,
  image: string,
  say: (line: string) => void,
): Promise<void> {
  const paths = machinePaths(labName, machine);
  const keys = await ensureKeys(labName, machine);
  const origin = originOf(image, keys);
  const originFile = join(paths.directory, "origin");
  const madeFrom = existsSync(originFile) ? readFileSync(originFile, "utf8").trim() : undefined;
  if (madeFrom && madeFrom !== origin) {
    say(`${machine}: made again, since its image or its keys have changed`);
  }
  // Without an origin it was removed, or made, by a run that was killed.
  if (madeFrom !== origin) await removeMachine(labName, machine);
  if (madeFrom !== origin) {
    await scriptAsRoot(
      `mkdir -p "$1"
       umask 077
       cp "$2" "$1/ssh_host_ed25519_key"
       echo "$3" > "$1/authorized_keys"
       umask 022
       echo "$5" > "$1/image"
       echo "$4" > "$1/origin"`,
      [paths.directory, keys.hostKeyFile, keys.clientPublicKey, origin, image],
    );
  }
  if (!runningProcess(labName, machine)) {
    say(`${machine}: booting at ${addressOf(labNamed(labName), machine)}`);
    await startMachine(labName, machine);
  } else {
    await waitUntilReady(labName, machine);
  }
}

export interface StartOptions {
  /** Waits for sshd alone: the boot may go on, and Docker may be down. */
  readonly untilSsh?: boolean;
}

/** Boots a machine that exists, with the disk it had. */
export async function startMachine(
  labName: string,
  machine: string,
  { untilSsh = false }: StartOptions = {},
): Promise<void> {
  const lab = labNamed(labName);
  const paths = machinePaths(labName, machine);
  const wait = untilSsh ? waitForSsh : waitUntilReady;
  if (runningProcess(labName, machine)) return wait(labName, machine);
  await secureLabDirectory();
  const image = imageIn(join(paths.directory, "image"));
  await bridgeUp(lab);
  await asRoot(["rm", "-f", paths.pidFile]);
  await sweep(labName, machine);
  startDetachedAsRoot([
    ...[
      "unshare",
      "--mount",
      "--propagation",
      "private",
      "sh",
      join(import.meta.dirname, "boot.sh"),
    ],
    ...[
      image,
      paths.directory,
      containerName(labName, machine),
      machine,
      addressOf(lab, machine),
      lab.bridge,
    ],
  ]);
  await waitFor(`${machine}: start of systemd-nspawn (see ${paths.console})`, 20, () =>
    Boolean(runningProcess(labName, machine)),
  );
  await wait(labName, machine);
}

async function waitUntilReady(labName: string, machine: string): Promise<void> {
  const log = machinePaths(labName, machine).console;
  await waitFor(`${machine}: end of its boot (see ${log})`, 90, async () => {
    const running = runningProcess(labName, machine);
    if (!running) throw new Error(`${machine}: systemd-nspawn ended during boot; see ${log}`);
    if (!leaderOf(running)) return false;
    const state = await execOn(labName, machine, "systemctl is-system-running --wait", {
      check: false,
    });
    return ["running", "degraded"].includes(state.stdout.trim());
  });
  const docker = await execOn(labName, machine, "systemctl is-active docker", { check: false });
  if (docker.exitCode !== 0) {
    throw new Error(
      `${machine}: docker.service is ${docker.stdout.trim()}; run "npm run lab -- exec ${machine} journalctl -u docker" to see why`,
    );
  }
  await waitForSsh(labName, machine);
}

async function waitForSsh(labName: string, machine: string): Promise<void> {
  const address = addressOf(labNamed(labName), machine);
  await waitFor(`${machine}: answer of sshd at ${address}`, 60, () => answersSsh(address));
}

const answersSsh = (address: string): Promise<boolean> =>
  new Promise((answer) => {
    const socket = connect({ host: address, port: 22, timeout: 1000 });
    const finish = (answers: boolean): void => {
      socket.destroy();
      answer(answers);
    };
    socket.once("data", (greeting) => {
      finish(greeting.toString().startsWith("SSH-2.0"));
    });
    socket.once("error", () => {
      finish(false);
    });
    socket.once("timeout", () => {
      finish(false);
    });
  });

/** Puts a machine back to how it was after its first boot; its host key stays. */
export async function restoreMachine(labName: string, machine: string): Promise<void> {
  const { upper, work, data } = machinePaths(labName, machine);
  await stopMachine(labName, machine, { powerCut: true });
  // The next run must not boot a disk that is partly removed.
  await scriptAsRoot(
    `for directory; do
       rm -rf --one-file-system "$directory.gone"
       [ ! -e "$directory" ] || mv -T "$directory" "$directory.gone"
     done
     for directory; do rm -rf --one-file-system "$directory.gone"; done`,
    [upper, work, data],
  );
  await startMachine(labName, machine);
}

async function removeMachine(labName: string, machine: string): Promise<void> {
  await stopMachine(labName, machine, { powerCut: true });
  // What says that the machine is whole goes first.
  const { directory } = machinePaths(labName, machine);
  await asRoot(["rm", "-f", join(directory, "origin")]);
  await asRoot(["rm", "-rf", "--one-file-system", directory]);
}

async function removeMachines(labName: string): Promise<void> {
  await Promise.all(machinesOf(labName).map((machine) => removeMachine(labName, machine)));
}

/** Takes the lab away: machines with their disks, bridge, route, rules. Keys and image stay. */
export async function downLab(
  labName: string,
  { force = false, say = quiet }: { force?: boolean; say?: (line: string) => void } = {},
): Promise<void> {
  const lab = labNamed(labName);
  await secureLabDirectory();
  await aloneInLab(labName, say, async () => {
    if (!force) assertMine(labName);
    await removeMachines(labName);
    await bridgeDown(lab);
    await asRoot(["rm", "-rf", "--one-file-system", labDirectory(labName)]);
  });
}
