// By which claim a machine is held, and from whom it may be had: what HostState makes of it.
import "../support/errors-of-node.ts";
import {
  answerOf,
  convergedMachine,
  desiredHost,
  freshMachine,
  recordedHost,
} from "../support/machine-answer.ts";
import { engineArguments, isDestroyCommand } from "../../provider/engine-command.ts";
import { HostStateResource } from "../../provider/host-state.ts";
import type { Properties } from "../../provider/provider.ts";
import { secret } from "../../provider/wire.ts";
import { startSshMachine, type SshMachine } from "../support/ssh-machine.ts";
import { ToldLines } from "../support/told.ts";

const state = new HostStateResource();
const desired = desiredHost();
const converged = convergedMachine(desired);
const elsewhere = "127.0.0.2";
const told = new ToldLines();
let machine: SshMachine;

beforeEach(async () => {
  machine = await startSshMachine();
  // As the engine does before each change; see `hostEndpoints` in components/host/host-state.ts.
  state.check({}, { ...inputs(), hostEndpoints: { b1: "10.0.0.4:22", b2: "10.0.0.5:22" } });
});

afterEach(() => machine.stop());

function inputs(changes: Properties = {}, host = "127.0.0.1"): Properties {
  const { privateKey, ...connection } = machine.connection;
  return {
    host: "b1",
    connection: { ...connection, host, privateKey: secret(privateKey) },
    sudo: false,
    desired: recordedHost(desired),
    takeOver: false,
    claim: "1000",
    ...changes,
  };
}

/** A machine whose record says this. */
function heldBy(owner: string, more = ""): void {
  const record = (converged["record"] ?? "").replace(/^owner=.*$/m, `owner=${owner}`);
  machine.reply = { stdout: answerOf({ ...converged, record: `${record}${more}` }) };
}

async function created(): Promise<Properties> {
  machine.reply = { stdout: answerOf(freshMachine()) };
  return state.create(inputs(), told);
}

describe("check", () => {
  const without = (properties: Properties): Properties => {
    const { claim: _, ...others } = properties;
    return others;
  };
  const given = (host?: string): Properties => without(inputs({}, host));
  const claimOf = (olds: Properties, news: Properties): number =>
    Number(state.check(olds, news)["claim"]);

  test("a first claim is the time of it", () => {
    const before = Date.now();
    expect(claimOf({}, given())).toBeGreaterThanOrEqual(before);
    expect(claimOf({}, given())).toBeLessThanOrEqual(Date.now());
  });

  test("stays with the address, whatever else changes: user, key, desired state", () => {
    const news = {
      ...given(),
      connection: { ...machine.connection, privateKey: "x", user: "x", hostKey: "y" },
    };
    expect(claimOf(inputs(), { ...news, takeOver: true })).toBe(1000);
    const behind = { ...machine.connection, port: 1 };
    expect(claimOf(inputs(), { ...news, connection: behind })).toBeGreaterThan(1000);
  });

  test("another address makes a later one, even where the clock went back", () => {
    expect(claimOf(inputs(), given(elsewhere))).toBeGreaterThan(1000);
    const future = String(Date.now() + 1_000_000);
    expect(claimOf(inputs({ claim: future }), given(elsewhere))).toBe(Number(future) + 1);
  });

  test("a state from before there were claims has the first of all", () => {
    expect(claimOf(without(inputs()), given())).toBe(0);
    expect(claimOf(without(inputs()), given(elsewhere))).toBeGreaterThan(1000);
  });
});

