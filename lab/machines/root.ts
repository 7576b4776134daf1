// Commands that need root. Everything else in the lab runs as the person who called it, so that what
// it leaves in the checkout is theirs.
import { execa } from "execa";
import { spawn } from "node:child_process";

export const isRoot = (): boolean => process.getuid?.() === 0;

/** `-n`: a password prompt in the middle of a progress line would look like a hang. */
export const rootPrefix = (): string[] => (isRoot() ? [] : ["sudo", "-n"]);

export interface CommandResult {
  exitCode: number;
  stdout: string;
  stderr: string;
}

export interface CommandOptions {
  input?: string | Buffer;
  /** false: a non-zero exit code is an answer, not an error. */
  check?: boolean;
  timeoutSeconds?: number;
  /** What an error calls the command; its beginning otherwise. */
  label?: string;
  /** Ends it early where this process is root; a person's process can't end what sudo started. */
  signal?: AbortSignal | undefined;
}

export async function asRoot(
  command: string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  const [file = "", ...rest] = [...rootPrefix(), ...command];
  const result = await execa(file, rest, {
    reject: false,
    ...(options.input === undefined ? { stdin: "ignore" as const } : { input: options.input }),
    ...(options.signal && isRoot() ? { cancelSignal: options.signal } : {}),
    ...(options.timeoutSeconds ? { timeout: options.timeoutSeconds * 1000 } : {}),
  });
  const outcome = { exitCode: result.exitCode ?? -1, stdout: result.stdout, stderr: result.stderr };
  if (outcome.exitCode !== 0 && options.check !== false) {
    const why = result.timedOut
      ? `no end after ${String(options.timeoutSeconds)} s`
      : outcome.stderr.trim() || result.originalMessage || `exit code ${String(outcome.exitCode)}`;
    throw new Error(`${options.label ?? `${command.slice(0, 3).join(" ")} …`}: ${why}`);
  }
  return outcome;
}

/** A shell script as root, its arguments beside it, never inside it. */
export const scriptAsRoot = (
  script: string,
  args: string[],
  options: CommandOptions = {},
): Promise<CommandResult> => asRoot(["sh", "-euc", script, "sh", ...args], options);

/**
 * A process that outlives this command: a session of its own, so that neither the terminal nor npm
 * takes it down.
 */
export function startDetachedAsRoot(command: string[]): void {
  const [file = "", ...rest] = [...rootPrefix(), ...command];
  spawn(file, rest, { detached: true, stdio: "ignore", cwd: "/" }).unref();
}
