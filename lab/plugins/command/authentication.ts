import { connect } from "node:net";
import ssh, { type AnyAuthMethod, type ParsedKey } from "ssh2";
import type { Endpoint } from "./connection.ts";
import { KEY_NOT_FOUND, systemError } from "./go-errors.ts";

export interface Credentials {
  readonly user: string;
  readonly key?: ParsedKey;
  readonly password?: string;
  readonly agent?: string;
}

/** Reads the key and looks for the agent; what is wrong here is wrong at every dial. */
export async function credentials(endpoint: Endpoint): Promise<Credentials> {
  const { user, privateKey, privateKeyPassword, password } = endpoint;
  const agent = endpoint.agentSocketPath ?? (process.env["SSH_AUTH_SOCK"] || undefined);
  const key = privateKey === undefined ? undefined : parseKey(privateKey, privateKeyPassword);
  if (agent !== undefined) await reach(agent);
  return {
    user,
    ...(key && { key }),
    ...(password !== undefined && { password }),
    ...(agent !== undefined && { agent }),
  };
}

function parseKey(privateKey: string, passphrase?: string): ParsedKey {
  const parsed = ssh.utils.parseKey(privateKey, passphrase);
  const key = Array.isArray(parsed) ? (parsed[0] as ParsedKey) : parsed;
  if (key instanceof Error) {
    if (!/encrypted|passphrase|decrypt|OpenSSH format/i.test(key.message)) {
      throw new Error(KEY_NOT_FOUND);
    }
    throw new Error(
      passphrase === undefined
        ? "ssh: this private key is passphrase protected"
        : "x509: decryption password incorrect",
    );
  }
  if (!key.isPrivateKey()) throw new Error(KEY_NOT_FOUND);
  return key;
}

function reach(agent: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(agent);
    socket.once("error", (error) => {
      reject(new Error(`dial unix ${agent}: connect: ${systemError(error)}`));
    });
    socket.once("connect", () => {
      socket.destroy();
      resolve();
    });
  });
}

/** Offers each method once, in the official plugin's order, and only if the server takes it. */
export function authentication({ user: username, key, password, agent }: Credentials) {
  const methods: AnyAuthMethod[] = [];
  if (key) methods.push({ type: "publickey", username, key: key as never });
  if (password !== undefined) {
    methods.push({ type: "password", username, password });
    methods.push({
      type: "keyboard-interactive",
      username,
      prompt: (_name, _instructions, _language, prompts, finish) =>
        finish(prompts.map(() => password)),
    });
  }
  // A server lets one method be tried once: with a key of its own the agent is never asked.
  if (agent !== undefined && !key) methods.push({ type: "agent", username, agent });

  const tried: string[] = [];
  return {
    tried,
    next(accepted: string[] | null): AnyAuthMethod | false {
      if (tried.length === 0) {
        tried.push("none");
        return { type: "none", username };
      }
      const method = methods.find(
        ({ type }) => !tried.includes(onWire(type)) && accepted?.includes(onWire(type)),
      );
      if (!method) return false;
      tried.push(onWire(method.type));
      return method;
    },
  };
}

function onWire(type: string): string {
  return type === "agent" ? "publickey" : type;
}
