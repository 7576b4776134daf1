import { isDeep } from "../daemon-json/json-text.ts";
import { inside, word } from "../json-value.ts";
import { allOf, isInterface, isWithin, type BaseChain, type Packet, type Rule } from "./chains.ts";

/** A base chain, and the table that it is in. */
export interface TableChain extends BaseChain {
  readonly family: string;
  readonly table: string;
}

/** Base chains that are walked through: a machine may send any number. */
const entryLimit = 50;

/**
 * The chains that a connection to the machine itself meets, in their order, of what `nft -j list ruleset` prints
 * (libnftables-json(5)); undefined where that is no such text.
 */
export function entriesOfNftables(text: string, packet: Packet): TableChain[] | undefined {
  const objects = inside(parsed(text), "nftables");
  if (!Array.isArray(objects)) return undefined;
  const tables = new Map<string, Map<string, Rule[]>>();
  const entries: (TableChain & { readonly order: number })[] = [];
  const families = ["inet", familyOf(packet)];
  for (const object of objects as unknown[]) {
    const [kind = "", value] = Object.entries(Object(object) as object)[0] ?? [];
    const family = word(inside(value, "family")) ?? "";
    const table = word(inside(value, "table")) ?? "";
    const chains = tables.get(`${family} ${table}`) ?? new Map<string, Rule[]>();
    tables.set(`${family} ${table}`, chains);
    const name = word(inside(value, kind === "rule" ? "chain" : "name")) ?? "";
    if (kind === "rule") {
      const known = chains.get(name);
      const found = readRules(value, packet);
      if (known === undefined) chains.set(name, found);
      else known.push(...found);
    }
    if (kind !== "chain" || !families.includes(family)) continue;
    const hook = inside(value, "hook");
    if (hook !== "input" && hook !== "prerouting") continue;
    const policy = inside(value, "policy") === "drop" ? "drop" : "accept";
    const order = (hook === "input" ? 1e9 : 0) + Number(inside(value, "prio") ?? 0);
    entries.push({ name, policy, chains, family, table, order });
  }
  return entries.sort((one, other) => one.order - other.order).slice(0, entryLimit);
}

export const familyOf = ({ source }: Pick<Packet, "source">): "ip" | "ip6" =>
  source.includes(":") ? "ip6" : "ip";

