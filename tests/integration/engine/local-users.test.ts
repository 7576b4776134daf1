// What another user of machine A gets of a lab machine on it: nothing. Root there is as good as root here.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { imageIn } from "../../../lab/machines/image.ts";
import { labNamed } from "../../../lab/machines/labs.ts";
import { machinePaths, systemDirectory } from "../../../lab/machines/paths.ts";
import { asRoot } from "../../../lab/machines/root.ts";
import { testLab } from "../../support/test-lab.ts";
import { bootMilliseconds, TestMachine } from "../../support/test-machine.ts";

const machine = new TestMachine("t1");

const nobody = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"];

async function asNobody(...command: string[]): Promise<string> {
  const { stdout, stderr } = await asRoot([...nobody, ...command], { check: false });
  return stdout + stderr;
}

beforeAll(() => machine.pristine(), bootMilliseconds);

test("nobody can look into the lab's directory, or run a setuid program of a machine's", async () => {
  const { upper, directory } = machinePaths(testLab, machine.name);
  const sudo = join(imageIn(join(directory, "image")), "usr", "bin", "sudo");
  expect((await asRoot(["stat", "-c", "%A", sudo])).stdout).toMatch(/^-rws/);

  for (const path of [`${systemDirectory}/.`, upper, sudo]) {
    expect(await asNobody("stat", path)).toContain("Permission denied");
  }
  // By a shell: setpriv itself may still do what root may.
  expect(await asNobody("sh", "-c", `exec ${sudo} --version`)).toContain("Permission denied");
});

// proves: lab.other-users
test("nobody can connect to a machine, by any port; whoever runs the lab can", async () => {
  const connect = (port: number): string[] => [
    ...["timeout", "10", "bash", "-c"],
    `exec 3<> /dev/tcp/${machine.address}/${String(port)}`,
  ];
  await machine.sh("systemd-run --unit=open-door busybox httpd -f -p 2375 -h /opt/lab");
  await machine.waitFor("a listener on 2375", 20, "ss -Hltn 'sport = :2375' | grep -q .");

  for (const port of [22, 2375]) {
    expect((await asRoot(connect(port), { check: false })).exitCode).toBe(0);
    expect(await asNobody(...connect(port))).toContain("Permission denied");
  }
});

test("the bridge has no IPv6 address, by which the rules would not count", () => {
  const { bridge } = labNamed(testLab);
  expect(readFileSync("/proc/net/if_inet6", "utf8")).not.toMatch(new RegExp(`\\b${bridge}$`, "m"));
});

test("no user of this machine is the one that logs in to a machine and may use sudo there", async () => {
  const [, , uid = ""] = (await machine.sh("getent passwd ops")).split(":");
  const { exitCode } = await asRoot(["getent", "passwd", uid], { check: false });
  expect(Number(uid)).toBeGreaterThan(60000);
  expect(exitCode).not.toBe(0);
});
