// One bridge per lab, with this machine on it and no way out: no NAT, no forwarding, no gateway.
import type { Lab } from "./labs.ts";
import { hostAddressOf, subnetOf } from "./labs.ts";
import { scriptAsRoot } from "./root.ts";

// While the bridge is down its own route is gone, and packets for the lab would leave by the default
// route, to whoever has that address out there. This route catches them; the bridge's is better.
const lastResortMetric = "4278198272";

export async function bridgeUp(lab: Lab): Promise<void> {
  await scriptAsRoot(
    `bridge=$1 address=$2 subnet=$3 metric=$4
     ip route replace blackhole "$subnet" metric "$metric"
     [ -d "/sys/class/net/$bridge" ] || ip link add "$bridge" type bridge
     ip address replace "$address" dev "$bridge"
     ip link set "$bridge" up`,
    [lab.bridge, `${hostAddressOf(lab)}/24`, subnetOf(lab), lastResortMetric],
  );
}

export async function bridgeDown(lab: Lab): Promise<void> {
  await scriptAsRoot(
    `bridge=$1 subnet=$2
     [ ! -d "/sys/class/net/$bridge" ] || ip link delete "$bridge"
     ip route delete blackhole "$subnet" 2>/dev/null || true`,
    [lab.bridge, subnetOf(lab)],
  );
}