describe("an address that changes", () => {
  const moved = (): Properties => inputs({ claim: "2000" }, elsewhere);

  test("leads to another machine: the later claim", async () => {
    const outs = { ...(await created()), connection: { host: "10.0.0.9" } };
    expect(await state.update(outs, inputs({ claim: "2000" }), told)).toMatchObject({
      claim: "2000",
    });
    heldBy(desired.owner, "address=10.0.0.9:22\nclaim=900\n");
    expect(await state.update(outs, inputs({ claim: "2000" }), told)).toMatchObject({
      claim: "2000",
    });
  });

  test("leads to the very machine that is held: its claim stays, and is what the next run knows", async () => {
    const outs = { ...(await created()), connection: { host: "10.0.0.9" } };
    heldBy(desired.owner, "address=10.0.0.9:22\nclaim=1000\n");
    const updated = await state.update(outs, inputs({ claim: "2000" }), told);
    expect(updated).toMatchObject({ claim: "1000" });
    expect(await state.foresee(outs, inputs({ claim: "2000" }), told)).toEqual(inputs());
    expect(state.inputsOf(await state.read(updated, told), updated)).toMatchObject(inputs());
  });

  test("a reinstalled machine at the same address keeps the claim", async () => {
    const outs = await created();
    expect(await state.update(outs, inputs({ claim: "2000" }), told)).toMatchObject({
      claim: "1000",
    });
  });

  test("of a state from before there were claims", async () => {
    const { claim: _, ...outs } = await created();
    heldBy(desired.owner);
    expect(await state.update(outs, inputs({ claim: "0" }), told)).toMatchObject({ claim: "0" });
    const before = { ...outs, connection: { host: "10.0.0.9" } };
    expect(await state.update(before, inputs({ claim: "2000" }), told)).toMatchObject({
      claim: "0",
    });
    machine.reply = { stdout: answerOf(freshMachine()) };
    expect(await state.update(before, inputs({ claim: "2000" }), told)).toMatchObject({
      claim: "2000",
    });
  });

  test("is a change", async () => {
    expect(state.changed(await created(), moved())).toBe(true);
  });
});

describe("a machine of another owner", () => {
  const line = "b1: owner: this machine belongs to dockertls/prod/x; ";

  test("stops a create and an update, and blocks in a preview", async () => {
    const outs = await created();
    heldBy("dockertls/prod/x", "address=10.0.0.4:22\nclaim=5\n");
    await expect(state.create(inputs(), told)).rejects.toThrow(line);
    await expect(state.update(outs, inputs(), told)).rejects.toThrow(line);
    const seen = await state.read(outs, told);
    expect(seen["blocked"]).toMatch(line);
    expect(state.changed(seen, inputs())).toBe(true);
  });

  test("may be taken over, from that owner alone; what a preview sees is not taken for done", async () => {
    heldBy("dockertls/prod/x", "address=10.0.0.4:22\nclaim=5\n");
    const outs = await state.create(inputs({ takeOver: true }), told);
    expect(outs).toMatchObject({ former: "dockertls/prod/x at 10.0.0.4:22", claim: "1000" });
    expect((await state.read(outs, told))["blocked"]).toMatch(line);
  });

  test.each([
    ["was renamed", "dockertls/dev/old", "10.0.0.4:22"],
    ["is reached elsewhere by now", "dockertls/dev/b2", "10.0.0.4:22"],
  ])(
    "of the same stack that %s: is followed, which a look tells as drift",
    async (_how, owner, at) => {
      heldBy(owner, `address=${at}\nclaim=5\n`);
      const outs = await state.create(inputs(), told);
      expect(outs).toMatchObject({ former: `${owner} at ${at}` });
      expect((await state.read(outs, told))["drift"]).toContain(
        `owner: expected dockertls/dev/b1, found ${owner}`,
      );
    },
  );

  test("of the same stack, that is still there, is not", async () => {
    heldBy("dockertls/dev/b2", "address=10.0.0.5:22\nclaim=5\n");
    await expect(state.create(inputs(), told)).rejects.toThrow("which is reached at 10.0.0.5:22");
  });
});

test("who else is in the stack, and takeOver, are no change to a machine that is held", async () => {
  const outs = await created();
  const more = {
    hostEndpoints: { b1: "10.0.0.4:22", b9: "10.0.0.9:22" },
    takeOver: true,
    claim: "2000",
  };
  expect(state.changed(outs, inputs(more))).toBe(false);
  expect(state.changed({ ...outs, blocked: "it was" }, inputs(more))).toBe(true);
});

