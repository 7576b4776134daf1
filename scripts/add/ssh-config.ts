// Machines as ssh's own configuration knows them. ssh itself is asked what an alias stands for; its files are not read.
import { existsSync } from "node:fs";
import { oneLine } from "../../components/model/problem.ts";
import { expanded } from "../../components/stack/files.ts";
import { askSsh, SshAnswer, type AskSsh } from "../../components/stack/ssh-alias.ts";
import type { Named } from "./destination.ts";

export function fromSshConfig(alias: string, ask: AskSsh = askSsh): Named {
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
  const values = new SshAnswer(answer.text);
  const one = (key: string): string | undefined => values.one(key);
  const detour = ["proxyjump", "proxycommand"].find((key) => one(key) !== undefined);
  if (detour !== undefined) {
    const name = detour === "proxyjump" ? "ProxyJump" : "ProxyCommand";
    return {
      called,
      problem: {
        where: called,
        what: `is reached through another machine (${name} ${oneLine(one(detour) ?? "", 120)})`,
        why: "what is added is dialled from here, to see its host key",
        fix: `write its entry by hand, with \`ssh: { alias: ${called} }\`, which takes the way from there; or give it an address that this machine reaches`,
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
    identityFiles: values.all("identityfile").filter((file) => existsSync(expanded(file))),
    identitiesOnly: one("identitiesonly") === "yes",
  };
}
