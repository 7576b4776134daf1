// Ansible's inventories, as far as they say how a machine is reached: hosts, groups and their variables.
import { isMap, word } from "../../components/model/json-value.ts";
import { oneLine } from "../../components/model/problem.ts";
import type { Named } from "./destination.ts";
import { isAddress } from "../../components/model/address.ts";

export type Variables = Readonly<Record<string, unknown>>;

export interface Group {
  readonly variables: Variables;
  readonly children: readonly string[];
  /** The hosts that it names, with what it says of them. */
  readonly hosts: Readonly<Record<string, Variables>>;
}

/** Groups by their names; hosts outside of every group are in `all`. */
export type Inventory = Readonly<Record<string, Group>>;

/** Machines of an inventory: all of them, or those that these names of hosts and groups lead to. */
export function machinesOf(inventory: Inventory, chosen: readonly string[]): Named[] {
  const hosts = variablesByHost(inventory);
  const names =
    chosen.length === 0 ? [...hosts.keys()] : [...new Set(chosen.flatMap((name) => ledTo(name)))];
  return names.map((name) => {
    const variables = hosts.get(name);
    return variables === undefined ? unknown(name) : machineOf(name, variables);
  });

  function ledTo(name: string): string[] {
    const group = hosts.has(name) ? undefined : inventory[name];
    if (group === undefined) return [name];
    const below = name === "all" ? Object.keys(inventory) : familyOf(inventory, name);
    return below.flatMap((one) => Object.keys(inventory[one]?.hosts ?? {}));
  }
}

/** A group, and those below it, each once. */
function familyOf(inventory: Inventory, name: string, seen = new Set<string>()): string[] {
  if (seen.has(name)) return [];
  seen.add(name);
  const children = inventory[name]?.children ?? [];
  return [name, ...children.flatMap((child) => familyOf(inventory, child, seen))];
}

/** What holds for each host: of `all`, then of groups from the outside in, then its own. */
function variablesByHost(inventory: Inventory): Map<string, Variables> {
  const depths = Object.keys(inventory).map((name) => [depthOf(inventory, name), name] as const);
  const outsideIn = depths
    .toSorted(([one, first], [other, second]) => one - other || (first < second ? -1 : 1))
    .map(([, name]) => name);
  const hosts = new Map<string, Variables>();
  const names = Object.values(inventory).flatMap((group) => Object.keys(group.hosts));
  for (const host of new Set(names)) {
    const groups = outsideIn.filter((name) =>
      familyOf(inventory, name).some((one) => Object.hasOwn(inventory[one]?.hosts ?? {}, host)),
    );
    const shared = [...new Set(["all", ...groups])].map((name) => inventory[name]?.variables ?? {});
    const own = Object.values(inventory).map((group) => group.hosts[host] ?? {});
    hosts.set(host, Object.assign({}, ...shared, ...own) as Variables);
  }
  return hosts;
}

function depthOf(inventory: Inventory, name: string): number {
  if (name === "all") return 0;
  const parents = Object.keys(inventory).filter(
    (other) => other !== name && other !== "all" && familyOf(inventory, other).includes(name),
  );
  return parents.length + 1;
}

function unknown(name: string): Named {
  const called = oneLine(name, 100);
  return {
    called,
    problem: {
      where: called,
      what: "is no host and no group of the inventory",
      why: "nobody knows how it is reached",
      fix: "name one that the inventory has, or none for all of its hosts",
    },
  };
}

/** Settings of Ansible's that lead to a machine in another way than this program can. */
const detours: Readonly<Record<string, RegExp>> = {
  ansible_connection: /^(?!ssh$|smart$|paramiko|ansible\.netcommon\.libssh).+/,
  ansible_ssh_common_args: /proxy(jump|command)|(^|\s)-[JW]/i,
  ansible_ssh_extra_args: /proxy(jump|command)|(^|\s)-[JW]/i,
};

