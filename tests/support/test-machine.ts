// A machine of this process's own lab, looked at from the inside: what its disk, journal and dockerd say.
import { labObstacle } from "../../lab/requirements.ts";
import { imageNameOf, type ImageName } from "../../lab/machines/image.ts";
import { addressOf, labNamed } from "../../lab/machines/labs.ts";
import {
  execOn,
  restoreMachine,
  startMachine,
  stopMachine,
  upMachines,
  type StartOptions,
} from "../../lab/machines/machines.ts";
import { ownerOf } from "../../lab/machines/ownership.ts";
import { accessPaths, type AccessPaths } from "../../lab/machines/paths.ts";
import { runningProcess, waitFor } from "../../lab/machines/process.ts";
import { checkout } from "../../lab/paths.ts";
import { claimMachines } from "./machine-claim.ts";
import type { CommandOptions, CommandResult } from "../../lab/machines/root.ts";
import type { StopOptions } from "../../lab/machines/shutdown.ts";
import { timed } from "./stopwatch.ts";
import { testImage } from "./test-image.ts";
import { testLab } from "./test-lab.ts";

/** Restoring takes 2 s; the very first machine may have its image built before. */
export const bootMilliseconds = 600_000;

export class TestMachine {
  readonly name: string;
  readonly address: string;
  readonly image: ImageName;
  readonly #lab: string;

  constructor(name: string, image = testImage, lab = testLab) {
    this.name = name;
    this.image = image;
    this.#lab = lab;
    this.address = addressOf(labNamed(this.#lab), name);
  }

  /** The machine's part of a stack's configuration. */
  host(changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
    return { address: this.address, ssh: this.ssh, ...changes };
  }

  /** The SSH settings that let root in. */
  get ssh(): Pick<AccessPaths, "knownHosts" | "identityFile"> {
    const { knownHosts, identityFile } = accessPaths(this.#lab);
    return { knownHosts, identityFile };
  }

  /** The address as a part of a regular expression. */
  get addressPattern(): string {
    return this.address.replaceAll(".", "\\.");
  }

  start(options: StartOptions = {}): Promise<void> {
    return timed("boot", () => startMachine(this.#lab, this.name, options));
  }

  stop(options: StopOptions = {}): Promise<void> {
    return stopMachine(this.#lab, this.name, options);
  }

  /** As after its first boot, whatever the tests before did to it. */
  async pristine(): Promise<void> {
    const obstacle = labObstacle();
    if (obstacle !== undefined) {
      throw new Error(`integration: the lab can't run on this machine: ${obstacle}`);
    }
    claimMachines(this.#lab);
    // A machine whose docker a test has broken would not come up; it comes back by being restored.
    const isOurs =
      ownerOf(this.#lab) === checkout &&
      runningProcess(this.#lab, this.name) !== undefined &&
      imageNameOf(this.#lab, this.name) === this.image;
    await timed("boot", async () => {
      if (!isOurs) await upMachines(this.#lab, [this.name], { image: this.image });
      await restoreMachine(this.#lab, this.name);
    });
  }

  /** Runs a shell command as root, past sshd, and says how it ended. */
  exec(command: string, options: CommandOptions = {}): Promise<CommandResult> {
    return execOn(this.#lab, this.name, command, options);
  }

  /** The same, for what it prints. */
  async sh(command: string, input?: string): Promise<string> {
    const options = { timeoutSeconds: 60, ...(input === undefined ? {} : { input }) };
    return (await this.exec(command, options)).stdout;
  }

  async succeeds(command: string): Promise<boolean> {
    const options = { check: false, timeoutSeconds: 60 };
    return (await this.exec(command, options)).exitCode === 0;
  }

  async waitFor(what: string, seconds: number, command: string): Promise<void> {
    await timed("wait", () =>
      waitFor(`${this.name}: ${what}`, seconds, () => this.succeeds(command)),
    );
  }

  /** Mode, user, group, and type of a path, as `755 root:root directory`. */
  stat(path: string): Promise<string> {
    return this.sh(`stat -c '%a %U:%G %F' ${path}`);
  }

  /**
   * A place in the journal; see `since`. A time and no cursor: where journalctl filters as well, the one
   * of systemd 252 leaves out the first line after a cursor.
   */
  mark(): Promise<string> {
    return this.sh("journalctl --sync && date +%s.%6N");
  }

  /** What the journal got since a place in it, as far as journalctl's options let it through. */
  async since(mark: string, options: string): Promise<string[]> {
    const text = await this.sh(
      `journalctl --sync && journalctl ${options} -o cat --no-pager --since=@${mark}`,
    );
    return text.split("\n").filter((line) => line !== "");
  }

  /** How often dockerd was started since. */
  async dockerStarts(mark: string): Promise<number> {
    const lines = await this.since(mark, "-u docker");
    return lines.filter((line) => line.includes('msg="Starting up"')).length;
  }

  /**
   * Logins since, successful or not: sshd writes one line for each connection's authentication. That of
   * a refused one comes when its process ends, which may be after the client has gone.
   */
  async logins(mark: string): Promise<{ accepted: number; refused: number }> {
    const sshd = "$(systemctl show ssh.service -P MainPID)";
    await this.waitFor(
      "end of the logins",
      20,
      `test "${sshd}" = 0 || ! pgrep -P "${sshd}" >/dev/null`,
    );
    // By name, not by unit: of a process that has ended already journald can't tell the unit any more.
    const lines = await this.since(mark, "-t sshd -t sshd-session -t sshd-auth");
    const count = (pattern: RegExp): number => lines.filter((line) => pattern.test(line)).length;
    // A newer OpenSSH (that of forky) complains of every key exchange that a quantum computer could break.
    return { accepted: count(/^Accepted /), refused: count(/^(?!WARNING: ).*\[preauth\]$/) };
  }

  /** What dockerd says on its local socket, by the machine's own client. */
  async info(format: string): Promise<string> {
    return this.sh(`docker info --format '${format}'`);
  }

  /**
   * A container that lives for a long time, from an image made of the lab's busybox. It ends when it is
   * told to: a machine that shuts down with live-restore waits 90 s for one that does not.
   */
  async runContainer(container: string, flags = ""): Promise<void> {
    await this
      .sh(`docker image inspect box:1 >/dev/null 2>&1 || docker import /opt/lab/busybox.tar box:1
      docker run -d ${flags} --name ${container} box:1 sh -c 'trap exit TERM; sleep 9999 & wait'`);
  }

  /** A container's process and start: equal at two times, it was not touched in between. */
  fate(container: string): Promise<string> {
    return this.sh(
      `docker inspect -f '{{.State.Status}} {{.State.Pid}} {{.State.StartedAt}} {{.RestartCount}}' ${container}`,
    );
  }

  /** Every path that this program could have left: type, mode, owner, and content of files. */
  files(): Promise<string> {
    return this.sh(`find /etc /opt /usr/local /var/lib /root /srv /home -xdev \\( \
        -path /var/lib/docker -o -path /var/lib/containerd -o -path /var/lib/systemd -o -path /root/.docker \
      \\) -prune -o -printf '%p %y %m %U:%G %l\\n' | sort
      find /etc /opt -xdev -type f -exec sha256sum {} + | sort -k 2`);
  }
}
