// The way to a port of another machine, as far as it can be seen without logging in.
import { lookup } from "node:dns/promises";
import { connect, type Socket } from "node:net";
import { bracketed } from "../components/model/address.ts";
import { oneLine, type Problem } from "../components/model/problem.ts";
import { codeOf } from "../provider/docker-api.ts";

/** Seconds until a machine that does not answer is given up. */
export const patience = 6;

type Lookup = (name: string, options: { all: true }) => Promise<readonly { address: string }[]>;

/** Addresses that a name stands for, by this machine's own resolver. */
export async function addressesOf(
  name: string,
  resolve: Lookup = lookup,
): Promise<string[] | Problem> {
  try {
    return (await resolve(name, { all: true })).map(({ address }) => address);
  } catch (error) {
    const code = codeOf(error);
    const unknown = code === "ENOTFOUND";
    return {
      where: `name ${name}`,
      what: unknown ? "no name server knows it" : `can't be looked up (${code})`,
      why: "there is no address to dial",
      fix: unknown
        ? "correct `address` in the configuration, or give the machine that name in your DNS"
        : "see that this machine reaches its name server (/etc/resolv.conf)",
    };
  }
}

/** A connection that was made, and what the other side said first within the time, if anything. */
export interface Greeting {
  readonly text: string;
  /** Whether the other side closed the connection. */
  readonly hungUp: boolean;
  /** The connection, as if nobody had listened yet; only where it is to be kept, and an SSH server greeted. */
  readonly socket?: Socket;
}

/** What came of dialling a port. `code`: ECONNREFUSED, EHOSTUNREACH and so on, ETIMEDOUT for silence. */
export type Dial = Greeting | { readonly code: string };

export interface DialOptions {
  /** Whether to wait until the other side has said a line; otherwise a connection is enough. */
  readonly greeting: boolean;
  /** Whether the connection is kept for a login: firewalls count connections. */
  readonly keep?: boolean;
  readonly seconds?: number;
}

export function dial(
  host: string,
  port: number,
  { greeting, keep = false, seconds = patience }: DialOptions,
): Promise<Dial> {
  return new Promise((resolve) => {
    let text = "";
    const received: Buffer[] = [];
    let connected = false;
    const socket = connect({ host, port });
    const finish = (outcome: Dial): void => {
      clearTimeout(limit);
      socket.destroy();
      resolve(outcome);
    };
    const limit = setTimeout(() => {
      finish(connected ? { text, hungUp: false } : { code: "ETIMEDOUT" });
    }, seconds * 1000);
    const hear = (chunk: Buffer): void => {
      text += chunk.toString("latin1");
      received.push(chunk);
      const isGreeted = /^SSH-[^\n]*\n/m.test(text);
      if (keep && isGreeted) {
        clearTimeout(limit);
        socket.off("data", hear).pause();
        socket.unshift(Buffer.concat(received));
        resolve({ text, hungUp: false, socket });
        return;
      }
      // Lines of another kind may come before the one that counts.
      if (isGreeted || text.length > 1024) finish({ text, hungUp: false });
    };
    socket.on("connect", () => {
      connected = true;
      if (!greeting) finish({ text, hungUp: false });
    });
    socket.on("data", hear);
    socket.on("end", () => finish({ text, hungUp: true }));
    socket.on("error", (error) => {
      finish(connected ? { text, hungUp: true } : { code: codeOf(error) });
    });
  });
}

/** Why a port can't be connected to. `service` is what should listen there, as systemd names it. */
export function noConnection(host: string, port: number, code: string, service: string): Problem {
  const where = `tcp ${bracketed(host)}:${String(port)}`;
  switch (code) {
    case "ECONNREFUSED":
      return {
        where,
        what: "connection refused",
        why: "the machine answers, but nothing listens there, or a firewall rejects it",
        fix: `see \`systemctl status ${service}\` on the machine, by its console`,
      };
    case "ETIMEDOUT":
      return {
        where,
        what: "no answer at all",
        why: "the machine is off, or a firewall in between swallows the packets",
        fix: `see that the machine is up, then let this machine through to port ${String(port)}`,
      };
    case "EHOSTUNREACH":
    case "ENETUNREACH":
    case "EINVAL":
      return {
        where,
        what: `there is no way to it (${code})`,
        why: "no route leads there, or no machine has this address",
        fix: `see \`ip route get ${host}\` here: is a VPN down, or the address wrong?`,
      };
    default:
      return {
        where,
        what: `no connection (${oneLine(code, 80)})`,
        why: "the machine can't be reached",
        fix: "check `address` and `ssh.port` in the configuration",
      };
  }
}

/** What a server on the SSH port is, by the line that it begins with (RFC 4253, 4.2). */
export function sshProblem(
  host: string,
  port: number,
  { text, hungUp }: Greeting,
): Problem | undefined {
  const line = text.split("\n").find((candidate) => candidate.startsWith("SSH-"));
  if (line !== undefined) return undefined;
  const where = `ssh ${bracketed(host)}:${String(port)}`;
  if (text !== "") {
    return {
      where,
      what: `what listens there is no SSH server; it says ${JSON.stringify(oneLine(text, 60))}`,
      why: "there is nothing to log in to",
      fix: "correct `ssh.port` in the configuration",
    };
  }
  return hungUp
    ? {
        where,
        what: "hangs up before it says a word",
        why: "sshd turns this machine away (MaxStartups, hosts.deny, fail2ban), or it is another server",
        fix: "see `journalctl -u ssh` on the machine, by its console",
      }
    : {
        where,
        what: "accepts the connection and says nothing",
        why: "sshd hangs, the machine is overloaded, or it is another server",
        fix: "see the load of the machine and `systemctl status ssh` there, by its console",
      };
}
