// What others change in daemon.json while the machine is ours comes back with a removal, additions and removals
// alike: the program says so just before, by a look of its own.
import type { DaemonSettings } from "../../components/model/daemon-json/keys.ts";
import { undoFiles } from "../../components/model/plan/undo.ts";
import { CapturedSteps, type Act } from "../support/captured-steps.ts";
import { expectContainersRun, usedMachine } from "../support/killed-runs.ts";
import type { MachineFiles } from "../support/machine-files.ts";
import { MachineRuns } from "../support/machine-runs.ts";
import { prepare } from "../support/prepared-machine.ts";
import { envelopeLines, sha256 } from "../support/remote-script.ts";
import type { Ran, RunOptions, ScratchMachine } from "../support/scratch-machine.ts";

const daemonJson = "/etc/docker/daemon.json";
const kept = `${daemonJson}.before-dockertls-removal`;
const original = '{"debug": false}\n';
const record = "/var/lib/dockertls/record";

interface Revision {
  /** What the removal is to restore; undefined: the original. */
  readonly undo?: DaemonSettings;
  readonly owner?: string;
  readonly claim?: string;
  /** The daemon.json that it was computed from. */
  readonly from?: string;
}

function revise(
  machine: ScratchMachine,
  { undo, owner = "dockertls/dev/b1", claim = "1000", from }: Revision,
  options: RunOptions = {},
): Promise<Ran> {
  const liveRestore = undo?.["live-restore"] === true;
  const settings = {
    ...{ owner, claim, base_sha: sha256(from ?? machine.read(daemonJson)) },
    undo_live_restore: String(liveRestore),
  };
  const files = undo === undefined ? [] : undoFiles(`${JSON.stringify(undo)}\n`, liveRestore);
  const named = files.map(({ name, mode, content }) => [name, { mode, text: content }] as const);
  const lines = envelopeLines({ settings, files: Object.fromEntries(named) });
  return machine.run("revise", { lines, ...options });
}

/** Somebody's edit of the file that this program wrote. */
function edit(machine: ScratchMachine, theirs: DaemonSettings): void {
  const ours = JSON.parse(machine.read(daemonJson)) as DaemonSettings;
  machine.write(daemonJson, JSON.stringify({ ...ours, ...theirs }), 0o600);
}

let machine: ScratchMachine;
beforeEach(() => {
  machine = usedMachine();
});
afterEach(() => machine.destroy());

test.each([
  ["a key that came", { debug: false, mtu: 1400 }],
  ["live-restore that came", { debug: false, "live-restore": true }],
  ["all keys that went", {}],
])("%s since the last converge", async (_what, undo) => {
  await prepare(machine);
  edit(machine, { mtu: 1400 });
  expect(await revise(machine, { undo })).toMatchObject({ code: 0, stdout: "revised\n" });

  expect(await machine.remove()).toMatchObject({
    code: 0,
    stdout: "removed: the machine is as it was\n",
  });

  expect(JSON.parse(machine.read(daemonJson))).toEqual(undo);
  expect(machine.exists(kept)).toBe(false);
  expect(machine.exists("/var/lib/dockertls")).toBe(false);
  expectContainersRun(machine);
});

test("what was added, taken up and taken back is gone: the original, byte for byte", async () => {
  const before = machine.snapshot();
  await prepare(machine, { base: original, undo: { debug: false, mtu: 1400 } });
  edit(machine, { mtu: 9000 });
  await revise(machine, {});

  await machine.remove();

  expect(machine.snapshot()).toEqual(before);
});

test("by hand as well, once the program has said so", async () => {
  await prepare(machine);
  edit(machine, { mtu: 1400 });
  await revise(machine, { undo: { mtu: 1400 } });

  expect(await machine.run("restore")).toMatchObject({ code: 0 });

  expect(JSON.parse(machine.read(daemonJson))).toEqual({ mtu: 1400 });
});

