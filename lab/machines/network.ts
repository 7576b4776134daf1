// One bridge per lab, with this machine on it and no way out: no NAT, no forwarding, no gateway. On this
// machine only root and whoever runs the lab can reach it.
import { join } from "node:path";
import type { Lab } from "./labs.ts";
import { hostAddressOf, subnetOf } from "./labs.ts";
import { asRoot } from "./root.ts";

const script = join(import.meta.dirname, "network.sh");

export async function bridgeUp(lab: Lab): Promise<void> {
  const user = String(process.getuid?.() ?? 0);
  const address = `${hostAddressOf(lab)}/24`;
  await asRoot(["sh", script, "up", lab.bridge, address, subnetOf(lab), user], {
    label: `network of lab ${lab.name}`,
  });
}

export async function bridgeDown(lab: Lab): Promise<void> {
  await asRoot(["sh", script, "down", lab.bridge, subnetOf(lab)], {
    label: `network of lab ${lab.name}`,
  });
}
