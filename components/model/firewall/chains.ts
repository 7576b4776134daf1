// The rules that a new connection meets, whichever program they were read from, and where they end it.
import ipaddr from "ipaddr.js";

/** The first packet of a TCP connection, as it comes to the machine. */
export interface Packet {
  readonly source: string;
  readonly destination: string;
  /** By which it comes in; "" where that is not known. */
  readonly interfaceName: string;
  readonly port: number;
}

export interface Rule {
  /** Undefined where that can't be told: the rule counts as one that may match. */
  readonly matches: boolean | undefined;
  readonly verdict: "accept" | "drop" | "return" | Jump;
  /** How a person finds it there. */
  readonly name: string;
}

export interface Jump {
  readonly to: string;
  /** Whether the rules after it are left out. */
  readonly isGoto: boolean;
}

/** Where connections enter; the other chains are jumped to. */
export interface BaseChain {
  readonly name: string;
  readonly policy: "accept" | "drop";
  readonly chains: ReadonlyMap<string, readonly Rule[]>;
}

/** What ends the connection. */
export interface Closing {
  /** The chain in which it does. */
  readonly chain: string;
  /** Undefined where it is the policy. */
  readonly rule?: string;
  /** The chains that lead to that one, the base chain first. */
  readonly path: readonly string[];
  /** All chains that it came through until then. */
  readonly visited: readonly string[];
  /** Whether the rule matches for certain. */
  readonly isCertain: boolean;
}

/** Rules that are tried: a machine may send chains that never end. */
const stepLimit = 20_000;
const depthLimit = 16;

/** Undefined where the connection gets through. A rule that may accept it counts as one that does not. */
export function closingOf({ name, policy, chains }: BaseChain): Closing | undefined {
  const visited: string[] = [];
  const path: string[] = [];
  let steps = 0;
  let closing: Closing | undefined;
  const close = (chain: string, isCertain: boolean, rule?: string): void => {
    if (closing !== undefined && !isCertain) return;
    const where = { chain, path: [...path], visited: [...visited] };
    closing = { ...where, isCertain, ...(rule === undefined ? {} : { rule }) };
  };
  const walk = (chain: string, isCertain: boolean, depth: number): "accept" | "drop" | "next" => {
    visited.push(chain);
    path.push(chain);
    const end = rulesOf(chain, isCertain, depth);
    path.pop();
    return end;
  };
  const rulesOf = (
    chain: string,
    isCertain: boolean,
    depth: number,
  ): "accept" | "drop" | "next" => {
    for (const { matches, verdict, name: rule } of chains.get(chain) ?? []) {
      if (matches === false || steps++ > stepLimit) continue;
      const counts = isCertain && matches === true;
      if (typeof verdict === "object") {
        const end = depth < depthLimit ? walk(verdict.to, counts, depth + 1) : "next";
        if (counts && (end !== "next" || verdict.isGoto)) return end;
        continue;
      }
      if (verdict === "drop") close(chain, counts, rule);
      if (counts) return verdict === "return" ? "next" : verdict;
    }
    return "next";
  };
  if (walk(name, true, 0) === "next" && policy === "drop") close(name, true);
  return closing;
}

/** Whether an address lies in a network, `192.0.2.0/24` or one address. Undefined where that can't be read. */
export function isWithin(address: string, network: string): boolean | undefined {
  const [base = "", bits] = network.split("/");
  if (!ipaddr.isValid(base) || !ipaddr.isValid(address)) return undefined;
  const [one, other] = [ipaddr.parse(address), ipaddr.parse(base)];
  if (one.kind() !== other.kind()) return false;
  const length = bits === undefined ? other.toByteArray().length * 8 : Number(bits);
  return Number.isInteger(length) && length >= 0 && length <= other.toByteArray().length * 8
    ? one.match(other, length)
    : undefined;
}

/** Interfaces by name; a sign at the end stands for all that begin so. */
export function isInterface(found: string, named: string, sign: string): boolean | undefined {
  if (found === "") return undefined;
  return named.endsWith(sign) ? found.startsWith(named.slice(0, -1)) : found === named;
}

/** All must hold; one that can't be told leaves it open. */
export function allOf(conditions: readonly (boolean | undefined)[]): boolean | undefined {
  if (conditions.includes(false)) return false;
  return conditions.includes(undefined) ? undefined : true;
}
