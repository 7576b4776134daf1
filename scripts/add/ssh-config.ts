// Machines as ssh's own configuration knows them. ssh itself is asked what an alias stands for; its files are not read.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { oneLine } from "../../components/model/problem.ts";
import { expanded } from "../../components/stack/files.ts";
import type { Named } from "./destination.ts";

/** What `ssh -G ALIAS` prints; or why it prints nothing. */
export type Ask = (alias: string) => { readonly text: string } | { readonly failed: string };

export const askSsh: Ask = (alias) => {
  // After --, so that no alias is an option; -T and BatchMode change nothing of the answer.
  const { status, stdout, stderr, error } = spawnSync("ssh", ["-G", "--", alias], {
    encoding: "utf8",
    timeout: 15_000,
    maxBuffer: 1024 * 1024,
  });
  if (status === 0) return { text: stdout };
  return { failed: oneLine(error?.message ?? stderr, 200) || "it ended without a word" };
};

export function fromSshConfig(alias: string, ask: Ask = askSsh): Named {
  const called = oneLine(alias, 100);
  const answer = ask(alias);
  if ("failed" in answer) {
    return {
      called,
      problem: {
        where: `ssh -G ${called}`,
        what: answer.failed,
        why: "nobody knows what the alias stands for",
        fix: "correct ~/.ssh/config, or name the machine as USER@ADDRESS",
      },
    };
  }
  const values = readAnswer(answer.text);
  const one = (key: string): string | undefined => values.get(key)?.[0];
  const detour = ["proxyjump", "proxycommand"].find((key) => (one(key) ?? "none") !== "none");
  if (detour !== undefined) {
    const name = detour === "proxyjump" ? "ProxyJump" : "ProxyCommand";
    return {
      called,
      problem: {
        where: called,
        what: `is reached through another machine (${name} ${oneLine(one(detour) ?? "", 120)})`,
        why: "this program dials machines directly, and knows no bastion yet",
        fix: "give it an address that this machine reaches, such as by a VPN",
      },
    };
  }
  const port = Number(one("port"));
  const user = one("user");
  return {
    called,
    alias,
    address: one("hostname") ?? alias,
    port: Number.isInteger(port) ? port : 22,
    ...(user === undefined ? {} : { user }),
    // Its own list of usual names is among them.
    identityFiles: (values.get("identityfile") ?? []).filter((file) => existsSync(expanded(file))),
    identitiesOnly: one("identitiesonly") === "yes",
  };
}

/** A key a line, in lower case; some more than once. */
function readAnswer(text: string): ReadonlyMap<string, readonly string[]> {
  const values = new Map<string, string[]>();
  for (const line of text.split("\n")) {
    const [, key, value = ""] = /^(\S+) (.*)$/.exec(line.trim()) ?? [];
    if (key !== undefined) values.set(key, [...(values.get(key) ?? []), value]);
  }
  return values;
}
