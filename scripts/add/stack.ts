// The stack that machines are added to, as its files describe it before.
import { existsSync, readFileSync } from "node:fs";
import ipaddr from "ipaddr.js";
import { hostEndpoint } from "../../components/model/address.ts";
import { type HostConfiguration } from "../../components/model/configuration/parse.ts";
import { parseWithAliases } from "../../components/stack/ssh-alias.ts";
import { configurationNamespace } from "../../components/model/configuration/problems.ts";
import { isMap } from "../../components/model/json-value.ts";
import type { Problem } from "../../components/model/problem.ts";
import { readSshTarget } from "../../components/stack/ssh-target.ts";
import type { StackFacts } from "../../doctor/desired.ts";
import {
  rawOf,
  readProject,
  stackValues,
  type Project,
  type TextFile,
} from "../../doctor/stack-values.ts";
import type { Values } from "../../doctor/stack-file.ts";

export class Stack {
  readonly facts: StackFacts;
  readonly hosts: readonly HostConfiguration[];
  /** Names of all hosts, of those as well that are wrong or that only a passphrase opens. */
  readonly names: readonly string[];
  readonly #project: Project;
  readonly #values: Values;

  private constructor(name: string, project: Project, values: Values, sealed: readonly string[]) {
    this.#project = project;
    this.#values = values;
    const { hosts } = values;
    this.names = [...Object.keys(isMap(hosts) ? hosts : {}), ...sealed];
    const parsed = parseWithAliases(rawOf(project, values));
    this.hosts = "problems" in parsed ? parsed.hosts : parsed.configuration.hosts;
    this.facts = {
      stack: `${project.name}/${name}`,
      hostEndpoints: Object.fromEntries(
        this.hosts.map((host) => [host.name, hostEndpoint(host.address, host.ssh.port)]),
      ),
    };
  }

  /** A file that is not there yet holds nothing. */
  static read(name: string, projectFile: TextFile, path: string): Stack | readonly Problem[] {
    const file = path.split("/").at(-1) ?? path;
    const read = (): string => (existsSync(path) ? readFileSync(path, "utf8") : "");
    const project = readProject(projectFile);
    const stack = stackValues({ stackFile: { file, read }, opened: () => undefined });
    const problems = [...project.problems, ...stack.problems];
    if (stack.hostsAreSealed) problems.push(sealedHosts(file));
    return problems.length > 0
      ? problems
      : new Stack(name, project, stack.values, stack.sealedHosts);
  }

  /** What the stack makes of a new host; or what is wrong with its entry, or with it beside the others. */
  hostFrom(name: string, entry: object): HostConfiguration | Problem {
    const { hosts } = this.#values;
    const values = { ...this.#values, hosts: { ...(isMap(hosts) ? hosts : {}), [name]: entry } };
    const parsed = parseWithAliases(rawOf(this.#project, values));
    if (!("problems" in parsed)) {
      return parsed.configuration.hosts.find((host) => host.name === name) ?? noHost(name);
    }
    const place = `${configurationNamespace}:hosts.${name}`;
    const own = parsed.problems.find(({ where }) => `${where}.`.startsWith(`${place}.`));
    return (
      own ?? parsed.hosts.find((host) => host.name === name) ?? parsed.problems[0] ?? noHost(name)
    );
  }

  /** The SSH port of a host that names none. */
  get usualPort(): number {
    const host = this.hostFrom("new-machine", { address: "192.0.2.1", ssh: { hostKey: anyKey } });
    return "where" in host ? 22 : host.ssh.port;
  }

  /** The host that is reached there already. */
  hostAt(address: string, port: number): HostConfiguration | undefined {
    return this.hosts.find(
      (host) => spelled(host.address) === spelled(address) && host.ssh.port === port,
    );
  }

  /** The host whose server has this key, `algorithm base64`. */
  hostWithKey(line: string): HostConfiguration | undefined {
    return this.hosts.find((host) => {
      // One's own key, which may be elsewhere, says nothing of the server's.
      const { identityFile: _, privateKey: _secret, ...ssh } = host.ssh;
      const target = readSshTarget({ ...host, ssh });
      return !("problems" in target) && target.hostKey.split(" ", 2).join(" ") === line;
    });
  }
}

/** Of the right form, and nobody's. */
const anyKey = "ssh-ed25519 AAAA";

const spelled = (address: string): string =>
  ipaddr.isValid(address) ? ipaddr.process(address).toString() : address.toLowerCase();

function noHost(name: string): Problem {
  return {
    where: `${configurationNamespace}:hosts.${name}`,
    what: "can't be read beside what the file holds",
    why: "the stack's configuration is wrong",
    fix: "see what `npm run doctor` says of it",
  };
}

function sealedHosts(file: string): Problem {
  return {
    where: `${file}: ${configurationNamespace}:hosts`,
    what: "is a secret of the stack as a whole",
    why: "nothing can be put into it here",
    fix: "write the hosts in plain, and only what is secret of them as a secret",
  };
}
