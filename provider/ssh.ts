import type { Socket } from "node:net";
import type { Client } from "ssh2";
import { sudoOf, withPassword, type Sudo } from "../components/model/remote-shell.ts";
import type { SshTarget } from "../components/model/ssh-target.ts";
import { LookError } from "./look-error.ts";
import { Session } from "./session.ts";
import { connectionProblem, sshPlace } from "./ssh-problems.ts";

/** Seconds that a look at a machine may take; probe.sh bounds each of its steps as well. */
const lookSeconds = 60;

export interface RemoteResult {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RemoteOptions {
  /** What else is done inside the same connection, at the same time. */
  readonly besides?: ((client: Client) => Promise<void>) | undefined;
  /** A connection that is dialled already. */
  readonly dialled?: Socket | undefined;
}

/**
 * Runs one command on a machine and gives it `stdin`.
 * @throws LookError when the machine can't be reached, is not the one that is expected, or does not
 * end its answer in time.
 */
export function runRemote(
  connection: SshTarget,
  command: string,
  stdin: string,
  { besides, dialled }: RemoteOptions = {},
): Promise<RemoteResult> {
  const work = async (client: Client): Promise<RemoteResult> => {
    const [result] = await Promise.all([execute(client, command, stdin), besides?.(client)]);
    return result;
  };
  return converse(connection, lookSeconds, work, dialled).catch((error: unknown) => {
    if (error instanceof LookError || !(error instanceof Error)) throw error;
    throw new LookError(...connectionProblem(sshPlace(connection), error));
  });
}

/** {@link runRemote} for a program of root's, by one of the lines of remote-shell.ts. */
export function runAsRoot(
  { connection, sudo }: { readonly connection: SshTarget; readonly sudo: boolean },
  line: (sudo: Sudo) => string,
  input: string,
  options: RemoteOptions = {},
): Promise<RemoteResult> {
  const stdin = withPassword(input, connection.sudoPassword);
  return runRemote(connection, line(sudoOf(sudo, connection)), stdin, options);
}

/**
 * A conversation with a machine; see Session. Where sessions are kept, it takes one that is there, and dials where
 * that turns out to be gone: so `work` may begin twice.
 * @param seconds that `work` may take.
 */
export async function converse<T>(
  connection: SshTarget,
  seconds: number,
  work: (client: Client) => Promise<T>,
  dialled?: Socket,
): Promise<T> {
  const old = taken(connection);
  if (old !== undefined) {
    try {
      const result = await old.converse(seconds, work);
      putBack(connection, old);
      return result;
    } catch (error) {
      if (!(error instanceof LookError) || error.stage !== "reach") throw error;
    }
  }
  const session = await Session.open(connection, dialled);
  const result = await session.converse(seconds, work);
  putBack(connection, session);
  return result;
}

let keptSeconds = 0;
const kept = new Map<string, { readonly session: Session; readonly end: NodeJS.Timeout }>();

/**
 * Has this process keep its connections for so long after each conversation: a run talks to a machine several times,
 * a login takes its time, and firewalls turn away whoever connects six times in half a minute.
 */
export function keepSessions(seconds: number): void {
  keptSeconds = seconds;
}

function taken(connection: SshTarget): Session | undefined {
  const key = JSON.stringify(connection);
  const { session, end } = kept.get(key) ?? {};
  kept.delete(key);
  clearTimeout(end);
  return session?.isOpen === true ? session : undefined;
}

function putBack(connection: SshTarget, session: Session): void {
  const key = JSON.stringify(connection);
  if (keptSeconds === 0 || kept.has(key) || !session.isOpen) {
    session.end();
    return;
  }
  session.rest();
  const end = setTimeout(() => taken(connection)?.end(), keptSeconds * 1000);
  kept.set(key, { session, end: end.unref() });
}

function execute(client: Client, command: string, stdin: string): Promise<RemoteResult> {
  return new Promise((resolve, reject) => {
    client.exec(command, (error, stream) => {
      if (error !== undefined) {
        reject(error);
        return;
      }
      const stdout: Buffer[] = [];
      const stderr: Buffer[] = [];
      let exitCode: number | undefined;
      stream.on("data", (chunk: Buffer) => stdout.push(chunk));
      stream.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
      stream.on("exit", (code: number | null) => (exitCode = code ?? undefined));
      stream.on("error", reject);
      stream.on("close", () => {
        const text = (chunks: Buffer[]): string => Buffer.concat(chunks).toString("utf8");
        resolve({ exitCode, stdout: text(stdout), stderr: text(stderr) });
      });
      stream.end(stdin);
    });
  });
}