function machineOf(host: string, variables: Variables): Named {
  const called = oneLine(host, 100);
  const value = (name: string, former: string): string | undefined => {
    const found = variables[name] ?? variables[former];
    return typeof found === "number" ? String(found) : word(found);
  };
  const address = value("ansible_host", "ansible_ssh_host") ?? host;
  const user = value("ansible_user", "ansible_ssh_user");
  const port = value("ansible_port", "ansible_ssh_port");
  const identity = value("ansible_ssh_private_key_file", "ansible_private_key_file");
  const refused = (what: string, why: string, fix: string): Named => ({
    called,
    problem: { where: called, what, why, fix },
  });
  const detour = Object.entries(detours).find(([name, sign]) =>
    sign.test(word(variables[name]) ?? ""),
  );
  if (detour !== undefined) {
    return refused(
      `is reached in another way than by SSH to it (${detour[0]})`,
      "this program dials machines directly, and knows no bastion yet",
      "give it an address that this machine reaches, such as by a VPN",
    );
  }
  if ([address, user, port, identity].some((text) => text?.includes("{{") === true)) {
    return refused(
      "has a template in place of a value",
      "only Ansible itself could fill it in",
      "write the value into the inventory, or name the machine as USER@ADDRESS",
    );
  }
  if (!isAddress(address) || (port !== undefined && !/^\d{1,5}$/.test(port))) {
    return refused(
      `"${oneLine(`${address}${port === undefined ? "" : `:${port}`}`, 100)}" is not where a machine could be`,
      "there is nothing to dial",
      "correct ansible_host and ansible_port in the inventory",
    );
  }
  return {
    called,
    alias: host,
    address,
    ...(user === undefined ? {} : { user }),
    ...(port === undefined ? {} : { port: Number(port) }),
    ...(identity === undefined ? {} : { identityFiles: [identity], identitiesOnly: true }),
  };
}

/** What `ansible-inventory --list` prints: groups with lists of hosts, and all variables by host under `_meta`. */
export function inventoryOfJson(listed: unknown): Inventory {
  const { _meta: meta, ...groups } = isMap(listed) ? listed : {};
  const hostvars = isMap(meta) && isMap(meta["hostvars"]) ? meta["hostvars"] : {};
  return Object.fromEntries(
    Object.entries(groups).map(([name, group]): [string, Group] => {
      const { hosts, children } = isMap(group) ? group : {};
      const own = (Array.isArray(hosts) ? hosts : []).map(String);
      return [
        name,
        {
          variables: {},
          children: (Array.isArray(children) ? children : []).map(String),
          hosts: Object.fromEntries(own.map((host) => [host, mapOf(hostvars[host])])),
        },
      ];
    }),
  );
}

/** An inventory in YAML: groups within groups. */
export function inventoryOfYaml(content: unknown): Inventory {
  const groups = new Map<string, Group>();
  const read = (name: string, value: unknown): void => {
    const { hosts, vars, children } = mapOf(value);
    const before = groups.get(name);
    const below = Object.keys(mapOf(children));
    groups.set(name, {
      variables: { ...before?.variables, ...mapOf(vars) },
      children: [...new Set([...(before?.children ?? []), ...below])],
      hosts: {
        ...before?.hosts,
        ...Object.fromEntries(
          Object.entries(mapOf(hosts)).flatMap(([pattern, own]) =>
            expandedHosts(pattern).map((host) => [host, { ...before?.hosts[host], ...mapOf(own) }]),
          ),
        ),
      },
    });
    for (const [child, inner] of Object.entries(mapOf(children))) read(child, inner);
  };
  for (const [name, value] of Object.entries(mapOf(content))) read(name, value);
  return Object.fromEntries(groups);
}

const mapOf = (value: unknown): Variables => (isMap(value) ? value : {});

/** `web[01:03]` is three hosts; so is `db-[a:c]`. */
export function expandedHosts(pattern: string): string[] {
  const [, before = "", first, last, step = "1", after = ""] =
    /^(.*?)\[(\d+|[a-z]|[A-Z]):(\d+|[a-z]|[A-Z])(?::(\d+))?\](.*)$/.exec(pattern) ?? [];
  if (first === undefined || last === undefined) return [pattern];
  const isNumber = /^\d/.test(first);
  const [from, to] = isNumber
    ? [Number(first), Number(last)]
    : [first, last].map((one) => one.charCodeAt(0));
  const count = Math.floor(((to ?? 0) - (from ?? 0)) / Math.max(Number(step), 1)) + 1;
  // As many as anybody has; a slip of the pen would be millions.
  const numbers = Array.from(
    { length: Math.min(Math.max(count, 0), 1000) },
    (_none, at) => (from ?? 0) + at * Number(step),
  );
  return numbers
    .map((one) => (isNumber ? String(one).padStart(first.length, "0") : String.fromCharCode(one)))
    .flatMap((one) => expandedHosts(`${before}${one}${after}`));
}
