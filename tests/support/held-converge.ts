// Holds a converge still between its files and its restart, the moment at which an interruption hurts
// most: a `systemctl` that comes first on the machine's PATH waits before the restart, then runs the
// real one. The rest of the machine is as it is.
import type { TestMachine } from "./test-machine.ts";

const shim = "/usr/local/sbin/systemctl";
const hold = "/run/held-converge/hold";
const reached = "/run/held-converge/reached";

/** Stays on the machine until it is made pristine; does nothing while nothing is held. */
export async function installHold(machine: TestMachine): Promise<void> {
  await machine.sh(
    `mkdir -p /run/held-converge && cat > ${shim} && chmod 0755 ${shim}`,
    `#!/bin/sh
case " $* " in *' restart '*)
  [ ! -e ${hold} ] || touch ${reached}
  while [ -e ${hold} ]; do sleep 0.05; done ;;
esac
exec /usr/bin/systemctl "$@"
`,
  );
}

export const holdRestart = (machine: TestMachine): Promise<string> =>
  machine.sh(`rm -f ${reached}; touch ${hold}`);

export const untilHeld = (machine: TestMachine): Promise<void> =>
  machine.waitFor("converge that is about to restart dockerd", 120, `test -e ${reached}`);

export const releaseRestart = (machine: TestMachine): Promise<string> =>
  machine.sh(`rm -f ${hold} ${reached}`);

/** The script as sshd's shell runs it, or a copy of it that a test sent. */
const run = "^(/bin/)?sh (-s$|/var/lib/dockertls/.* (apply|remove)$)";

/** Kills the converge itself, and all that it has started, on the machine. */
export const killRemoteRun = (machine: TestMachine): Promise<string> =>
  machine.sh(`run=$(pgrep -o -f -- '${run}')
    pkill -KILL --session "$run"
    while pgrep --session "$run" >/dev/null; do sleep 0.05; done`);

/** What sshd calls a connection's processes: since OpenSSH 9.8 they are a program of their own. */
const connection = "^sshd(-session)?: root";

/** Kills the SSH connection's own processes on the machine; what it runs is left to itself. */
export const dropConnection = (machine: TestMachine): Promise<string> =>
  machine.sh(`pkill -KILL -f '${connection}'
    while pgrep -f '${connection}' >/dev/null; do sleep 0.05; done`);

/** A run on the machine goes on after machine A is gone: waits until it has let go of the lock. */
export const untilRemoteRunEnds = (machine: TestMachine): Promise<void> =>
  machine.waitFor("end of the run on the machine", 60, `! pgrep -f -- '${run}'`);
