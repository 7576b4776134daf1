// What no up repairs, or only after a person has done something: told by a preview, and by `npm run drift`.
import type { DriftReport } from "../../../scripts/drift/report.ts";
import { operator } from "../../support/operator.ts";
import { closeStacks, expectNoChanges, saidOf, StackRun } from "../../support/stack-run.ts";
import { bootMilliseconds, TestMachine } from "../../support/test-machine.ts";

const [t1, t2] = [new TestMachine("t1"), new TestMachine("t2")];
const machines = [t1, t2];
let stack: StackRun;

beforeAll(async () => {
  await Promise.all(machines.map((machine) => machine.pristine()));
  stack = await StackRun.create({
    daemon: { "registry-mirrors": ["https://mirror.gcr.io"], labels: ["a=1"] },
    hosts: Object.fromEntries(machines.map((machine) => [machine.name, machine.host()])),
  });
  expect((await stack.up()).exitCode).toBe(0);
}, bootMilliseconds);

afterAll(closeStacks);

async function drift(): Promise<{ exitCode: number | undefined; report: DriftReport }> {
  const { exitCode, stdout } = await operator(stack, "drift", "--json");
  return { exitCode, report: JSON.parse(stdout) as DriftReport };
}

const inSync = { state: "in sync", drift: [], problems: [], findings: [] };

describe("a listener that nobody configured", () => {
  const finding = /^port 2375: expected no listener, found one; /;
  beforeAll(async () => {
    await t1.sh("systemd-run --unit=stranger systemd-socket-activate -l 2375 cat");
    await t1.waitFor("listener", 20, "ss -Hltn 'sport = :2375' | grep -q .");
  });
  afterAll(() => t1.sh("systemctl stop stranger"));

  // proves: drift.finding-2375
  test("is told, and is no change", async () => {
    const preview = await stack.preview("--expect-no-changes");

    expect(saidOf(t1.name, preview)).toMatch(
      /finding: port 2375: expected no listener, found one; /,
    );
    expect(preview.exitCode).toBe(0);
    const { exitCode, report } = await drift();
    expect(report.stacks[0]?.hosts).toEqual([
      { host: "t1", ...inSync, findings: [expect.stringMatching(finding)] },
      { host: "t2", ...inSync },
    ]);
    expect(exitCode).toBe(0);
  });

  test("is still there after an up, and still no change", async () => {
    expect((await stack.up()).exitCode).toBe(0);
    expect((await stack.preview("--expect-no-changes")).exitCode).toBe(0);
  });
});

describe("a firewall in front of the API", () => {
  beforeAll(() => t1.sh("iptables -I INPUT -p tcp --dport 2376 -j DROP"));
  afterAll(() => t1.sh("iptables -D INPUT -p tcp --dport 2376 -j DROP"));

  // proves: drift.finding-firewall
  test("is a finding, since dockerd does listen, and the endpoint is not proven", async () => {
    const { exitCode, report } = await drift();

    expect(report.stacks[0]?.hosts).toMatchObject([
      {
        host: "t1",
        state: "unproven",
        drift: [],
        findings: [
          expect.stringMatching(
            new RegExp(
              String.raw`^tcp ${t1.addressPattern}:2376: expected a way from here to dockerd, which listens there, found none \(ETIMEDOUT\); `,
            ),
          ),
        ],
      },
      { host: "t2", ...inSync },
    ]);
    expect(exitCode).toBe(1);
  });
});

describe("a masked docker.service, and a stopped sshd beside it,", () => {
  const masked =
    /t1: docker\.service: expected it unmasked, found it masked; [^\n]*systemctl unmask/;
  const unreachable = new RegExp(
    String.raw`ssh root@${t2.addressPattern}:22: unreachable \([^;]*ECONNREFUSED[^;]*\);[^;]+;[^;]+\n`,
  );
  beforeAll(async () => {
    await t1.sh("systemctl mask docker.service");
    await t2.sh("systemctl stop ssh.service ssh.socket");
  });
  afterAll(async () => {
    await t1.sh("systemctl unmask docker.service");
    await t2.sh("systemctl start ssh.service");
  });

  // proves: drift.blocked
  test("are drift, and take a person before an up", async () => {
    const { exitCode, report } = await drift();

    expect(report.stacks[0]?.hosts).toMatchObject([
      { host: "t1", state: "blocked", problems: [expect.stringMatching(masked)] },
      { host: "t2", state: "unreachable" },
    ]);
    expect(exitCode).toBe(2);
  });

  test("are told by a preview, which does not fail", async () => {
    const preview = await stack.preview();

    expect(saidOf(t1.name, preview)).toMatch(masked);
    expect(saidOf(t2.name, preview)).toMatch(unreachable);
    expect(preview.exitCode).toBe(0);
  });

  test("fail an up soon, with one line each and the way out", async () => {
    const begun = Date.now();

    const up = await stack.up("--continue-on-error");

    // No retries: whoever waits for this learns it at once.
    expect(Date.now() - begun).toBeLessThan(60_000);
    expect(up.exitCode).not.toBe(0);
    expect(up.all).toMatch(masked);
    expect(up.all).toMatch(unreachable);
    expect(up.all).not.toMatch(/sh -c|main\(\)|DOCKERTLS/);
    // Somebody wanted it so.
    expect(await t1.succeeds("systemctl is-enabled docker.service | grep -q masked")).toBe(true);
  });

  test("need nothing but that to be undone to be fine again", async () => {
    await t1.sh("systemctl unmask docker.service");
    await t2.sh("systemctl start ssh.service");
    await t2.waitFor("sshd", 20, "ss -Hltn 'sport = :22' | grep -q .");
    const mark = await t2.mark();

    const up = await stack.up();

    expect(up.exitCode).toBe(0);
    expect(await t2.dockerStarts(mark)).toBe(0);
    await expectNoChanges(stack);
  });
});
