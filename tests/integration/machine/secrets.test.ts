// Where a private key must not be. Every output of every other test is searched as well: stack-run.ts.
import { sampledThere } from "../../support/secret-search.ts";
import { closeStacks, StackRun } from "../../support/stack-run.ts";
import { bootMilliseconds, TestMachine } from "../../support/test-machine.ts";

const machine = new TestMachine("t1");
let stack: StackRun;

const settings = (label: string): Record<string, unknown> => ({
  daemon: { labels: [label] },
  hosts: { t1: machine.host() },
});

beforeAll(async () => {
  await machine.pristine();
  stack = await StackRun.create(settings("run=0"));
}, bootMilliseconds);

afterAll(closeStacks);

/**
 * Where the private number itself is: in the first line of the PEM (the rest is the public key, which
 * may be anywhere), and in what base64 made of that line for the envelope.
 */
async function traces(): Promise<string[]> {
  const pem = await machine.sh("cat /opt/docker-ssl/key.pem");
  const envelope = Buffer.from(`${pem}\n`).toString("base64");
  const traces = [pem.split("\n")[1] ?? "", envelope.slice(60, 110), "PRIVATE KEY"];
  expect(traces.map((trace) => trace.length)).toEqual([64, 50, 11]);
  return traces;
}

function expectNone(text: string, secrets: string[]): void {
  expect(secrets.filter((secret) => text.includes(secret))).toEqual([]);
}

test("in no process's arguments or environment on the machine, while it is converged", async () => {
  let exitCode: number | null = null;

  const sampled = await sampledThere(machine, async () => ({ exitCode } = await stack.up()));
  const seen = [...sampled].join("\n");

  expect(exitCode).toBe(0);
  // Proof that the converge was seen at all.
  expect(seen).toMatch(/^systemctl$/m);
  expect(seen).toMatch(/^sh$/m);
  expectNone(seen, await traces());
});

test("not in the machine's journal", async () => {
  const journal = await machine.sh("journalctl --sync; journalctl --no-pager -o cat");

  expect(journal).toContain("dockertls");
  expectNone(journal, await traces());
});

test("in no output, with every detail asked for", async () => {
  const secrets = await traces();
  stack.configure(settings("run=1"));

  const preview = await stack.preview("--diff", "--show-reads", "--show-sames");
  const up = await stack.up("--diff", "--show-reads", "--show-sames");
  const outputs = await stack.run(["stack", "output", "--json"]);

  expect([preview.exitCode, up.exitCode, outputs.exitCode]).toEqual([0, 0, 0]);
  expect(outputs.all).toContain("[secret]");
  expectNone(preview.all + up.all + outputs.all, secrets);
});

test("not in an exported state, which keeps it encrypted", async () => {
  const state = await stack.export();

  expect(state).toContain("ciphertext");
  expectNone(state, await traces());
});

test("not in the output of destroy", async () => {
  const secrets = await traces();

  const destroy = await stack.destroy("--diff");

  expect(destroy.exitCode).toBe(0);
  expectNone(destroy.all, secrets);
});
