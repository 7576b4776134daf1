// The official plugin reports failures in the words of Go's standard library and x/crypto/ssh.

export const KEY_NOT_FOUND = "ssh: no key found";

const SYSTEM_ERRORS: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  ECONNREFUSED: "connection refused",
  ECONNRESET: "connection reset by peer",
  EHOSTUNREACH: "no route to host",
  ENETUNREACH: "network is unreachable",
  ENOENT: "no such file or directory",
  EPIPE: "broken pipe",
  ETIMEDOUT: "connection timed out",
};

export function systemError(error: NodeJS.ErrnoException): string {
  return SYSTEM_ERRORS[error.code ?? ""] ?? error.message;
}

export function dialError(error: NodeJS.ErrnoException, host: string, address: string): Error {
  if (error.code === "ENOTFOUND") return new Error(`dial tcp: lookup ${host}: no such host`);
  return new Error(`dial tcp ${address}: connect: ${systemError(error)}`);
}

interface Handshake {
  readonly tried: readonly string[];
  readonly hostKey: string | undefined;
  /** The server's host key types, separated by commas. */
  readonly offered: string;
}

/** Without an error: the server closed the connection. */
export function handshakeError(
  error: (NodeJS.ErrnoException & { level?: string }) | undefined,
  { tried, hostKey, offered }: Handshake,
): Error {
  return new Error(`ssh: handshake failed: ${reason()}`);

  function reason(): string {
    if (!error || /^Connection lost before handshake|socket hang up/.test(error.message)) {
      return "EOF";
    }
    if (error.level === "client-authentication") {
      return `ssh: unable to authenticate, attempted methods [${tried.join(" ")}], no supported methods remain`;
    }
    if (/verification failed/.test(error.message)) return "ssh: host key mismatch";
    if (/no matching host key format/.test(error.message)) {
      const theirs = offered.split(",").join(" ");
      return `ssh: no common algorithm for host key; we offered: [${hostKey}], peer offered: [${theirs}]`;
    }
    return error.code === undefined ? `ssh: ${error.message}` : `read tcp: ${systemError(error)}`;
  }
}

// The numbers that Go gives to the signals of RFC 4254.
const SIGNALS: Readonly<Record<string, number>> = {
  ABRT: 6,
  ALRM: 14,
  FPE: 8,
  HUP: 1,
  ILL: 4,
  INT: 2,
  KILL: 9,
  PIPE: 13,
  QUIT: 3,
  SEGV: 11,
  TERM: 15,
};

export interface Exit {
  readonly code?: number | null | undefined;
  readonly signal?: string | undefined;
  readonly description?: string | undefined;
}

/** Why a command failed, or undefined if it did not. */
export function exitError({ code, signal, description }: Exit): string | undefined {
  if (code === 0) return undefined;
  if (typeof code === "number") return `Process exited with status ${code}`;
  if (signal === undefined) {
    return "wait: remote command exited without exit status or exit signal";
  }
  const name = signal.replace(/^SIG/, "");
  const text = `Process exited with status ${128 + (SIGNALS[name] ?? 0)} from signal ${name}`;
  return description ? `${text}. Reason was: ${description}` : text;
}

const ESCAPES: Readonly<Record<string, string>> = {
  "\x07": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
  '"': '\\"',
  "\\": "\\\\",
};

/** A string as Go's `%q` prints it. */
export function quote(text: string): string {
  const body = text.replace(/["\\]|[^\P{C}]|[^\P{Z} ]/gu, (character) => {
    const escape = ESCAPES[character];
    if (escape !== undefined) return escape;
    const point = character.codePointAt(0) ?? 0;
    const hex = point.toString(16);
    if (point < 0x80) return `\\x${hex.padStart(2, "0")}`;
    return point > 0xffff ? `\\U${hex.padStart(8, "0")}` : `\\u${hex.padStart(4, "0")}`;
  });
  return `"${body}"`;
}
