// What no up repairs, or only after a person has done something: told by a preview, and by `npm run drift`.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { DriftReport } from "../../../scripts/drift/report.ts";
import type { Report } from "../../../scripts/report/schema.ts";
import { operator } from "../../support/operator.ts";
import { readPrometheusText } from "../../support/prometheus-text.ts";
import { reportProblems } from "../../support/report-schema.ts";
import { foundIn, tracesOf, type Secrets } from "../../support/secret-search.ts";
import { closeStacks, expectNoChanges, saidOf, StackRun } from "../../support/stack-run.ts";
import { bootMilliseconds, TestMachine } from "../../support/test-machine.ts";
import { Webhook } from "../../support/webhook.ts";

const [t1, t2] = [new TestMachine("t1"), new TestMachine("t2")];
const machines = [t1, t2];
let stack: StackRun;
let webhook: Webhook;

beforeAll(async () => {
  await Promise.all(machines.map((machine) => machine.pristine()));
  stack = await StackRun.create({
    daemon: { "registry-mirrors": ["https://mirror.gcr.io"], labels: ["a=1"] },
    hosts: Object.fromEntries(machines.map((machine) => [machine.name, machine.host()])),
  });
  expect((await stack.up()).exitCode).toBe(0);
  webhook = await new Webhook().open();
}, bootMilliseconds);

afterAll(() => Promise.all([closeStacks(), webhook.close()]));

interface Drift {
  readonly exitCode: number | undefined;
  readonly report: DriftReport;
  /** What the metrics say that is not 0, by metric and machine. */
  readonly metrics: readonly string[];
  readonly stderr: string;
  /** What the chat was told. */
  readonly messages: readonly string[];
}

async function drift(): Promise<Drift> {
  webhook.received.length = 0;
  const prom = join(stack.directory, "drift.prom");
  const page = join(stack.directory, "drift.html");
  const environment = { ...stack.environment, DOCKERTLS_NOTIFY_URL: webhook.url };
  const run = await operator({ environment }, "drift", "--json", "--prom", prom, "--report", page);
  const report = JSON.parse(run.stdout) as DriftReport;
  expect(JSON.parse(written("json"))).toEqual(report);
  expect(reportProblems(report)).toEqual([]);
  const hosts = readPrometheusText(readFileSync(prom, "utf8")).filter(
    ({ name, value }) => /^dockertls_(drift$|host_)|_expired$/.test(name) && value !== 0,
  );
  return {
    exitCode: run.exitCode,
    report,
    metrics: hosts.map(({ name, labels }) => `${name} ${labels["host"] ?? ""}`),
    stderr: run.stderr,
    messages: webhook.received.map(({ body }) => (JSON.parse(body) as { text: string }).text),
  };
}

const written = (kind: "json" | "html"): string =>
  readFileSync(join(stack.directory, `drift.${kind}`), "utf8");

/** The private keys of the stack. */
async function secrets(): Promise<Secrets> {
  const state = JSON.stringify(await stack.stateInClear()).replaceAll(/\\+n/g, "\n");
  const keys = state.match(/-----BEGIN [A-Z ]*PRIVATE KEY-----[^-]+/g) ?? [];
  return new Map([...new Set(keys)].flatMap((key, at) => tracesOf(`key ${String(at)}`, key)));
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
    const { exitCode, report, metrics, messages } = await drift();
    expect(report.stacks[0]?.hosts).toMatchObject([
      { host: "t1", ...inSync, findings: [expect.stringMatching(finding)] },
      { host: "t2", ...inSync },
    ]);
    expect(exitCode).toBe(0);
    expect(metrics).toEqual(["dockertls_host_findings t1"]);
    expect(messages).toEqual([]);
  });

  // proves: report.drift
  test("is in the report beside versions and certificates, and no secret is", async () => {
    const { stacks } = JSON.parse(written("json")) as Extract<Report, { run: "drift" }>;
    expect(stacks[0]?.hosts).toMatchObject(
      [t1, t2].map(({ name, address }) => ({
        ...{ host: name, endpoint: `tcp://${address}:2376`, proof: "proven" },
        ...{ dockerd: expect.stringMatching(/^\d+\./), system: expect.stringMatching(/Debian/) },
        refusals: expect.arrayContaining([expect.any(String)]),
      })),
    );
    expect(stacks[0]?.certificates.map(({ kind, owner }) => `${kind} ${owner}`)).toEqual([
      ...["authority g1", "machine t1", "machine t2", "client (this program)"],
    ]);
    const all = await secrets();
    expect(all.size).toBeGreaterThan(8);
    expect(foundIn(written("json") + written("html"), all)).toEqual([]);
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
    webhook.answer = 404;
    const { exitCode, report, metrics, stderr } = await drift();
    webhook.answer = 200;

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
    expect(metrics).toEqual(["dockertls_host_unproven t1", "dockertls_host_findings t1"]);
    // It could not tell (1), and nobody was told of that (4).
    expect(exitCode).toBe(5);
    expect(stderr).toMatch(/^webhook: it answered HTTP 404; [^\n]+$/);
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
    const { exitCode, report, metrics, messages, stderr } = await drift();

    expect(report.stacks[0]?.hosts).toMatchObject([
      { host: "t1", state: "blocked", problems: [expect.stringMatching(masked)] },
      { host: "t2", state: "unreachable" },
    ]);
    expect(exitCode).toBe(2);
    expect(metrics).toEqual([
      "dockertls_drift t1",
      "dockertls_host_unreachable t2",
      "dockertls_host_refused t1",
    ]);
    expect(messages).toEqual([
      "dockertls: stack test: drift\n" +
        "- 1 refused (fix by hand before `pulumi up`): t1\n- 1 unreachable: t2",
    ]);
    expect(stderr).toBe("");
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
