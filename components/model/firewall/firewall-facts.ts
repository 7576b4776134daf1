import ipaddr from "ipaddr.js";
import { parseAnswer } from "../envelope.ts";

/** What remote/firewall.sh printed of a machine's firewalls, and of the connection that it came by. */
export interface FirewallFacts {
  /** The address of this machine as that one sees it; undefined where it does not say. */
  readonly source: string | undefined;
  /** Its own address on that connection. */
  readonly destination: string;
  /** By which it came in; "" where it does not say. */
  readonly interfaceName: string;
  /** As `iptables -S` prints them, or ip6tables; "" where there are none. */
  readonly iptables: string;
  /** As `nft -j list ruleset` prints them; "" where there are none. */
  readonly nftables: string;
}

/** Bytes of rules that remote/firewall.sh prints at most. */
const rulesLimit = 2_097_152;

/** The name of an interface, which stands behind an address that counts on that one alone, is left out. */
function addressIn(text: string): string | undefined {
  const address = text.replace(/%.*$/, "");
  return ipaddr.isValid(address) ? ipaddr.process(address).toString() : undefined;
}

/** Undefined when the answer was cut short. A machine may send anything. */
export function readFirewall(answer: string, boundary: string): FirewallFacts | undefined {
  const values = parseAnswer(answer, boundary);
  if (values === undefined) return undefined;
  const text = (name: string): string => {
    const value = values.get(name) ?? "";
    // What was cut off might open the port.
    return value.length < rulesLimit ? value.trim() : "";
  };
  const [source, destination = ""] = ["source", "destination"].map((name) => addressIn(text(name)));
  return {
    source,
    destination,
    interfaceName: text("interface"),
    iptables: text("iptables"),
    nftables: text("nftables"),
  };
}
