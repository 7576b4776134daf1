// npm run doctor against a real machine: each thing that can be wrong is named at its own step, and
// nothing on the machine is changed by looking.
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { execa } from "execa";
import { checkout } from "../../../lab/paths.ts";
import { closeStacks, saidOf, StackRun } from "../../support/stack-run.ts";
import { bootMilliseconds, TestMachine } from "../../support/test-machine.ts";

const machine = new TestMachine("t1");
const settings = { hosts: { t1: machine.host() } };
let stack: StackRun;

beforeAll(async () => {
  await machine.pristine();
  stack = await StackRun.create(settings);
}, bootMilliseconds);

afterAll(closeStacks);

interface Step {
  readonly name: string;
  readonly outcome: string;
  readonly says: string;
}

interface Examination {
  readonly exitCode: number | undefined;
  readonly here: readonly Step[];
  /** Steps of the way to t1. */
  readonly way: readonly Step[];
}

async function examine(): Promise<Examination> {
  const run = await doctor("--json", "t1");
  const [here, way] = JSON.parse(run.stdout) as { steps: Step[] }[];
  return { exitCode: run.exitCode, here: here?.steps ?? [], way: way?.steps ?? [] };
}

/** As a person runs it, in the environment of the stack's own engine. */
async function doctor(
  ...args: string[]
): Promise<{ exitCode: number | undefined; stdout: string }> {
  const run = await execa(
    process.execPath,
    [join(checkout, "scripts", "run.mjs"), "doctor", "--stack", "test", ...args],
    { cwd: checkout, env: stack.environment, extendEnv: false, reject: false },
  );
  return { exitCode: run.exitCode, stdout: run.stdout };
}

const failed = ({ way }: Examination): Step[] => way.filter(({ outcome }) => outcome === "FAIL");

/** The way ends at this step, with this line. */
async function expectFailure(name: string, line: RegExp): Promise<void> {
  const seen = await examine();
  expect(seen.exitCode).toBe(1);
  expect(failed(seen)).toEqual([
    { name, outcome: "FAIL", says: expect.stringMatching(line) as string },
  ]);
  expect(seen.way.at(-1)?.name).toBe(name);
}

test("a machine before its first up is sound, and its port not open yet", async () => {
  const before = await machine.files();

  const { exitCode, way } = await examine();

  expect(exitCode).toBe(0);
  expect(way.map(({ name, outcome }) => `${outcome} ${name}`)).toEqual([
    ...["ok name", "ok route", "ok ssh", "ok host key", "ok login", "ok root", "ok systemd"],
    ...["ok docker", "ok dockerd", "ok daemon.json", "note owner", "ok clock", "note port 2376"],
  ]);
  expect(await machine.files()).toBe(before);
});

describe("a firewall of the machine that closes the port to come", () => {
  // Firewalls that keep silent cost every one of these runs its patience; drift-report.test.ts has one.
  beforeAll(() =>
    machine.sh(
      "iptables -A INPUT -p tcp --dport 2376 -j REJECT --reject-with icmp-admin-prohibited",
    ),
  );

  /** As an operator does what a line says. */
  async function follow(line: string): Promise<void> {
    const [, command = "false"] = /; run `([^`]+)` there/.exec(line) ?? [];
    await machine.sh(command);
  }

  // proves: firewall.named-before
  test("is named with its rule by a preview and by the doctor, before anything is done", async () => {
    const preview = await stack.preview();
    expect(preview.exitCode).toBe(0);
    expect(saidOf("t1", preview)).toMatch(
      new RegExp(
        String.raw`finding: tcp ${machine.addressPattern}:2376: expected a way from here to where dockerd is to listen, found none \(EHOSTUNREACH\); iptables on the machine closes the port \([^;]*\); run .iptables -I INPUT -s [\d.]+ -p tcp --dport 2376 -j ACCEPT. there`,
      ),
    );
    await expectFailure(
      "port 2376",
      /: no way through \(EHOSTUNREACH\), though SSH gets through; iptables /,
    );
  });

  // proves: firewall.named-by-proof
  test("is named by the proof, and doing what the line says opens the port", async () => {
    const { exitCode, all } = await stack.up();
    expect(exitCode).not.toBe(0);
    const line =
      /t1: tcp:[^;\n]*: no connection \(EHOSTUNREACH\); iptables on the machine[^\n]*/.exec(
        all,
      )?.[0];
    await follow(line ?? "");
    expect((await stack.up()).exitCode).toBe(0);
  });
});

describe("after an up", () => {
  test("all is well, up to dockerd's own answer", async () => {
    const { exitCode, here, way } = await examine();

    expect(here.filter(({ outcome }) => outcome === "FAIL")).toEqual([]);
    expect(way.map(({ outcome }) => outcome)).not.toContain("FAIL");
    expect(way.slice(-3).map(({ name }) => name)).toEqual(["port 2376", "certificate", "api"]);
    expect(way.at(-1)?.says).toMatch(/^answers as t1, Docker /);
    expect(exitCode).toBe(0);
  });

  test("is listed a line a step for a person", async () => {
    const { stdout } = await doctor();

    expect(stdout).toMatch(
      new RegExp(String.raw`^t1 \(${machine.addressPattern}\)\n {2}ok {4}name `, "m"),
    );
    expect(stdout).toMatch(/\n\nnothing wrong was found$/);
  });

  test("sshd stopped: the route", async () => {
    await machine.sh("systemctl stop ssh.service ssh.socket");
    await expectFailure(
      "route",
      new RegExp(
        String.raw`^tcp ${machine.addressPattern}:22: connection refused; .*systemctl status ssh`,
      ),
    );
    await machine.sh("systemctl start ssh.service");
    await machine.waitFor("sshd", 20, "ss -Hltn 'sport = :22' | grep -q .");
  });

  // proves: doctor.first-wrong
  test("docker stopped", async () => {
    await machine.sh("systemctl stop docker.service docker.socket");
    await expectFailure("dockerd", /^t1: docker\.service: is inactive; /);
    await machine.sh("systemctl start docker.service");
  });

  test("another host key than the configured one", async () => {
    const stranger = join(stack.directory, "stranger");
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", stranger]);
    const hostKey = execFileSync("cut", ["-d", " ", "-f", "1,2", `${stranger}.pub`], {
      encoding: "utf8",
    }).trim();
    const { identityFile } = machine.ssh;
    stack.configure({ hosts: { t1: machine.host({ ssh: { identityFile, hostKey } }) } });
    await expectFailure("host key", /the server's host key is not the configured one; /);
    stack.configure(settings);
  });

  // proves: doctor.changes-nothing
  test("nothing that was looked at has changed: there is nothing to do", async () => {
    expect((await stack.preview("--expect-no-changes")).exitCode).toBe(0);
  });
});
