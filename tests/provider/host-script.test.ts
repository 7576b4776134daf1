// The script on the machine: when it is brought, and when nobody is dialled for it.
import "../support/errors-of-node.ts";
import { installation, machineScript } from "../../components/host/remote/scripts.ts";
import { remoteShell, reviseLine } from "../../components/model/remote-shell.ts";
import { HostScriptResource } from "../../provider/host-script.ts";
import type { Properties } from "../../provider/provider.ts";
import { secret, unknownValue } from "../../provider/wire.ts";
import { answerOf, convergedMachine, desiredHost, type Values } from "../support/machine-answer.ts";
import { startSshMachine, type SshMachine } from "../support/ssh-machine.ts";

const script = new HostScriptResource();
const { digest } = machineScript();
let machine: SshMachine;

beforeEach(async () => {
  machine = await startSshMachine();
  machine.reply = { stdout: "" };
});

afterEach(() => machine.stop());

function inputs(changes: Properties = {}): Properties {
  const { privateKey, ...connection } = machine.connection;
  return {
    host: "b1",
    connection: { ...connection, privateKey: secret(privateKey) },
    sudo: false,
    digest,
    installation: "",
    claim: "1000",
    ...changes,
  };
}

const brought = (): string[] => machine.runs.map(({ stdin }) => stdin);

test("is brought to a machine on which a look has not found it, over one connection", async () => {
  expect(await script.create(inputs({ installation: "one" }))).toEqual(
    inputs({ installation: "one" }),
  );

  expect(brought()).toEqual([installation("anywhere")]);
  expect(machine.runs[0]?.command).toBe(remoteShell("none"));
  expect(machine.logins).toHaveLength(1);
});

test("is there already, as after a lost state: nobody is dialled", async () => {
  await script.create(inputs());

  expect(machine.logins).toHaveLength(0);
});

test("is not brought in a maintenance, nor when nothing was: nobody is dialled", async () => {
  const inMaintenance = inputs({ digest: "", installation: undefined });
  expect(await script.create(inMaintenance)).toEqual(inMaintenance);
  await script.delete(inMaintenance);
  expect(machine.logins).toHaveLength(0);

  await script.update(inMaintenance, inputs({ installation: "one" }));
  expect(brought()).toEqual([installation("anywhere")]);
});

test.each<[string, Properties, number]>([
  ["another text is brought", { digest: "0".repeat(64) }, 1],
  ["one that went missing is brought again", { installation: "two" }, 1],
  ["another login alone dials nobody", { sudo: true }, 0],
])("%s", async (_what, before, logins) => {
  expect(script.changed(inputs(before), inputs({ installation: "one" }))).toBe(true);

  await script.update(inputs({ installation: "one", ...before }), inputs({ installation: "one" }));

  expect(machine.logins).toHaveLength(logins);
});

describe("before the machine is given back", () => {
  const desired = desiredHost();
  const converged = (changes: Values = {}): string =>
    answerOf(convergedMachine(desired, "", changes));

  test("is brought, if it is one that was ever touched", async () => {
    machine.reply = { stdout: converged() };

    await script.delete(inputs());

    const [first, look, ...rest] = brought();
    expect(first).toBe(installation("used"));
    expect(look).toContain("probe_machine");
    expect(rest).toEqual([]);
  });

  test("the machine is told what daemon.json would be now, where somebody has changed it", async () => {
    const written = String(convergedMachine(desired)["daemon_json"]);
    const daemon_json = written.replace("{", '{"mtu": 1400,');
    machine.reply = { stdout: converged({ daemon_json }) };

    await script.delete(inputs());

    expect(machine.runs.slice(2)).toEqual([
      { command: reviseLine("none"), stdin: expect.stringContaining('{"mtu": 1400') },
    ]);
  });

  test("one that can't be looked at is given back by what it knows itself", async () => {
    machine.reply = { stdout: "no answer" };

    await script.delete(inputs());

    expect(machine.runs).toHaveLength(2);
  });
});

test("another claim is another machine: this one is replaced, and a renumbered one is not", () => {
  expect(script.replacedBy(inputs(), inputs({ claim: "2000" }))).toEqual(["claim"]);
  expect(script.replacedBy(inputs(), inputs({ sudo: true }))).toEqual([]);
});

test("what a preview does not know yet is no change", () => {
  const unknown = inputs({ installation: unknownValue, claim: unknownValue });
  expect(script.check(inputs({ installation: "one" }), unknown)).toEqual(
    inputs({ installation: "one" }),
  );
  expect(script.check(inputs(), inputs({ claim: "2000" }))["claim"]).toBe("2000");
});

test("a machine that can't take it says so in one line, with the host in front", async () => {
  machine.reply = { stdout: "", stderr: "disk: full\n", exitCode: 10 };

  await expect(script.create(inputs({ installation: "one" }))).rejects.toThrow(
    /^b1: script: could not be put on the machine \(exit code 10: disk: full\); [^\n]+$/,
  );
});
