// Connections are few: firewalls turn away whoever connects six times in half a minute.
import "../support/errors-of-node.ts";
import { keepSessions, runRemote } from "../../provider/ssh.ts";
import { startSshMachine, type SshMachine } from "../support/ssh-machine.ts";

let machine: SshMachine;
beforeEach(async () => {
  machine = await startSshMachine();
});
afterEach(async () => {
  keepSessions(0);
  await machine.stop();
});

const run = (): Promise<unknown> => runRemote(machine.connection, "x", "");

test("a conversation after another takes its connection, and dials where that is gone", async () => {
  keepSessions(20);
  machine.reply = { stdout: "x".repeat(1024 * 1024) };
  for (let count = 0; count < 20; count += 1) await run();
  expect(machine.logins).toHaveLength(1);

  machine.hangUp();
  await run();
  expect(machine.logins).toHaveLength(2);
});

test("two at once have a connection each", async () => {
  keepSessions(20);
  await Promise.all([run(), run()]);
  expect(machine.logins).toHaveLength(2);
  await run();
  expect(machine.logins).toHaveLength(2);
});

test("a user, a key or a host key of another kind is another connection", async () => {
  keepSessions(20);
  await run();
  await runRemote({ ...machine.connection, user: "ops" }, "x", "");
  expect(machine.logins).toHaveLength(2);
});

test("one that has been kept for long enough is ended", async () => {
  keepSessions(0.05);
  await run();
  await new Promise((wake) => setTimeout(wake, 300));
  await run();
  expect(machine.logins).toHaveLength(2);
});

// proves: login.rate-limit
test("a connection that is refused after others went through may be a rate limit's doing", async () => {
  await run();
  await run();
  await machine.stop();
  await expect(run()).rejects.toThrow(
    /: unreachable \(.*\), though 2 of the last 30 s went through; .*, or wait half a minute and run it again: a rate limit \(`ufw limit`, /,
  );
  machine = await startSshMachine();
});
