// The user's SSH agent, by ssh2. Loaded when a machine is dialled, as ssh2 is.
import { connect, type Socket } from "node:net";
import ssh, { type IdentityCallback, type ParsedKey } from "ssh2";

/** An agent as if it held these keys and no others: each that is offered is an attempt. */
export class HeldKeys extends ssh.OpenSSHAgent {
  readonly keys: ParsedKey[];

  constructor(path: string, keys: readonly ParsedKey[]) {
    super(path);
    this.keys = [...keys];
  }

  override getIdentities(callback: IdentityCallback<ParsedKey>): void {
    callback(undefined, this.keys);
  }
}

/** Seconds that an agent has to say which keys it holds. */
const patience = 10;

/** @throws Error when no agent answers there. */
export function keysHeld(path: string): Promise<ParsedKey[]> {
  return new Promise((resolve, reject) => {
    setTimeout(() => reject(new Error("no answer")), patience * 1000).unref();
    new ssh.OpenSSHAgent(path).getIdentities((error, keys = []) => {
      if (error instanceof Error) reject(error);
      else resolve(keys as ParsedKey[]);
    });
  });
}

/** A connection to a socket, or undefined where nobody listens. */
export function connected(path: string): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.on("connect", () => resolve(socket));
    socket.on("error", () => resolve(undefined));
  });
}

/** Whether a key is this one, `algorithm base64`. */
export function isKey(key: ParsedKey, publicKey: string): boolean {
  return key.getPublicSSH().toString("base64") === publicKey.split(" ")[1];
}
