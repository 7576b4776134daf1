// From dev over staging to prod, a stack and a machine each under one authority, by the real engine. One story, told in
// order.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ClientBundle } from "../../../components/model/certificates.ts";
import type { RolloutReport } from "../../../scripts/rollout/report.ts";
import { dockerCli } from "../../support/api-clients.ts";
import { Environments } from "../../support/environments.ts";
import { make, type Made } from "../../support/own-authority.ts";
import { reportProblems } from "../../support/report-schema.ts";
import { refusedByStart } from "../../support/refused-settings.ts";
import type { Run } from "../../support/stack-run.ts";
import { bootMilliseconds, TestMachine } from "../../support/test-machine.ts";

const [t1, t2, t3] = [new TestMachine("t1"), new TestMachine("t2"), new TestMachine("t3")];
const machines = [t1, t2, t3];
let environments: Environments;
let tls: object;

const settings = (
  machine: TestMachine,
  daemon: object,
  after?: string,
): Record<string, unknown> => ({
  ...{ daemon, tls },
  ...(after === undefined ? {} : { rollout: { after } }),
  hosts: { [machine.name]: machine.host() },
});

const reportOf = ({ stdout }: Run): RolloutReport => JSON.parse(stdout) as RolloutReport;
const page = (): string => join(environments.directory, "rollout.html");
const outcomes = (run: Run): string[] => reportOf(run).stacks.map(({ outcome }) => outcome);

/** As the configuration takes it. */
function writtenAuthority(made: Made, directory: string): object {
  const [certificatePem, privateKeyPem] = [join(directory, "ca.pem"), join(directory, "ca.key")];
  writeFileSync(certificatePem, made.certificate);
  writeFileSync(privateKeyPem, made.privateKey, { mode: 0o600 });
  return { certificatePem, privateKeyPem };
}

beforeAll(async () => {
  await Promise.all(machines.map((machine) => machine.pristine()));
  environments = await Environments.create(["dev", "staging", "prod"]);
  tls = { authority: writtenAuthority(await make(), environments.directory) };
  environments.configure("dev", settings(t1, { labels: ["a=1"] }));
  environments.configure("staging", settings(t2, refusedByStart));
  environments.configure("prod", settings(t3, { labels: ["a=1"] }, "staging"));
  await environments.commit();
}, bootMilliseconds);

afterAll(() => environments.close());

// proves: environments.stops-at-red
test("a stack that fails stops the rollout, and the next one is not begun", async () => {
  const [before, selected] = [await t3.files(), await environments.selected()];

  const run = await environments.rollout(
    ...["dev", "staging", "prod", "--yes", "--json", "--report", page()],
  );

  expect(outcomes(run)).toEqual(["changed", "failed", "not begun"]);
  expect(run.exitCode).toBe(1);
  expect(reportOf(run).stacks[0]?.hosts).toMatchObject([
    { host: "t1", state: "new", effect: "restart" },
  ]);
  expect(reportOf(run).stacks[1]).toMatchObject({
    failedAt: "up",
    errors: [expect.stringMatching(/^t2: [^;]+; rolled back/)],
  });
  expect(await t3.files()).toBe(before);
  expect(run.all).not.toMatch(/PRIVATE KEY|\n {4}at /);
  expect(await environments.selected()).toBe(selected);
});

// proves: report.rollout
test("its report says what became of each machine", () => {
  const report = JSON.parse(readFileSync(page().replace("html", "json"), "utf8")) as RolloutReport;
  expect(reportProblems(report)).toEqual([]);
  expect(readFileSync(page(), "utf8")).toMatch(/Stopped at staging/);
  expect(report.stacks.map(({ hosts }) => hosts)).toMatchObject([
    [
      {
        host: "t1",
        outcome: "changed",
        wave: 1,
        dockerd: expect.stringMatching(/^\d/),
        proof: "proven",
      },
    ],
    [
      {
        host: "t2",
        outcome: "failed",
        wave: 1,
        dockerd: expect.stringMatching(/^\d/),
        proof: "none",
      },
    ],
    [],
  ]);
  expect(report.stacks[0]?.certificates.map(({ kind }) => kind)).toEqual([
    ...["authority", "machine", "client"],
  ]);
});

