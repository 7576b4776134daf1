import { createPrivateKey } from "node:crypto";
import { connect } from "node:net";
import ssh, { type AnyAuthMethod, type ParsedKey } from "ssh2";
import { openssh } from "../tls/openssh.ts";
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
  const pem = /-----BEGIN PRIVATE KEY-----/.test(privateKey) ? fromPkcs8(privateKey) : privateKey;
  const open = parse(pem);
  if (passphrase === undefined || !isEncrypted(open)) {
    if (isEncrypted(open)) throw new Error("ssh: this private key is passphrase protected");
    if (open instanceof Error || !open.isPrivateKey()) throw new Error(KEY_NOT_FOUND);
    if (passphrase === undefined) return open;
    const isOpenssh = /-----BEGIN OPENSSH PRIVATE KEY-----/.test(privateKey);
    throw new Error(isOpenssh ? "ssh: key is not password protected" : "ssh: not an encrypted key");
  }
  const opened = parse(pem, passphrase);
  if (opened instanceof Error) throw new Error("x509: decryption password incorrect");
  return opened;
}

function parse(pem: string, passphrase?: string): ParsedKey | Error {
  const parsed = ssh.utils.parseKey(pem, passphrase);
  return Array.isArray(parsed) ? (parsed[0] as ParsedKey) : parsed;
}

function isEncrypted(parsed: ParsedKey | Error): boolean {
  return parsed instanceof Error && /encrypted/i.test(parsed.message);
}

/** ssh2 reads every form of a private key but PKCS #8. */
function fromPkcs8(pem: string): string {
  try {
    return openssh(createPrivateKey(pem)).privateKeyOpenssh;
  } catch {
    throw new Error(KEY_NOT_FOUND);
  }
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
    next: (accepted: string[] | null): AnyAuthMethod | false => {
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
