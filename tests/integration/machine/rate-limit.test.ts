// Firewalls that count: the sixth connection within half a minute is turned away, as `ufw limit` does.
import { operator } from "../../support/operator.ts";
import { closeStacks, StackRun } from "../../support/stack-run.ts";
import { bootMilliseconds, TestMachine } from "../../support/test-machine.ts";

const machine = new TestMachine("t1");
let stack: StackRun;

beforeAll(async () => {
  await machine.pristine();
  stack = await StackRun.create({ hosts: { t1: machine.host() } });
  await machine.sh("iptables -I INPUT -p tcp --dport 22 --syn");
}, bootMilliseconds);

afterAll(closeStacks);

/** Connections to sshd since the last question. */
async function connections(): Promise<number> {
  const table = await machine.sh("iptables -vxnL INPUT && iptables -Z INPUT");
  return Number(/^\s*(\d+)\s/m.exec(table.split("\n").slice(2).join("\n"))?.[1]);
}

// proves: login.few-connections
test("the doctor, a first up with its preview, and a preview: below six connections", async () => {
  await connections();
  const counts: Record<string, number> = {};
  const commands: Readonly<Record<string, () => Promise<{ exitCode: number | null | undefined }>>> =
    {
      doctor: () => operator(stack, "doctor", "--stack", "test", "t1"),
      up: () => stack.run(["up", "--yes"]),
      preview: () => stack.preview("--expect-no-changes"),
      "unchanged up": () => stack.run(["up", "--yes"]),
      destroy: () => stack.run(["destroy", "--yes"]),
    };
  for (const [name, command] of Object.entries(commands)) {
    const { exitCode } = await command();
    expect([name, exitCode]).toEqual([name, 0]);
    counts[name] = await connections();
  }
  const { doctor = NaN, up = NaN, preview = NaN } = counts;
  expect(doctor + up + preview).toBeLessThan(6);
});