// proves: environments.promotion
test("a stack alone is refused as long as the one before it is not green", async () => {
  const run = await environments.rollout("prod", "--yes");

  expect(run.all).toMatch(
    /stack prod: staging, which goes before it, failed \(\S+\); nothing of it was begun; run /,
  );
  expect(run.exitCode).toBe(1);
});

// proves: environments.interrupted
test("Ctrl-C finishes the step under way, frees the stack, and lists what was not begun", async () => {
  environments.configure("staging", settings(t2, { labels: ["a=1"] }));
  await environments.commit();
  const running = environments.begin("rollout", "dev", "staging", "prod", "--yes");
  await running.says("staging: up: t2: changing");
  running.interrupt();
  const run = await running.end;

  expect(run.stdout).toMatch(/^dev +unchanged +1 machine, nothing to do; /m);
  expect(run.stdout).toMatch(
    /^interrupted: the step under way is finished, and nothing further begun$/m,
  );
  expect(run.stdout).toMatch(/^staging +interrupted /m);
  expect(run.stdout).toMatch(/^prod +not begun /m);
  expect(run.exitCode).toBe(130);
  expect(environments.locks()).toEqual([]);
  expect(await t2.info("{{.Labels}}")).toBe("[a=1]");
});

// proves: environments.resumes
test("the same command goes on from there: what is green is only looked at", async () => {
  const mark = await t1.mark();

  const run = await environments.rollout("dev", "staging", "prod", "--yes");

  expect(run.stdout).toMatch(/^dev +unchanged +1 machine, nothing to do; /m);
  expect(run.stdout).toMatch(/^staging +changed +1 machine, /m);
  expect(run.stdout).toMatch(/^prod +changed +1 machine, dockerd restarts on 1; /m);
  expect(run.exitCode).toBe(0);
  expect(await t1.dockerStarts(mark)).toBe(0);
  for (const machine of machines) expect(await machine.info("{{.Labels}}")).toBe("[a=1]");
});

// proves: team.shards
test("stacks that share an authority share its clients: a bundle of any is good on the machines of all", async () => {
  for (const stack of ["dev", "prod"]) {
    const output = ["stack", "output", "clientBundle", "--json", "--show-secrets"];
    const { stdout } = await environments.pulumi(...output, "--stack", stack);
    const { ca, cert, key } = JSON.parse(stdout) as ClientBundle;
    const files = { tlscacert: ca, tlscert: cert, tlskey: key };
    for (const { address } of machines) {
      const args = ["--tlsverify", "-H", `tcp://${address}:2376`, "info", "-f", "{{.Labels}}"];
      const info = await dockerCli(join(environments.directory, stack), args, files);
      expect(info).toMatchObject({ exitCode: 0, stdout: "[a=1]" });
    }
  }
});

// proves: environments.second-time
test("the same commit a second time changes nothing", async () => {
  const run = await environments.rollout("dev", "staging", "prod", "--yes", "--json");

  expect(outcomes(run)).toEqual(["unchanged", "unchanged", "unchanged"]);
  expect(run.exitCode).toBe(0);
});

test("what is not committed is another commit, which is told, and so is a promotion that was skipped", async () => {
  environments.configure("prod", settings(t3, { labels: ["a=2"] }, "staging"));

  const run = await environments.rollout("prod", "--plan", "--skip-promotion", "--json");

  expect(reportOf(run).release.note).toMatch(/not committed/);
  expect(reportOf(run).stacks).toMatchObject([
    {
      ...{ stack: "prod", outcome: "due", promotion: "skipped" },
      errors: [
        expect.stringMatching(
          /^staging is green at another commit .*: skipped by --skip-promotion$/,
        ),
      ],
      hosts: [{ host: "t3", effect: "reload" }],
    },
  ]);
  expect(run.exitCode).toBe(2);
});
