import { readFirewall, type FirewallFacts } from "../components/model/firewall/firewall-facts.ts";
import { ask, type LookArgs } from "./look.ts";

/**
 * The firewalls of a machine that keeps a port closed. Changes nothing. Undefined where it does not say: what is told of
 * the port then has to do without.
 */
export async function askFirewall(
  args: Pick<LookArgs, "host" | "connection" | "sudo">,
): Promise<FirewallFacts | undefined> {
  try {
    return await ask("firewall", {}, args, readFirewall);
  } catch {
    return undefined;
  }
}
