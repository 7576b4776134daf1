// Asking a machine who uses it: by the way in of a look, and as wary of what comes back.
import { takeCensus } from "../../provider/census.ts";
import { LookError } from "../../provider/look-error.ts";
import { anyBoundary } from "../support/machine-answer.ts";
import { startSshMachine, type SshMachine } from "../support/ssh-machine.ts";

let machine: SshMachine;
beforeAll(async () => {
  machine = await startSshMachine();
});
afterAll(() => machine.stop());

const take = (sudo = false) =>
  takeCensus({ host: "b1", connection: machine.connection, sudo, port: 2376, restart: true });

test("by one login and one command, as root", async () => {
  machine.reply = {
    stdout: `motd\n\n${anyBoundary} silence\ndockerd does not run\n${anyBoundary} end\n`,
  };
  expect(await take(true)).toMatchObject({
    containers: undefined,
    silence: "dockerd does not run",
  });
  expect(machine.logins).toHaveLength(1);
  const [run] = machine.runs;
  expect(run?.command).toMatch(/^exec sudo -n -- sh -c /);
  expect(run?.stdin).toMatch(/^text port 2376\ntext restart yes$/m);
});

test.each([
  ["half an answer", { stdout: `\n${anyBoundary} connections\n`, hangUp: true }, /no whole answer/],
  ["no answer", { stderr: "sh: not found\n", exitCode: 127 }, /no whole answer .*not found/],
  ["a sudo that asks", { stderr: "sudo: a password is required\n", exitCode: 1 }, /b1: sudo: /],
])("%s is a line, as for a look", async (_case, reply, said) => {
  machine.reply = reply;
  const error: unknown = await take(true).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(LookError);
  expect(String(error)).toMatch(said);
});