function parsed(text: string): unknown {
  if (isDeep(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A rule's statements: conditions first, then what becomes of the packet; a map gives a verdict for each value. */
function readRules(rule: unknown, packet: Packet): Rule[] {
  const statements = inside(rule, "expr");
  const handle = Number(inside(rule, "handle"));
  const name = `handle ${String(handle)}`;
  const conditions: (boolean | undefined)[] = [];
  for (const statement of Array.isArray(statements) ? (statements as unknown[]) : []) {
    const [kind = "", value] = Object.entries(Object(statement) as object)[0] ?? [];
    if (kind === "match") conditions.push(matchOf(value, packet));
    // A set or a meter may bear a limit for each of its elements.
    else if (["limit", "xt", "quota", "connlimit", "ct count", "meter", "set"].includes(kind)) {
      conditions.push(undefined);
    } else if (kind === "vmap") {
      return mappedVerdicts(value, packet).map(({ matches, verdict }) => ({
        ...{ matches: allOf([...conditions, matches]), verdict, name },
      }));
    } else {
      const verdict = verdictOf(kind, value);
      if (verdict !== undefined) return [{ matches: allOf(conditions), verdict, name }];
    }
  }
  return [];
}

function verdictOf(kind: string, value: unknown): Rule["verdict"] | undefined {
  if (kind === "accept" || kind === "return" || kind === "drop") return kind;
  if (kind === "reject") return "drop";
  const target = word(inside(value, "target"));
  return (kind === "jump" || kind === "goto") && target !== undefined
    ? { to: target, isGoto: kind === "goto" }
    : undefined;
}

function mappedVerdicts(vmap: unknown, packet: Packet): Omit<Rule, "name">[] {
  const left = inside(vmap, "key");
  const elements = inside(inside(vmap, "data"), "set");
  return (Array.isArray(elements) ? (elements as unknown[]) : []).flatMap((element) => {
    const [value, given] = Array.isArray(element) ? (element as unknown[]) : [];
    const [kind = "", target] = Object.entries(Object(given) as object)[0] ?? [];
    const verdict = verdictOf(kind, target);
    return verdict === undefined ? [] : [{ matches: isOneOf(left, value, packet), verdict }];
  });
}

const otherProtocols = ["udp", "udplite", "icmp", "icmpv6", "igmp", "sctp", "dccp", "esp", "ah"];

function matchOf(match: unknown, packet: Packet): boolean | undefined {
  const left = inside(match, "left");
  if (isOfAnother(left, packet)) return false;
  const right = inside(match, "right");
  const holds = flagsMatch(left, right) ?? isOneOf(left, right, packet);
  const operator = inside(match, "op");
  if (operator === "==" || operator === "in") return holds;
  return operator === "!=" && holds !== undefined ? !holds : undefined;
}

/** Whether flags that are looked at are those of the first packet, SYN alone; undefined where it is not about them. */
function flagsMatch(left: unknown, right: unknown): boolean | undefined {
  const [flags, mask] = listIn(inside(left, "&"));
  if (inside(inside(flags, "payload"), "field") !== "flags") return undefined;
  const set = flagNames(right).sort().join();
  return set === (flagNames(mask).includes("syn") ? "syn" : "");
}

const listIn = (value: unknown): unknown[] => (Array.isArray(value) ? (value as unknown[]) : []);

/** `syn`, a list, or `{ "|": … }`, however deep; 0 has none. */
const flagNames = (value: unknown): string[] =>
  typeof value === "string"
    ? [value]
    : listIn(Array.isArray(value) ? value : inside(value, "|")).flatMap(flagNames);

/** A part of a packet that one of TCP, or of this family, does not have: nothing matches then, its opposite neither. */
function isOfAnother(left: unknown, packet: Packet): boolean {
  const protocol = String(inside(inside(left, "payload"), "protocol"));
  const otherFamily = familyOf(packet) === "ip" ? "ip6" : "ip";
  return protocol === otherFamily || otherProtocols.includes(protocol);
}

/** Whether what `left` names of the packet is `right`, or among it. */
function isOneOf(left: unknown, right: unknown, packet: Packet): boolean | undefined {
  const set = Array.isArray(right) ? (right as unknown[]) : inside(right, "set");
  if (Array.isArray(set)) {
    const found = set.map((one) => isOneOf(left, one, packet));
    return found.includes(true) ? true : found.includes(undefined) ? undefined : false;
  }
  if (isOfAnother(left, packet)) return false;
  const field = inside(inside(left, "payload"), "field");
  if (field === "saddr") return isAmong(packet.source, right);
  if (field === "daddr") return isAmong(packet.destination, right);
  if (field === "protocol" || field === "nexthdr") return ["tcp", 6].includes(right as string);
  if (field === "dport") return isInRange(packet.port, right);
  const key = inside(inside(left, "meta"), "key");
  if (key === "l4proto") return ["tcp", 6].includes(right as string);
  if (key === "nfproto") return right === (familyOf(packet) === "ip" ? "ipv4" : "ipv6");
  if (key === "iifname" || key === "iif") {
    return typeof right === "string" ? isInterface(packet.interfaceName, right, "*") : undefined;
  }
  if (inside(inside(left, "ct"), "key") === "state") return right === "new";
  const fib = inside(left, "fib");
  return inside(fib, "result") === "type" && String(inside(fib, "flags")) === "daddr"
    ? right === "local"
    : undefined;
}

/** `@NAME` is a set whose elements are not listed. */
function isAmong(address: string, right: unknown): boolean | undefined {
  if (typeof right === "string") return isWithin(address, right);
  const network = word(inside(inside(right, "prefix"), "addr"));
  return network === undefined
    ? undefined
    : isWithin(address, `${network}/${String(inside(inside(right, "prefix"), "len"))}`);
}

function isInRange(port: number, right: unknown): boolean | undefined {
  if (typeof right === "number") return port === right;
  const range = inside(right, "range");
  if (!Array.isArray(range)) return undefined;
  const [first, last] = (range as unknown[]).map(Number);
  return first !== undefined && last !== undefined ? port >= first && port <= last : undefined;
}
