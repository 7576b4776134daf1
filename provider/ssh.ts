import type { Client, ClientErrorExtensions, ServerHostKeyAlgorithm } from "ssh2";
import { MachineError, oneLine, type Problem } from "../components/model/problem.ts";

/** Seconds until a machine that does not answer counts as unreachable. */
const dialSeconds = 10;
/** Seconds that a look at a machine may take; probe.sh bounds each of its steps as well. */
const lookSeconds = 60;
const outputLimit = 8 * 1024 * 1024;

export interface SshConnection {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly hostKey: string;
  readonly privateKey?: string;
}

/** How far on the way onto a machine something went wrong. */
export type Stage = "reach" | "host key" | "login" | "sudo" | "answer";

/** Why a machine could not be looked at. */
export class LookError extends MachineError {
  readonly stage: Stage;

  constructor(stage: Stage, problem: Problem) {
    super(problem);
    this.stage = stage;
  }
}

export interface RemoteResult {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs one command on a machine and gives it `stdin`. One connection, dialled once: a refused
 * authentication that is tried again and again locks people out.
 * @param besides what else is done inside the same connection, at the same time; it must not reject.
 * @throws LookError when the machine can't be reached, or is not the one that is expected.
 */
export async function runRemote(
  connection: SshConnection,
  command: string,
  stdin: string,
  besides?: (client: Client) => Promise<void>,
): Promise<RemoteResult> {
  const where = placeOf(connection);
  const client = await dial(connection);
  const beside = besides?.(client);
  return new Promise((resolve, reject) => {
    const fail = (stage: Stage, problem: Problem): void => {
      clearTimeout(giveUp);
      client.destroy();
      reject(new LookError(stage, problem));
    };
    const giveUp = setTimeout(() => {
      fail("answer", {
        where,
        what: `the look at the machine took more than ${String(lookSeconds)} s`,
        why: "its state is not known",
        fix: "see what keeps it busy",
      });
    }, lookSeconds * 1000);
    client.on("error", (error: Error) => fail(...connectionProblem(where, error)));
    client.exec(command, (error, stream) => {
      if (error !== undefined) {
        fail(...connectionProblem(where, error));
        return;
      }
      const stdout: Buffer[] = [];
      const stderr: Buffer[] = [];
      let exitCode: number | undefined;
      const collect = (into: Buffer[]) => (chunk: Buffer) => {
        if (into.reduce((size, part) => size + part.length, chunk.length) <= outputLimit) {
          into.push(chunk);
        }
      };
      stream.on("data", collect(stdout));
      stream.stderr.on("data", collect(stderr));
      stream.on("exit", (code: number | null) => (exitCode = code ?? undefined));
      stream.on("close", () => {
        clearTimeout(giveUp);
        const result = {
          exitCode,
          stdout: Buffer.concat(stdout).toString("utf8"),
          stderr: Buffer.concat(stderr).toString("utf8"),
        };
        void Promise.resolve(beside).then(() => {
          client.end();
          resolve(result);
        });
      });
      stream.end(stdin);
    });
  });
}

/**
 * A connection that is logged in; whoever takes it listens for its errors and ends it.
 * @throws LookError when the machine can't be reached, or is not the one that is expected.
 */
export async function dial(connection: SshConnection): Promise<Client> {
  const where = placeOf(connection);
  const [algorithm = "", expected = ""] = connection.hostKey.split(" ");
  const agent = process.env["SSH_AUTH_SOCK"];
  let offered: string | undefined;

  // Loaded when a machine is looked at: the engine starts this plugin twice a run, and one of the
  // two has nothing to look at.
  const ssh = await import("ssh2");
  return new Promise((resolve, reject) => {
    const client = new ssh.Client();
    const fail = (stage: Stage, problem: Problem): void => {
      client.destroy();
      reject(new LookError(stage, problem));
    };
    client.on("error", (error: Error & ClientErrorExtensions) => {
      const mismatch = offered !== undefined && offered !== expected;
      if (mismatch) fail("host key", differentHostKey(where, algorithm, offered ?? ""));
      else fail(...connectionProblem(where, error));
    });
    client.on("ready", () => {
      client.removeAllListeners("error");
      resolve(client);
    });
    try {
      client.connect({
        host: connection.host,
        port: connection.port,
        username: connection.user,
        readyTimeout: dialSeconds * 1000,
        // A path that dies without a word is noticed within half a minute.
        keepaliveInterval: 10_000,
        keepaliveCountMax: 2,
        hostVerifier: (key: Buffer) => (offered = key.toString("base64")) === expected,
        // A server with keys of several kinds would show another one than the pinned kind.
        algorithms: { serverHostKey: [algorithm as ServerHostKeyAlgorithm] },
        ...(connection.privateKey === undefined ? {} : { privateKey: connection.privateKey }),
        ...(connection.privateKey !== undefined || agent === undefined ? {} : { agent }),
      });
      // A login is many small messages: held back to be sent together, each costs 40 ms.
      client.setNoDelay(true);
    } catch (error) {
      fail("login", keyProblem(where, error));
    }
  });
}

function placeOf({ user, host, port }: SshConnection): string {
  return `ssh ${user}@${host}:${String(port)}`;
}

function differentHostKey(where: string, algorithm: string, offered: string): Problem {
  return {
    where,
    what: `the server's host key is not the configured one; it offers ${algorithm} ${offered}`,
    why: "this may be another machine, or someone in between",
    fix: "if the machine was reinstalled, verify that key and put it into hostKey or knownHosts",
  };
}

function connectionProblem(
  where: string,
  error: Error & ClientErrorExtensions,
): [stage: Stage, problem: Problem] {
  const why = "the machine can't be looked at";
  if (/host key format/.test(error.message)) {
    return [
      "host key",
      {
        where,
        what: "the server has no host key of the configured kind",
        why: "this may be another machine, or someone in between",
        fix: "if the server's keys were changed, verify one and put it into hostKey or knownHosts",
      },
    ];
  }
  if (error.level === "client-authentication") {
    return [
      "login",
      {
        where,
        what: "authentication refused",
        why: `${why}, and trying again might lock the account`,
        fix: "check ssh.user and the key: identityFile, privateKey or the agent's",
      },
    ];
  }
  return [
    "reach",
    {
      where,
      what: `unreachable (${oneLine(error.message, 200)})`,
      why,
      fix: "check the address, the port, and that the machine is up and lets this one in",
    },
  ];
}

function keyProblem(where: string, error: unknown): Problem {
  const encrypted = error instanceof Error && /encrypted|passphrase/i.test(error.message);
  return {
    where,
    what: encrypted
      ? "the private key is protected by a passphrase"
      : "the private key can't be read",
    why: "nobody is there to be asked for it",
    fix: encrypted ? "load it into an SSH agent and leave identityFile out" : "check its file",
  };
}