describe("what becomes of a machine", () => {
  const here = (): string => `127.0.0.1:${String(machine.connection.port)}`;
  let lines: readonly string[];
  let run: HostStateResource;

  beforeEach(() => {
    told.lines.length = 0;
    lines = told.lines;
    run = new HostStateResource();
  });

  /** A run that refreshes b1, and in which the program then asks for the hosts that are reached there. */
  async function left(hostEndpoints: Readonly<Record<string, string>>): Promise<readonly string[]> {
    await run.read(inputs(), told);
    run.check({}, { ...inputs({ host: "b2" }), hostEndpoints });
    run.check({}, { ...inputs({ host: "b3" }), hostEndpoints });
    return lines;
  }

  test.each<[string, () => void, string]>([
    [
      "that is left out of the configuration",
      () => heldBy(desired.owner),
      "impact: restart: the machine is restored as it was before its first `pulumi up`, and no longer serves this stack",
    ],
    [
      "that somebody else has by now",
      () => heldBy("dockertls/prod/x"),
      "impact: nothing: the machine belongs to somebody else by now, and stays as it is",
    ],
    [
      "that no up got to",
      () => (machine.reply = { stdout: answerOf(freshMachine()) }),
      "impact: nothing: the machine was never converged",
    ],
    [
      "that is away",
      () => (machine.reply = { stdout: "" }),
      "impact: the machine is to be restored, and can't be as long as it can't be looked at; if it is gone for good, `npm run forget -- b1`",
    ],
  ])("%s", async (_which, found, line) => {
    found();
    expect(await left({ b2: "10.0.0.5:22", b3: "10.0.0.6:22" })).toEqual([line]);
  });

  test("that was in maintenance: nobody looks, and it may be restored", () => {
    run.unlooked(inputs({ maintenance: true }), told);
    run.check({}, { ...inputs({ host: "b2" }), hostEndpoints: { b2: "10.0.0.5:22" } });
    expect(lines).toEqual([
      "impact: restart: the machine, in maintenance so far, is restored as it was before its first `pulumi up`, if it was converged and still belongs to this host",
    ]);
    expect(machine.logins).toHaveLength(0);
  });

  test("that stays is told nothing", async () => {
    heldBy(desired.owner);
    expect(await left({ b1: here(), b2: "10.0.0.5:22" })).toEqual([]);
  });

  test("that is renamed: nothing is restored, and the host by the new name follows", async () => {
    heldBy(desired.owner, `address=${here()}\nclaim=5\n`);
    const web = inputs({
      host: "web",
      desired: recordedHost(desiredHost({ owner: "dockertls/dev/web" })),
    });
    await run.read(inputs(), told);
    run.check({}, { ...web, hostEndpoints: { web: here() } });
    await run.foresee(undefined, web, told);
    expect(lines.slice(0, 3)).toEqual([
      "impact: nothing is restored: the machine stays converged, as web",
      "owner: dockertls/dev/b1 so far; the machine stays converged, and nothing is restored",
      expect.stringMatching(/^impact: /),
    ]);
  });

  test("at the address that a host had before", async () => {
    machine.reply = { stdout: answerOf(freshMachine()) };
    const moved = inputs({ connection: { ...machine.connection, host: "10.0.0.9", port: 22 } });
    for (const hostEndpoints of [{ b1: here() }, { b1: here(), b2: "10.0.0.9:22" }]) {
      run.check({}, { ...inputs(), hostEndpoints });
      await run.foresee(moved, inputs({ claim: "2000" }), told);
    }
    expect(lines.filter((line) => line.includes("10.0.0.9"))).toEqual([
      "impact at 10.0.0.9:22: restart: the machine there is restored as it was before its first `pulumi up`",
      "impact at 10.0.0.9:22: nothing is restored: the machine there stays converged, as b2",
    ]);
  });

  test("of a stack that is destroyed", async () => {
    heldBy(desired.owner);
    await new HostStateResource(true).read(inputs(), told);
    expect(lines).toEqual([expect.stringMatching(/^impact: restart: the machine is restored /)]);
  });
});

test.each([
  [["destroy", "--yes"], true],
  [["--cwd", "/x", "down"], true],
  [["up", "-m", "destroy"], false],
  [["preview"], false],
  [[], false],
])("the engine's arguments %j: to destroy, %s", (args, expected) => {
  expect(isDestroyCommand(args)).toBe(expected);
});

test("an engine's arguments are those of the process that started this one", () => {
  expect(engineArguments().length).toBeGreaterThan(0);
});
