import { randomBytes } from "node:crypto";
import type { Socket } from "node:net";
import type { Client } from "ssh2";
import { remoteScript, type RemoteScript } from "../components/host/remote/scripts.ts";
import { tlsPaths } from "../components/model/plan/converge-envelope.ts";
import { standardInput } from "../components/model/envelope.ts";
import { remoteShell } from "../components/model/remote-shell.ts";
import { particularAddresses, type Listener } from "../components/model/daemon-json/listener.ts";
import { type MachineFacts } from "../components/model/observed/facts.ts";
import { readFacts } from "../components/model/observed/read-facts.ts";
import type { SshTarget } from "../components/model/ssh-target.ts";
import { noAnswer } from "./no-answer.ts";
import { LookError } from "./look-error.ts";
import { runAsRoot } from "./ssh.ts";

export interface LookArgs {
  /** Name of the machine in the configuration; a problem on it begins with it. */
  readonly host: string;
  readonly connection: SshTarget;
  /** Whether remote programs run through sudo. */
  readonly sudo: boolean;
  /** Where dockerd should listen: the probe looks for its socket and its TLS files there, if that matters. */
  readonly listener?: Listener;
  /** The folder that the configuration names as `data-root`; its real path is looked up. */
  readonly dataRoot?: string;
  /** What else is done inside the same connection; it must not reject. */
  readonly besides?: (client: Client) => Promise<void>;
  /** A connection to the SSH server that is dialled already. */
  readonly dialled?: Socket | undefined;
}

/**
 * Looks at a machine over one SSH connection, and changes nothing.
 * @throws LookError when it can't be looked at.
 */
export function look({ listener, dataRoot, ...args }: LookArgs): Promise<MachineFacts> {
  const settings = {
    ...(listener === undefined ? {} : listenerSettings(listener)),
    ...(dataRoot === undefined ? {} : { data_root: dataRoot }),
  };
  return ask("probe", settings, args, readFacts);
}

/**
 * Runs a script that only looks, and reads its answer.
 * @throws LookError when there is none.
 */
export async function ask<T>(
  script: RemoteScript,
  settings: Readonly<Record<string, string>>,
  { host, connection, sudo, besides, dialled }: Omit<LookArgs, "listener" | "dataRoot">,
  read: (answer: string, boundary: string) => T | undefined,
): Promise<T> {
  const boundary = randomBytes(16).toString("hex");
  const result = await runAsRoot(
    { connection, sudo },
    remoteShell,
    standardInput(remoteScript(script), { settings: { boundary, ...settings }, files: [] }),
    { besides, dialled },
  );
  const answer = read(result.stdout, boundary);
  if (answer !== undefined) return answer;
  throw new LookError(...noAnswer(host, connection, sudo, result, boundary));
}

/** What the probe is told of where dockerd should listen. */
function listenerSettings(listener: Listener): Readonly<Record<string, string>> {
  return {
    ...tlsPaths(listener),
    ...(listener.socket === undefined ? {} : { socket: listener.socket }),
    ...(particularAddresses(listener).length > 0 ? { addresses: "yes" } : {}),
  };
}
