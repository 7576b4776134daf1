// What every tool leaves on a machine after its first run: figures of tools that do different things can't
// be compared.
import type { TestMachine } from "../../tests/support/test-machine.ts";
import { inGroups } from "./machines.ts";
import { mirrors } from "./tools.ts";

const daemonJson = {
  hosts: ["tcp://0.0.0.0:2376", "fd://"],
  "live-restore": true,
  "registry-mirrors": mirrors,
  tls: true,
  tlscacert: "/opt/docker-ssl/ca.pem",
  tlscert: "/opt/docker-ssl/cert.pem",
  tlskey: "/opt/docker-ssl/key.pem",
  tlsverify: true,
};

const files = "ca.pem 444 root\ncert.pem 444 root\nkey.pem 400 root";

/** @throws Error where a machine is not as it must be, with how it is. */
export async function checkEndState(machines: readonly TestMachine[]): Promise<void> {
  await inGroups(machines, async (machine) => {
    const found: unknown = JSON.parse(await machine.sh("cat /etc/docker/daemon.json"));
    compare(
      machine,
      "daemon.json",
      JSON.stringify(sorted(found)),
      JSON.stringify(sorted(daemonJson)),
    );
    const listed = await machine.sh("cd /opt/docker-ssl && stat -c '%n %a %U' *.pem");
    compare(machine, "/opt/docker-ssl", listed, files);
    const flags = await machine.sh(
      "tr '\\0' '\\n' </proc/$(pidof dockerd)/cmdline | grep -c -e ^-H || true",
    );
    compare(machine, "flags -H of dockerd", flags, "0");
  });
}

function compare(machine: TestMachine, what: string, found: string, wanted: string): void {
  if (found === wanted) return;
  throw new Error(`bench: ${machine.name}: ${what}: is ${found}; another tool leaves ${wanted}`);
}

const sorted = (value: unknown): [string, unknown][] =>
  Object.entries(value ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
