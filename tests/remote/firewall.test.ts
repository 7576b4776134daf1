// firewall.sh: the rules that a new connection meets, and where this one comes from; it changes nothing.
import { usedMachine } from "../support/killed-runs.ts";
import type { ScratchMachine } from "../support/scratch-machine.ts";

let machine: ScratchMachine;
beforeEach(() => {
  machine = usedMachine();
  program("ip", 'echo "$5 via 192.0.2.254 dev eth0 src 192.0.2.10 uid 0"');
  for (const name of ["iptables", "ip6tables", "nft"]) program(name, 'echo "${0##*/} $*"');
});
afterEach(() => machine.destroy());

function program(name: string, text: string): void {
  machine.write(`/usr/sbin/${name}`, `#!/bin/sh\n${text}\n`, 0o755);
}

/** What sudo's own environment holds, and that of the login's shell. */
function comesFrom(connection: string): void {
  machine.write(
    `/proc/${String(process.pid)}/environ`,
    `SHELL=/bin/sh\0SSH_CONNECTION=${connection}\0SUDO=x\0`,
  );
}

test.each([["dash"], ["bash", "--norc", "--posix"]])(
  "the connection, its way in and the rules, by %s",
  async (...shell) => {
    comesFrom("192.0.2.1 40001 192.0.2.10 22");
    const before = machine.snapshot();
    expect(await machine.firewall(shell)).toEqual({
      source: "192.0.2.1",
      destination: "192.0.2.10",
      interface: "eth0",
      iptables: "iptables -w 3 -S\n",
      nftables: "nft -j -t list ruleset\n",
    });
    expect(machine.snapshot()).toEqual(before);
  },
);

test("one over IPv6 meets the rules of IPv6", async () => {
  comesFrom("2001:db8::1 40001 2001:db8::10 22");
  expect(await machine.firewall()).toMatchObject({
    source: "2001:db8::1",
    iptables: "ip6tables -w 3 -S\n",
  });
});

test("a machine with none of the programs, which does not say where the login comes from", async () => {
  for (const name of ["ip", "iptables", "nft"]) program(name, "exit 127");
  expect(await machine.firewall()).toEqual({
    ...{ source: "", destination: "", iptables: "", nftables: "" },
  });
});
