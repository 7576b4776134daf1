// pyinfra and Ansible, written as their users would (bench/), in a Python environment of the benchmark's own.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Reports } from "../../lab/engine/report.ts";
import { checkout } from "../../lab/paths.ts";
import type { TestMachine } from "../../tests/support/test-machine.ts";
import { PythonEnvironment } from "../python.ts";
import type { ToolName } from "./results.ts";
import { fleetFolder, labelsOf, mirrors } from "./tools.ts";
import type { Tool } from "./tools.ts";

const python = new PythonEnvironment(join("bench", "venv"), join("bench", "requirements.txt"));

export type RivalName = Exclude<ToolName, "dockertls">;

/** Those that can be installed here; of the others a line that says why not. */
export async function ensureRivals(
  names: readonly RivalName[],
  { say, progress }: Reports,
): Promise<{ tools: Tool[]; missing: string[] }> {
  if (names.length === 0) return { tools: [], missing: [] };
  progress("installing pyinfra and Ansible");
  const obstacle = await python.ensure();
  if (obstacle === undefined) return { tools: names.map((name) => rivals[name]()), missing: [] };
  say(obstacle);
  return { tools: [], missing: [`${names.join(" and ")}: ${obstacle}`] };
}

const phases = ["first", "unchanged", "reload"] as const;

const rivals: Readonly<Record<RivalName, () => Tool>> = {
  pyinfra: () => ({
    name: "pyinfra",
    title: `pyinfra ${python.versionOf("pyinfra")}`,
    phases,
    fleet(machines) {
      const { directory, close } = fleetFolder("pyinfra");
      const inventory = join(directory, "inventory.py");
      return Promise.resolve({
        configure: (turn) => writeFileSync(inventory, pyinfraInventory(machines, turn)),
        command: () => ({
          file: python.program("pyinfra"),
          args: ["--yes", inventory, "deploy.py"],
          directory: join(checkout, "bench", "pyinfra"),
          environment: { ...withoutAgent(), BENCH_PKI: join(directory, "pki") },
        }),
        close,
      });
    },
  }),
  ansible: () => ({
    name: "ansible",
    title: `ansible-core ${python.versionOf("ansible-core")}`,
    phases,
    fleet(machines) {
      const { directory, close } = fleetFolder("ansible");
      const inventory = join(directory, "inventory.json");
      return Promise.resolve({
        configure: (turn) => writeFileSync(inventory, ansibleInventory(machines, turn)),
        command: () => ({
          file: python.program("ansible-playbook"),
          args: ["-i", inventory, "-e", `pki=${join(directory, "pki")}`, "playbook.yml"],
          directory: join(checkout, "bench", "ansible"),
          environment: {
            ...withoutAgent(),
            ANSIBLE_HOME: directory,
            ANSIBLE_SSH_CONTROL_PATH_DIR: join(directory, "cp"),
          },
        }),
        close,
      });
    },
  }),
};

/** The key comes from the lab; an agent of whoever measures would be asked as well. */
function withoutAgent(): NodeJS.ProcessEnv {
  const { SSH_AUTH_SOCK: _, ...inherited } = process.env;
  return inherited;
}

/** JSON is Python here: there is neither a true nor a null in it. */
function pyinfraInventory(machines: readonly TestMachine[], turn: number): string {
  const hosts = machines.map(({ name, address, ssh }): [string, Record<string, string>] => [
    name,
    {
      ssh_hostname: address,
      ssh_user: "root",
      ssh_key: ssh.identityFile,
      ssh_known_hosts_file: ssh.knownHosts,
      ssh_strict_host_key_checking: "yes",
    },
  ]);
  const tuples = hosts.map((host) => `tuple(${JSON.stringify(host)})`).join(",\n  ");
  return `docker = ([\n  ${tuples}\n], ${JSON.stringify({ labels: labelsOf(turn), mirrors })})\n`;
}

function ansibleInventory(machines: readonly TestMachine[], turn: number): string {
  const hosts = machines.map(({ name, address, ssh }): [string, Record<string, string>] => [
    name,
    {
      ansible_host: address,
      ansible_user: "root",
      ansible_ssh_private_key_file: ssh.identityFile,
      ansible_ssh_common_args: `-o UserKnownHostsFile=${ssh.knownHosts} -o StrictHostKeyChecking=yes`,
    },
  ]);
  const vars = { labels: labelsOf(turn), mirrors };
  return JSON.stringify({ docker: { hosts: Object.fromEntries(hosts), vars } }, null, 2);
}
