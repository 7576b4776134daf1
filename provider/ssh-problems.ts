// What is said when a machine can't be talked to over SSH.
import type { ClientErrorExtensions } from "ssh2";
import { oneLine, type Problem } from "../components/model/problem.ts";
import type { SshTarget } from "../components/model/ssh-target.ts";
import type { OfferedKeys } from "./login-keys.ts";
import { loginRemedy } from "./no-answer.ts";

/** How far on the way onto a machine something went wrong. */
export type Stage = "reach" | "host key" | "login" | "sudo" | "answer";

export type Failure = readonly [stage: Stage, problem: Problem];

const unseen = "the machine can't be looked at";

export function sshPlace({ user, host, port, bastion }: SshTarget): string {
  const way = bastion === undefined ? "" : ` through ${bastion.host}`;
  return `ssh ${user}@${host}:${String(port)}${way}`;
}

/** A bastion that leads to no machine. */
export function noWayOn(where: string, target: string, error: Error): Failure {
  // RFC 4254, 5.1: SSH_OPEN_ADMINISTRATIVELY_PROHIBITED; its words differ from server to server.
  const isForbidden = "reason" in error && error.reason === 1;
  const said = oneLine(error.message.replace(/^\(SSH\) Channel open failure: /, ""), 120);
  return [
    "reach",
    {
      where,
      what: isForbidden
        ? `the bastion does not let this user go on to ${target}`
        : `the bastion has no way to ${target} (${said})`,
      why: unseen,
      fix: isForbidden
        ? "set `AllowTcpForwarding` and `PermitOpen` for this user in the bastion's sshd_config"
        : "check the machine's address as the bastion sees it, and that the machine is up",
    },
  ];
}

export function differentHostKey(where: string, algorithm: string, offered: string): Failure {
  return [
    "host key",
    {
      where,
      what: `the server's host key is not the configured one; it offers ${algorithm} ${oneLine(offered, 800)}`,
      why: "this may be another machine, or someone in between",
      fix: "if the machine was reinstalled, verify that key and put it into hostKey or knownHosts",
    },
  ];
}

export function connectionProblem(
  where: string,
  error: Error & ClientErrorExtensions,
  { privateKey, agent }: OfferedKeys = {},
): Failure {
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
  const isTooMany = /too many authentication failures/i.test(error.message);
  if (error.level !== "client-authentication" && !isTooMany) return unreachable(where, error);
  if (agent !== undefined) return refusedAgent(where, agent.keys.length, isTooMany);
  if (privateKey === undefined) {
    return [
      "login",
      {
        where,
        what: "no key was offered",
        why: "neither identityFile nor privateKey is set for this host, and SSH_AUTH_SOCK names no agent",
        fix: "name a key in identityFile, or start an agent and add yours: `eval $(ssh-agent) && ssh-add`",
      },
    ];
  }
  return [
    "login",
    {
      where,
      what: "authentication refused",
      why: unlocked,
      fix: "check ssh.user and the key: identityFile or privateKey",
    },
  ];
}

const unlocked = `${unseen}, and trying again might lock the account`;

function refusedAgent(where: string, held: number, isTooMany: boolean): Failure {
  if (held === 0) {
    return [
      "login",
      {
        where,
        what: "no key was offered",
        why: "the SSH agent holds none",
        fix: "add yours with `ssh-add`, or name a key in identityFile",
      },
    ];
  }
  const count = `${String(held)} ${held === 1 ? "key" : "keys"}`;
  if (!isTooMany) {
    return [
      "login",
      {
        where,
        what: "authentication refused",
        why: unlocked,
        fix: `check ssh.user and the ${count} of the SSH agent (\`ssh-add -l\`)`,
      },
    ];
  }
  return [
    "login",
    {
      where,
      what: `the server hung up after too many of the SSH agent's ${count} (MaxAuthTries in its sshd_config)`,
      why: "each of them is an attempt, and the right one came too late or is not there",
      fix: "name the right one in identityFile by its public half, such as `identityFile: ~/.ssh/id_ed25519.pub`",
    },
  ];
}

/** `held`: how many keys the agent holds; undefined: there is no agent. */
export function notHeld(where: string, held: number | undefined): Failure {
  return [
    "login",
    {
      where,
      what:
        held === undefined
          ? "identityFile names a public key, and there is no SSH agent"
          : `the SSH agent does not hold the key that identityFile names (it holds ${String(held)})`,
      why: "the private half of it has to log in",
      fix:
        held === undefined
          ? "start an agent and add the key: `eval $(ssh-agent) && ssh-add KEY`; or name the file without .pub"
          : "add it with `ssh-add KEY`, or name the file without .pub",
    },
  ];
}