describe("does not count", () => {
  const taken = { debug: false, mtu: 1400 };
  beforeEach(async () => {
    await prepare(machine, { base: original, undo: taken });
  });

  test("where daemon.json was edited once more: that version is kept beside", async () => {
    edit(machine, { mtu: 9000 });
    await revise(machine, { undo: { mtu: 9000 } });
    edit(machine, { mtu: 9001 });
    const theirs = machine.read(daemonJson);

    await machine.remove();

    expect(JSON.parse(machine.read(daemonJson))).toEqual(taken);
    expect(machine.read(kept)).toBe(theirs);
  });

  test("after the next converge, though daemon.json is what it was then", async () => {
    const ours = machine.read(daemonJson);
    edit(machine, { mtu: 9000 });
    const theirs = machine.read(daemonJson);
    await revise(machine, { undo: { mtu: 9000 } });
    machine.write(daemonJson, ours, 0o600);
    expect(await machine.apply({ base: original, undo: taken })).toMatchObject({ code: 0 });
    machine.write(daemonJson, theirs, 0o600);

    await machine.remove();

    expect(JSON.parse(machine.read(daemonJson))).toEqual(taken);
    expect(machine.read(kept)).toBe(theirs);
  });

  test.each<[string, Revision]>([
    ["of another owner", { owner: "dockertls/dev/other" }],
    ["from before the machine was converged again", { claim: "999" }],
    ["of another daemon.json than the one that is there", { from: "{}" }],
  ])("%s", async (_what, changes) => {
    edit(machine, { mtu: 9000 });
    const before = machine.snapshot();

    expect(await revise(machine, { undo: {}, ...changes })).toMatchObject({
      code: 0,
      stdout: "left alone: this is not the machine that the look saw\n",
    });

    expect(machine.snapshot()).toEqual(before);
  });

  test("on a machine that was never touched", async () => {
    const untouched = usedMachine();
    const before = untouched.snapshot();
    expect(await revise(untouched, { undo: {} })).toMatchObject({ stdout: "nothing to undo\n" });
    expect(untouched.snapshot()).toEqual(before);
    untouched.destroy();
  });
});

describe("killed at any step", () => {
  const undo = { debug: false, mtu: 9000 };
  const runs = new MachineRuns();
  let edited: ScratchMachine;
  beforeAll(async () => {
    edited = usedMachine();
    expect(await edited.apply({})).toMatchObject({ code: 0 });
    edit(edited, { mtu: 9000 });
  });
  afterAll(() => {
    runs.destroy();
    edited.destroy();
  });

  async function restoredFrom(killed: MachineFiles): Promise<MachineFiles> {
    const { ran, machine: restored } = await runs.remove(killed);
    expect(ran).toMatchObject({ code: 0, stderr: "" });
    expect(restored.exists("/var/lib/dockertls")).toBe(false);
    expectContainersRun(restored);
    return restored;
  }

  test("of the revision: their version is kept beside", async () => {
    const act: Act = (one, inserted) => revise(one, { undo }, { inserted });
    const steps = await CapturedSteps.of(edited, act);
    for (const at of steps.names.keys()) {
      const restored = await restoredFrom(steps.at(at + 1));
      expect(restored.exists(kept)).toBe(true);
      expect(restored.read(daemonJson)).toBe(original);
    }
    await steps.expectSameAsKilled(steps.names.length);
    steps.destroy();
  });

  test("of the removal that follows: the next one restores the same", async () => {
    const revised = edited.copy();
    await revise(revised, { undo });
    expect(revised.read(record)).toMatch(/^revised_from=/m);
    const act: Act = (one, inserted) => one.remove(undefined, { inserted });
    const steps = await CapturedSteps.of(revised, act);
    for (const at of steps.names.keys()) {
      const killed = steps.at(at + 1);
      // The last steps: the marks are gone already.
      const restored = killed.exists(record) ? await restoredFrom(killed) : killed;
      expect(JSON.parse(restored.read(daemonJson))).toEqual(undo);
      expect(restored.exists(kept)).toBe(false);
    }
    steps.destroy();
    revised.destroy();
  }, 120_000);
});
