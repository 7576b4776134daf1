import type { MachineFacts } from "../observed/facts.ts";
import type { EndpointProbe } from "../observed/endpoint-probe.ts";
import type { FirewallFacts } from "../firewall/firewall-facts.ts";
import type { Baseline } from "../desired/baseline.ts";

/** Everything that one look found out about a machine: on it, from here, and what it brings along. */
export interface Observation {
  readonly facts: MachineFacts;
  readonly endpointProbe: EndpointProbe;
  readonly baseline: Baseline;
  /** Asked for where that port is closed to this machine. */
  readonly firewall?: FirewallFacts | undefined;
}