export function deadAgent(where: string, path: string): Failure {
  return [
    "login",
    {
      where,
      what: `no SSH agent answers at ${oneLine(path, 120)}, which SSH_AUTH_SOCK names`,
      why: "@pulumi/command asks it before every login, with a key of its own as well",
      fix: "start one (`eval $(ssh-agent) && ssh-add`), or leave it out for this run: `env -u SSH_AUTH_SOCK pulumi …`",
    },
  ];
}

export function noSocket(where: string, path: string, error: unknown): Failure {
  return [
    "login",
    {
      where,
      what: `no socket can be made at ${oneLine(path, 120)} (${oneLine(error instanceof Error ? error.message : "unknown", 120)})`,
      why: "@pulumi/command asks for the one key of your agent there",
      fix: "set XDG_CACHE_HOME to a folder of yours, into which nobody else can write",
    },
  ];
}

function unreachable(where: string, error: Error): Failure {
  return [
    "reach",
    {
      where,
      what: `unreachable (${oneLine(error.message, 200)})`,
      why: unseen,
      fix: "check the address, the port, and that the machine is up and lets this one in (a rate limit, such as `ufw limit`, passes in half a minute)",
    },
  ];
}

/** With what the server said before it let nobody in, and what that is known to mean. */
export function inItsWords([stage, problem]: Failure, user: string, banner: string): Failure {
  if (banner === "") return [stage, problem];
  const said = { ...problem, what: `${problem.what}; the server says: ${oneLine(banner, 300)}` };
  const known = loginRemedy(user, banner);
  return known === undefined ? [stage, said] : ["login", { ...said, ...known }];
}

export function noLogin(where: string, seconds: number): Failure {
  return [
    "reach",
    {
      where,
      what: `unreachable (no login within ${String(seconds)} s)`,
      why: unseen,
      fix: "check the address, the port, and that the machine is up and not too busy for its sshd",
    },
  ];
}

/** A connection that was not made while earlier ones were. */
export function cutOff(problem: Problem, earlier: number, seconds: number): Failure {
  const count = earlier === 1 ? "one" : String(earlier);
  return [
    "reach",
    {
      ...problem,
      what: `${problem.what}, though ${count} of the last ${String(seconds)} s went through`,
      fix: "see that the machine is still up, or wait half a minute and run it again: a rate limit (`ufw limit`, iptables' recent, sshd's MaxStartups) may have cut it off",
    },
  ];
}

export function hungUp(where: string, when: string): Failure {
  return [
    "reach",
    {
      where,
      what: `unreachable (the server closed the connection ${when})`,
      why: unseen,
      fix: "see `journalctl -u ssh` on the machine; MaxStartups, fail2ban or a proxy may be behind it",
    },
  ];
}

export function tooSlow(where: string, seconds: number): Failure {
  return [
    "answer",
    {
      where,
      what: `the look at the machine took more than ${String(seconds)} s`,
      why: "its state is not known",
      fix: "see what keeps it busy",
    },
  ];
}

export function floods(where: string, bytes: number): Failure {
  return [
    "answer",
    {
      where,
      what: `the machine sent more than ${String(bytes / 1024 / 1024)} MB for an answer`,
      why: "its state is not known, and no honest answer is that long",
      fix: "log in by hand and see what its shell prints; if nothing explains it, take the machine off the network",
    },
  ];
}

export function publicKey(where: string): Failure {
  return [
    "login",
    {
      where,
      what: "the key is a public one",
      why: "a login takes the private key",
      fix: "name the file without .pub in identityFile",
    },
  ];
}

export function unreadableKey(where: string, error: Error): Failure {
  const encrypted = /encrypted|passphrase/i.test(error.message);
  return [
    "login",
    {
      where,
      what: encrypted
        ? "the private key is protected by a passphrase"
        : "the private key can't be read",
      why: encrypted ? "nobody is there to type it" : "nobody can log in with it",
      fix: encrypted
        ? "load it into an SSH agent, and name its public half in identityFile"
        : "name an ed25519, ECDSA or RSA key that `ssh-keygen -y -f KEY` can read",
    },
  ];
}
