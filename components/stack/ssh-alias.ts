// What ~/.ssh/config says of a machine. ssh itself is asked; its files are not read.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { loginOf } from "../model/configuration/defaults.ts";
import { parseConfiguration, type Raw } from "../model/configuration/parse.ts";
import { aliasForm } from "../model/configuration/ssh-schema.ts";
import { isMap } from "../model/json-value.ts";
import { knownHostKey } from "../model/known-hosts.ts";
import { loginKey } from "../model/login-key.ts";
import { oneLine, type Problem } from "../model/problem.ts";
import { expanded } from "./files.ts";

/** What `ssh -G ALIAS` prints; or why it prints nothing. */
export type AskSsh = (alias: string) => { readonly text: string } | { readonly failed: string };

export const askSsh: AskSsh = (alias) => {
  // After --, so that no alias is an option; -T and BatchMode change nothing of the answer.
  const { status, stdout, stderr, error } = spawnSync("ssh", ["-G", "--", alias], {
    encoding: "utf8",
    timeout: 15_000,
    maxBuffer: 1024 * 1024,
  });
  if (status === 0) return { text: stdout };
  return { failed: oneLine(error?.message ?? stderr, 200) || "it ended without a word" };
};

/** Its answer: a key a line, in lower case; some more than once. */
export class SshAnswer {
  readonly #values = new Map<string, string[]>();

  constructor(text: string) {
    for (const line of text.split("\n")) {
      const [, key, value = ""] = /^(\S+) (.*)$/.exec(line.trim()) ?? [];
      if (key !== undefined) this.#values.set(key, [...(this.#values.get(key) ?? []), value]);
    }
  }

  /** The first value; undefined for none, and for the word that stands for it. */
  one(key: string): string | undefined {
    const [value] = this.all(key);
    return value === "none" ? undefined : value;
  }

  all(key: string): readonly string[] {
    return this.#values.get(key) ?? [];
  }
}

/** {@link parseConfiguration}, with what the hosts' `ssh.alias` stand for. */
export function parseWithAliases(
  raw: Raw,
  ask: AskSsh = askSsh,
): ReturnType<typeof parseConfiguration> {
  const problems: Problem[] = [];
  const parsed = parseConfiguration({ ...raw, hosts: resolved(raw.hosts, ask, problems) });
  if (problems.length === 0) return parsed;
  const others = "problems" in parsed ? parsed.problems : [];
  const hosts = "problems" in parsed ? parsed.hosts : parsed.configuration.hosts;
  // What an alias would have said is not missing.
  const isTold = ({ where }: Problem): boolean =>
    problems.some((one) => where.startsWith(one.where.replace(/ssh\.alias$/, "")));
  return {
    problems: [...problems, ...others.filter((one) => !isTold(one) || one.what !== "missing")],
    hosts,
  };
}

type Values = Readonly<Record<string, unknown>>;

function resolved(hosts: unknown, ask: AskSsh, problems: Problem[]): unknown {
  if (!isMap(hosts)) return hosts;
  const entries = Object.entries(hosts).map(([name, host]) => {
    const ssh = isMap(host) ? host["ssh"] : undefined;
    const alias = isMap(ssh) ? ssh["alias"] : undefined;
    if (!isMap(host) || !isMap(ssh) || typeof alias !== "string" || !aliasForm.test(alias)) {
      return [name, host];
    }
    const found = loginBy(alias, ask);
    if ("fault" in found) {
      problems.push({ where: `dockertls:hosts.${name}.ssh.alias`, ...found.fault });
      return [name, host];
    }
    const { address, ...login } = found.login;
    return [name, { address, ...host, ...loginOf(login, ssh) }];
  });
  return Object.fromEntries(entries) as Values;
}

interface Faulty {
  readonly fault: Omit<Problem, "where">;
}

