// Which firewall of a machine closes a port to this one, and the command that opens it: to this machine alone.
import { oneLine, type Problem } from "../problem.ts";
import { closingOf, type Closing, type Packet } from "./chains.ts";
import type { FirewallFacts } from "./firewall-facts.ts";
import { inputOfIptables } from "./iptables.ts";
import { entriesOfNftables, familyOf } from "./nftables.ts";

/** Where a connection is ended: a chain of iptables, or of a table of nftables. */
interface Found extends Closing {
  readonly table?: { readonly family: string; readonly name: string };
}

/** A name that may stand in a command line as it is. */
const isPlain = (name: string): boolean => /^[A-Za-z][\w.-]{0,63}$/.test(name);

/**
 * Undefined where the machine did not say enough to tell.
 * @param code what became of a connection to the port.
 */
export function closedPort(
  facts: FirewallFacts | undefined,
  port: number,
  code: string,
): Pick<Problem, "why" | "fix"> | undefined {
  if (facts?.source === undefined) return undefined;
  const packet: Packet = { ...facts, source: facts.source, port };
  const found = closingIn(facts, packet);
  if (found === undefined) return undefined;
  if (typeof found === "string") {
    // That comes from the machine itself: those in between are silent, as a rule.
    if (code === "ECONNREFUSED") return undefined;
    return {
      why: `no rule of ${found} on the machine closes the port, so a firewall in between may`,
      fix: `let ${packet.source} through to port ${String(port)} there, such as in the cloud's security group`,
    };
  }
  const remedy = remedyFor(found, packet);
  return found.isCertain || remedy === undefined ? remedy : doubtful(remedy);
}

const doubtful = ({ why, fix }: Pick<Problem, "why" | "fix">): Pick<Problem, "why" | "fix"> => ({
  why: why.replace(" closes the port", " may close the port"),
  fix: `${fix}; if that changes nothing, a firewall in between closes it`,
});

/**
 * The first that closes it for certain, or else the first that may; the programs whose rules were read, where none does.
 */
function closingIn(facts: FirewallFacts, packet: Packet): Found | string | undefined {
  const input = inputOfIptables(facts.iptables, packet);
  const entries = entriesOfNftables(facts.nftables, packet);
  if (input === undefined && entries === undefined) return undefined;
  const tables = entries ?? [];
  const closings = [
    ...(input === undefined ? [] : [{ chain: input, table: undefined }]),
    ...tables
      // Those of iptables bear conditions of its own, which nft does not name.
      .filter(
        ({ family, table, name }) =>
          input === undefined || family === "inet" || table !== "filter" || name !== "INPUT",
      )
      .map((chain) => ({ chain, table: { family: chain.family, name: chain.table } })),
  ].flatMap(({ chain, table }): Found[] => {
    const closing = closingOf(chain);
    return closing === undefined ? [] : [{ ...closing, ...(table === undefined ? {} : { table }) }];
  });
  const read = [
    ...(input === undefined ? [] : ["iptables"]),
    ...(entries === undefined ? [] : ["nftables"]),
  ];
  return closings.find(({ isCertain }) => isCertain) ?? closings[0] ?? read.join(" or ");
}

function remedyFor(found: Found, packet: Packet): Pick<Problem, "why" | "fix"> | undefined {
  const { source } = packet;
  const port = String(packet.port);
  const [base = ""] = found.visited;
  if (isOfUfw(found)) {
    // A rule that is added comes after those that are there.
    const add = /^ufw6?-user-/.test(found.chain) ? "prepend allow" : "allow";
    return {
      why: "ufw on the machine closes the port",
      fix: `run \`ufw ${add} from ${source} to any port ${port} proto tcp\` there`,
    };
  }
  const zone = zoneOf(found);
  if (zone !== undefined) {
    const family = familyOf(packet) === "ip" ? "ipv4" : "ipv6";
    // Those without a priority come after what denies.
    const priority = found.chain.endsWith("_deny") ? ' priority="-1"' : "";
    const rule = `rule${priority} family="${family}" source address="${source}" port port="${port}" protocol="tcp" accept`;
    return {
      why: `firewalld on the machine closes the port in zone ${zone}`,
      fix: `run \`firewall-cmd --zone=${zone} --add-rich-rule='${rule}'\` there, and again with --permanent`,
    };
  }
  const kept = "and add it to the rules that are loaded at boot";
  if (found.table === undefined) {
    const program = familyOf(packet) === "ip" ? "iptables" : "ip6tables";
    const rule = found.rule ?? `-P ${base} DROP`;
    return {
      why: `${program} on the machine closes the port (\`${oneLine(rule, 120)}\`)`,
      fix: `run \`${program} -I ${base} -s ${source} -p tcp --dport ${port} -j ACCEPT\` there, ${kept}`,
    };
  }
  const { family, name } = found.table;
  if (![name, base, found.chain].every(isPlain)) return undefined;
  return {
    why: `nftables on the machine closes the port (${family} ${name} ${found.chain}, ${found.rule ?? "by its policy"})`,
    fix: `run \`nft insert rule ${family} ${name} ${base} ${familyOf(packet)} saddr ${source} tcp dport ${port} accept\` there, ${kept}`,
  };
}

/** Its chains, or the policy that it sets for INPUT. */
function isOfUfw({ chain, rule, visited }: Found): boolean {
  return (rule === undefined ? visited : [chain]).some((name) => /^ufw6?-/.test(name));
}

/** The zone of firewalld that a connection comes through, by the name of its chain. */
function zoneOf({ path, visited, table }: Found): string | undefined {
  if (table !== undefined && table.name !== "firewalld") return undefined;
  // What no zone lets in ends behind them all.
  const zones = [...path, ...visited].flatMap(
    (name) => /^(?:filter_)?IN_(.+)$/.exec(name)?.slice(1) ?? [],
  );
  // Its policies have such a chain as well.
  return zones.find((zone) => isPlain(zone) && !zone.startsWith("policy_"));
}
