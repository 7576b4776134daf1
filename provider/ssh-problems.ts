// What is said when a machine can't be talked to over SSH.
import type { ClientErrorExtensions } from "ssh2";
import { oneLine, type Problem } from "../components/model/problem.ts";
import type { SshTarget } from "../components/model/ssh-target.ts";

/** How far on the way onto a machine something went wrong. */
export type Stage = "reach" | "host key" | "login" | "sudo" | "answer";

export type Failure = readonly [stage: Stage, problem: Problem];

const unseen = "the machine can't be looked at";

export function sshPlace({ user, host, port }: SshTarget): string {
  return `ssh ${user}@${host}:${String(port)}`;
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

/** Where the keys of a login come from: a key of the configuration, an agent that may hold many, nowhere. */
export type KeySource = "key" | "agent" | "none";

export function connectionProblem(
  where: string,
  error: Error & ClientErrorExtensions,
  keys: KeySource = "key",
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
  if (
    error.level === "client-authentication" ||
    /too many authentication failures/i.test(error.message)
  ) {
    if (keys === "none") {
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
    const agent =
      "; the agent offers all of its keys, each of which is an attempt, and most servers hang up after six: name one key in identityFile, or take the others out (`ssh-add -l`)";
    return [
      "login",
      {
        where,
        what: "authentication refused",
        why: `${unseen}, and trying again might lock the account`,
        fix: `check ssh.user and the key: identityFile, privateKey or the agent's${keys === "agent" ? agent : ""}`,
      },
    ];
  }
  return [
    "reach",
    {
      where,
      what: `unreachable (${oneLine(error.message, 200)})`,
      why: unseen,
      fix: "check the address, the port, and that the machine is up and lets this one in",
    },
  ];
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
      fix: encrypted ? "load it into an SSH agent and leave identityFile out" : "check its file",
    },
  ];
}