/** A server as ssh would log in to it, in words of the configuration. */
function serverOf(
  alias: string,
  ask: AskSsh,
): { readonly values: Values; readonly answer: SshAnswer } | Faulty {
  const said = ask(alias);
  if ("failed" in said) {
    return {
      fault: {
        what: `"${alias}" is not known: ssh -G says ${said.failed}`,
        why: "nobody knows how to reach the machine",
        fix: "correct ~/.ssh/config, or write `address`, `user` and the rest here",
      },
    };
  }
  const answer = new SshAnswer(said.text);
  const address = answer.one("hostname") ?? alias;
  const port = Number(answer.one("port") ?? 22);
  const known = {
    ...{ address, port, user: answer.one("user") },
    hostKey: hostKeyOf(answer, address, port),
    identityFile: identityOf(answer),
  };
  // What ssh does not know either, `defaults` may.
  const values = Object.entries(known).filter(([, value]) => value !== undefined);
  return { answer, values: Object.fromEntries(values) };
}

function loginBy(alias: string, ask: AskSsh): { readonly login: Values } | Faulty {
  const server = serverOf(alias, ask);
  if ("fault" in server) return server;
  const { answer, values } = server;
  const fix = "write `address`, `user`, `hostKey` and `bastion` here";
  if (answer.one("proxycommand") !== undefined) {
    return {
      fault: {
        what: `"${alias}" is reached by a command (ProxyCommand)`,
        why: "@pulumi/command and the proofs dial by themselves",
        fix: `name the machine in between with ProxyJump, or ${fix}`,
      },
    };
  }
  const jumps = answer.one("proxyjump")?.split(",") ?? [];
  if (jumps.length > 1) {
    return {
      fault: {
        what: `"${alias}" is reached through ${String(jumps.length)} machines (ProxyJump ${jumps.join(",")})`,
        why: "@pulumi/command goes through one at most",
        fix: `find a way with one, such as by a VPN, or ${fix}`,
      },
    };
  }
  const [jump] = jumps;
  if (jump === undefined) return { login: values };
  const [, user, name = jump, port] = /^(?:(.+)@)?(.+?)(?::(\d+))?$/.exec(jump) ?? [];
  const gate = serverOf(name, ask);
  if ("fault" in gate) return gate;
  const other = gate.answer.one("proxyjump") ?? gate.answer.one("proxycommand");
  if (other !== undefined) {
    return {
      fault: {
        what: `"${alias}" is reached through ${name}, and that through another machine`,
        why: "@pulumi/command goes through one at most",
        fix: `find a way with one, such as by a VPN, or ${fix}`,
      },
    };
  }
  const given = {
    ...(user === undefined ? {} : { user }),
    ...(port === undefined ? {} : { port: Number(port) }),
  };
  return { login: { ...values, bastion: { ...gate.values, ...given } } };
}

/** The key that ssh itself would look for, under the name that it would look for. */
function hostKeyOf(answer: SshAnswer, address: string, port: number): string | undefined {
  const alias = answer.one("hostkeyalias");
  const files = [...answer.all("userknownhostsfile"), ...answer.all("globalknownhostsfile")];
  for (const file of files.flatMap((list) => list.split(" "))) {
    const path = expanded(file);
    if (!existsSync(path)) continue;
    const text = readFileSync(path, "utf8");
    const found = knownHostKey(text, alias ?? address, alias === undefined ? port : 22);
    if ("key" in found) return found.key;
  }
  return undefined;
}

/** ssh tries these where the configuration names none: then the agent is asked, as without an alias. */
const usualFile = /\/\.ssh\/id_(dsa|rsa|xmss|(ecdsa|ed25519)(_sk)?)$/;

/** One that a passphrase protects stands for its public half, which chooses it from the agent. */
function identityOf(answer: SshAnswer): string | undefined {
  const present = answer.all("identityfile").filter((file) => existsSync(expanded(file)));
  const hasAgent = Boolean(process.env["SSH_AUTH_SOCK"]);
  const file = present.find((one) => !usualFile.test(one)) ?? (hasAgent ? undefined : present[0]);
  if (file === undefined) return undefined;
  const found = loginKey(readFileSync(expanded(file), "utf8"));
  const isLocked = "fault" in found && found.fault === "locked";
  return isLocked && existsSync(expanded(`${file}.pub`)) ? `${file}.pub` : file;
}
