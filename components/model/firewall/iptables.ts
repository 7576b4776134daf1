import { allOf, isInterface, isWithin, type BaseChain, type Packet, type Rule } from "./chains.ts";

/** The chain INPUT of what `iptables -S` prints; undefined where it prints none. */
export function inputOfIptables(text: string, packet: Packet): BaseChain | undefined {
  const [, policy] = /^-P INPUT (ACCEPT|DROP)$/m.exec(text) ?? [];
  if (policy === undefined) return undefined;
  const chains = new Map<string, Rule[]>();
  for (const line of text.split("\n")) {
    const [command, chain = "", ...words] = wordsOf(line);
    const rule = command === "-A" ? readRule(words, line.trim(), packet) : undefined;
    if (rule === undefined) continue;
    const known = chains.get(chain);
    if (known === undefined) chains.set(chain, [rule]);
    else known.push(rule);
  }
  return { name: "INPUT", policy: policy === "DROP" ? "drop" : "accept", chains };
}

const wordsOf = (line: string): string[] =>
  [...line.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? "");

const verdicts: Readonly<Record<string, Rule["verdict"]>> = {
  ACCEPT: "accept",
  DROP: "drop",
  REJECT: "drop",
  RETURN: "return",
};

/**
 * Undefined for a rule that decides nothing. A target that is none of these is a chain, or an extension such as LOG: a
 * chain without rules, after which the next rule comes.
 */
function readRule(words: readonly string[], name: string, packet: Packet): Rule | undefined {
  const conditions: (boolean | undefined)[] = [];
  let verdict: Rule["verdict"] | undefined;
  let isNot = false;
  for (let at = 0; at < words.length; at++) {
    const option = words[at] ?? "";
    if (option === "!") {
      isNot = true;
      continue;
    }
    const taken = valuesOf(words, at);
    at += taken.length;
    const [value = ""] = taken;
    if (option === "-j" || option === "-g") {
      verdict = verdicts[value] ?? { to: value, isGoto: option === "-g" };
      // What follows is no condition any more, such as a text that is logged.
      break;
    }
    if (option !== "-m") {
      const holds =
        option === "--tcp-flags" ? isFirstOf(taken) : conditionOf(option, value, packet);
      conditions.push(isNot && holds !== undefined ? !holds : holds);
    }
    isNot = false;
  }
  return verdict === undefined ? undefined : { matches: allOf(conditions), verdict, name };
}

/** The words after an option, up to the next one. */
function valuesOf(words: readonly string[], at: number): string[] {
  const rest = words.slice(at + 1);
  const next = rest.findIndex((word) => word === "!" || word.startsWith("-"));
  return next < 0 ? rest : rest.slice(0, next);
}

/** Whether flags to look at, and those of them that must be set, are such as the first packet has: SYN alone. */
function isFirstOf([mask = "", set = ""]: readonly string[]): boolean {
  return set === (mask === "ALL" || mask.split(",").includes("SYN") ? "SYN" : "NONE");
}

/** The options of iptables(8) and of the extensions that firewalls use for a way in. */
function conditionOf(option: string, value: string, packet: Packet): boolean | undefined {
  switch (option) {
    case "-s":
      return isWithin(packet.source, value);
    case "-d":
      return isWithin(packet.destination, value);
    case "-i":
      return isInterface(packet.interfaceName, value, "+");
    case "-p":
      return ["tcp", "6", "all"].includes(value);
    case "--dport":
    case "--dports":
      return value.split(",").some((ports) => {
        const [first, last = first] = ports.split(":").map(Number);
        return first !== undefined && last !== undefined
          ? packet.port >= first && packet.port <= last
          : false;
      });
    case "--ctstate":
    case "--state":
      return value.split(",").includes("NEW");
    case "--dst-type":
      return value === "LOCAL";
    case "--comment":
      return true;
    default:
      return undefined;
  }
}
