// The key by which an SSH server shows who it is. Nobody logs in for that, and nothing is trusted yet.
import { createHash } from "node:crypto";
import { connect, type Socket } from "node:net";
import ssh, { type ServerHostKeyAlgorithm } from "ssh2";
import { codeOf } from "../../provider/docker-api.ts";

/** Seconds that a server has to show its key. */
const patience = 10;

/** Kinds that the program can pin a server to, the strongest first, and the one that it can't. */
export const keyKinds = {
  ed25519: ["ssh-ed25519"],
  ecdsa: ["ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521"],
  rsa: ["rsa-sha2-512", "rsa-sha2-256"],
} as const satisfies Readonly<Record<string, readonly ServerHostKeyAlgorithm[]>>;

/** A server's public key. */
export interface HostKey {
  /** `algorithm base64`, as the configuration has it. */
  readonly line: string;
  readonly algorithm: string;
  /** As ssh shows it: `SHA256:…`. */
  readonly fingerprint: string;
}

export interface Server {
  readonly host: string;
  readonly port: number;
  /** A connection that is dialled already. */
  readonly dialled?: Socket | undefined;
}

/** The key of the first of these kinds that the server has; undefined where it has none. A code where it shows none. */
export function offeredKey(
  { host, port, dialled }: Server,
  kinds: readonly ServerHostKeyAlgorithm[],
): Promise<HostKey | { readonly code: string } | undefined> {
  return new Promise((resolve) => {
    const client = new ssh.Client();
    const socket = dialled ?? connect({ host, port });
    let shown: HostKey | undefined;
    const finish = (found: HostKey | { readonly code: string } | undefined): void => {
      clearTimeout(limit);
      client.end();
      socket.destroy();
      resolve(found);
    };
    const limit = setTimeout(() => finish({ code: "ETIMEDOUT" }), patience * 1000);
    client.on("error", (error) => {
      if (shown !== undefined) finish(shown);
      else if (/host key format/.test(error.message)) finish(undefined);
      else finish({ code: codeOf(error) });
    });
    client.on("close", () => finish(shown ?? { code: "ECONNRESET" }));
    client.connect({
      sock: socket,
      // Never sent: the key is turned down before anybody is named.
      username: "nobody",
      readyTimeout: 0,
      algorithms: { serverHostKey: [...kinds] },
      hostVerifier: (key: Buffer) => {
        shown = hostKeyOf(key);
        return false;
      },
    });
    if (socket.isPaused()) socket.resume();
  });
}

/** A key as it goes over the wire (RFC 4253, 6.6): it begins with its kind. */
function hostKeyOf(key: Buffer): HostKey {
  const algorithm = key.subarray(4, 4 + key.readUInt32BE()).toString("latin1");
  const digest = createHash("sha256").update(key).digest("base64").replace(/=+$/, "");
  return {
    line: `${algorithm} ${key.toString("base64")}`,
    algorithm,
    fingerprint: `SHA256:${digest}`,
  };
}
