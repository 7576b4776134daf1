// A lab's network, in a network namespace of its own: who can reach a machine on it, and what is left.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { checkout } from "../../lab/paths.ts";

const script = join(checkout, "lab", "machines", "network.sh");
const limit = 60_000;

/** Runs a shell script where nothing of this machine's network is; undefined where that is not possible. */
function isolated(text: string): string | undefined {
  const own = ["--net", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child"];
  const run = (command: string[]) =>
    spawnSync("unshare", [...own, ...command], {
      encoding: "utf8",
      timeout: 45_000,
      env: { ...process.env, PATH: `${process.env["PATH"] ?? ""}:/usr/sbin:/sbin` },
    });
  if (run(["sh", "-c", "command -v ip setpriv bash"]).status !== 0) {
    console.log("skipped: it takes root, network namespaces, iproute2, setpriv and bash");
    return undefined;
  }
  const { stdout, stderr } = run(["sh", "-euc", text, "sh", script]);
  return stdout + stderr;
}

const prepared = `
network=$1
mount -t sysfs sysfs /sys
ip link set lo up
up() { sh "$network" up dtls-x 10.231.99.1/24 10.231.99.0/24 "$1"; }
`;

test(
  "root and whoever runs the lab reach a machine; nobody else does, not even by another network's rules",
  () => {
    const output = isolated(`${prepared}
up 4242
unshare --net sleep 60 &
machine=$!
until [ "$(readlink /proc/$machine/ns/net)" != "$(readlink /proc/self/ns/net)" ]; do sleep 0.1; done
ip link add v0 type veth peer name v1
ip link set v0 master dtls-x up
ip link set v1 netns $machine
nsenter --target $machine --net sh -c 'ip address add 10.231.99.11/24 dev v1; ip link set v1 up'
# As a VPN does, for all that this machine sends.
ip rule add priority 32764 lookup main
connect() {
  setpriv --reuid "$1" --regid "$1" --clear-groups \\
    timeout 5 bash -c 'exec 3<> /dev/tcp/10.231.99.11/22' 2>&1 | sed -n "s/.*connect: /$1: /p"
}
# Nothing listens there: refused is who got that far.
connect 0; connect 4242; connect 65534; connect 1000
# Run by another user from now on.
up 1000
connect 0; connect 4242; connect 1000
`);
    if (output === undefined) return;
    expect(output.trim().split("\n")).toEqual([
      "0: Connection refused",
      "4242: Connection refused",
      "65534: Permission denied",
      "1000: Permission denied",
      "0: Connection refused",
      "4242: Permission denied",
      "1000: Connection refused",
    ]);
  },
  limit,
);

test(
  "it comes up twice and at once, has no IPv6, and down leaves nothing of it and all of another lab's",
  () => {
    const output = isolated(`${prepared}
before=$(ip rule show)
sh "$network" up dtls-y 10.231.9.1/24 10.231.9.0/24 0
other=$(ip rule show)
up 0; up 0
for run in 1 2 3; do up 4242 2> /dev/null & done
wait
ip rule show | grep -c 10.231.99.0
ip -6 address show dev dtls-x
sh "$network" down dtls-x 10.231.99.0/24
sh "$network" down dtls-x 10.231.99.0/24
[ "$(ip rule show)" = "$other" ] || ip rule show
ip route show | grep 10.231.99 || true
sh "$network" down dtls-y 10.231.9.0/24
[ "$(ip rule show)" = "$before" ] || ip rule show
ip route show
`);
    if (output === undefined) return;
    expect(output).toBe("3\n");
  },
  limit,
);
