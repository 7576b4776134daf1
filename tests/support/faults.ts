// Faults in the middle of a converge or a removal on a real machine: the very programs that the engine
// sent before are sent again, and something happens when they announce a certain step.
import { execa } from "execa";
import type { TestMachine } from "./test-machine.ts";

const place = "/run/faults";
const shim = "/usr/local/bin/sh";

export interface Ended {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * From now on the machine keeps what the engine runs: until it is made pristine. It is kept as one text that
 * `sh -s` runs: the script without its look at its own file, and a call with the envelope.
 */
export async function keepPrograms(machine: TestMachine): Promise<void> {
  await machine.sh(
    `mkdir -p -m 0700 ${place} && cat >${shim} && chmod 0755 ${shim}`,
    `#!/bin/sh
case "$*" in /var/lib/dockertls/*' apply' | /var/lib/dockertls/*' remove') ;; *) exec /bin/sh "$@" ;; esac
umask 077
envelope=$(mktemp ${place}/envelope.XXXXXX)
cat >"$envelope"
digest=$(readlink -f "$1")
{
  sed -e '/^case .*readlink -f/d' -e '/^main "\$@"/,$d' -e "s|\\\${0[#]*[*]/script-}|\${digest##*/script-}|" "$1"
  echo "main $2 <<'DOCKERTLS_ENVELOPE'"
  cat "$envelope"
  printf '%s\\n' DOCKERTLS_ENVELOPE exit '}'
} >"$(mktemp ${place}/program.XXXXXX)"
exec /bin/sh "$@" <"$envelope"
`,
  );
}

/** What the engine sent last: a converge or a removal, with everything that it works on. */
export async function lastProgram(machine: TestMachine, kind: "apply" | "remove"): Promise<string> {
  const program = await machine.sh(
    `cd ${place} && cat "$(grep -l '^main ${kind} <<' $(ls -t program.*) | head -n 1)" && rm -f program.* envelope.*`,
  );
  return `${program}\n`;
}

/** The program, with shell text before it acts. */
export function withText(program: string, text: string): string {
  const at = program.search(/\nmain (apply|remove) <</);
  if (at < 0) throw new Error("faults: this is no program of ours");
  return `${program.slice(0, at)}\n${text}${program.slice(at)}`;
}

/** A `step` that does something when the count-th one (from 1) is announced. */
export const atStep = (count: number, action: string): string =>
  `step() { current_step=$1; steps=$((\${steps:-0} + 1)); if [ "$steps" = ${String(count)} ]; then ${action}; fi; }`;

/** From here on the run waits for its end: `untilReached` tells when. */
export const wait = `true >${place}/reached; while :; do sleep 1; done`;

export const untilReached = (machine: TestMachine): Promise<void> =>
  machine.waitFor("run that waits at its step", 60, `test -e ${place}/reached`);

/** After a boot, which empties /run. */
export const againAfterBoot = (machine: TestMachine): Promise<string> =>
  machine.sh(`mkdir -p -m 0700 ${place}`);

/** Kills the connection's own processes on the machine; the program is left to itself. */
export const dropConnection = "pkill -KILL -f '^sshd(-session)?: root'";

/** A run whose connection is gone goes on by itself. */
export const untilLetGo = (machine: TestMachine): Promise<void> =>
  machine.waitFor("end of the run on the machine", 60, "flock -n /run/dockertls.lock true");

/** Sent over a real connection, as the engine does. */
export async function sendOverSsh(machine: TestMachine, program: string): Promise<Ended> {
  const { knownHosts, identityFile } = machine.ssh;
  const options = ["-o", `UserKnownHostsFile=${knownHosts}`, "-o", "BatchMode=yes"];
  const target = `root@${machine.address}`;
  const result = await execa("ssh", ["-i", identityFile, ...options, target, "exec /bin/sh -s"], {
    input: program,
    reject: false,
    timeout: 120_000,
  });
  return { exitCode: result.exitCode ?? null, stdout: result.stdout, stderr: result.stderr };
}

/** Sent past sshd. */
export async function send(machine: TestMachine, program: string): Promise<Ended> {
  const options = { input: program, check: false, timeoutSeconds: 120 };
  return machine.exec("exec /bin/sh -s", options);
}

/** The steps that a program announces when nothing comes in between. */
export async function stepsOf(machine: TestMachine, program: string): Promise<string[]> {
  const text = `step() { current_step=$1; echo "$1" >>${place}/steps; }`;
  const { exitCode, stderr } = await send(machine, withText(program, text));
  if (exitCode !== 0) throw new Error(`faults: ${stderr}`);
  return (await machine.sh(`cat ${place}/steps && rm ${place}/steps`)).split("\n");
}
