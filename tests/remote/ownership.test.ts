// Whose machine it is, as the machine itself decides: renames, moves, take-overs, and who may undo what.
import { previousOwnerText } from "../../components/model/observed/owner.ts";
import { expectConverged, expectRestored, usedMachine } from "../support/killed-runs.ts";
import { prepare } from "../support/prepared-machine.ts";
import type { ScratchMachine } from "../support/scratch-machine.ts";

const own = "dockertls/dev/b1";
const theirs = "dockertls/prod/x";
const place = "10.0.0.4:22";

let machine: ScratchMachine;
beforeEach(() => {
  machine = usedMachine();
});
afterEach(() => machine.destroy());

const record = (): string => machine.read("/var/lib/dockertls/record");

/** As a version without fencing tokens has left it. */
function forgetToken(): void {
  machine.write("/var/lib/dockertls/record", record().replace(/^(address|claim)=.*\n/gm, ""));
}

describe("taking over from another owner", () => {
  const follow = {
    owner: own,
    previousOwner: previousOwnerText({ id: theirs, endpoint: place, fencingToken: "" }),
  };

  test("is allowed where it is still the one that the look saw", async () => {
    const before = machine.snapshot();
    await prepare(machine, { owner: theirs });
    expectConverged(machine, await machine.apply(follow));
    expect(record()).toMatch(/^owner=dockertls\/dev\/b1$/m);
    expect(await machine.remove(theirs)).toMatchObject({
      code: 0,
      stdout: `left alone: this machine belongs to ${own}\n`,
    });
    expectRestored(machine, await machine.remove(own), before);
  });

  test.each([
    ["somebody else has it", { owner: "dockertls/prod/y" }],
    ["it is held from another place", { owner: theirs, address: "10.0.0.9:22" }],
  ])("is refused where %s by now, and nothing is touched", async (_what, present) => {
    await prepare(machine, present);
    const before = machine.snapshot();
    expect(await machine.apply(follow)).toMatchObject({
      code: 10,
      stderr: `owner: this machine belongs to ${present.owner}; configuring it for ${own} would take it over; destroy it there first, or set takeOver: true\n`,
    });
    expect(machine.snapshot()).toEqual(before);
  });

  test("an owner that an earlier version recorded is followed too", async () => {
    await prepare(machine, { owner: theirs });
    forgetToken();
    expectConverged(machine, await machine.apply({ owner: own, previousOwner: `${theirs} at ` }));
  });
});

describe("a machine of our own that is reached elsewhere by now", () => {
  test("says so, and dockerd is not touched for that", async () => {
    await prepare(machine);
    const starts = machine.get("starts");
    expect(await machine.apply({ address: "10.0.0.9:22", fencingToken: "2000" })).toMatchObject({
      code: 0,
      stdout: "nothing to do\n",
    });
    expect(record()).toMatch(/\naddress=10\.0\.0\.9:22\nclaim=2000\n$/);
    expect(machine.get("starts")).toBe(starts);
  });

  test("has its new token even when the rest of the run fails", async () => {
    await prepare(machine);
    machine.set("port-taken", "2377");
    const keys = { "registry-mirrors": ["ftp://x"] };
    expect(await machine.apply({ fencingToken: "2000", keys })).toMatchObject({ code: 30 });
    expect(record()).toMatch(/^claim=2000$/m);
  });

  test("a run that was cut off says so as well", async () => {
    await machine.apply({}, { inserted: `step() { [ "$1" != new-restart ] || kill -9 $$; }` });
    expect(
      await machine.apply({ address: "10.0.0.9:22", fencingToken: "2000" }, killAtPort),
    ).toMatchObject({ signal: "SIGKILL" });
    expect(machine.read("/var/lib/dockertls/pending")).toMatch(/^claim=2000$/m);
    expect((await machine.remove(own)).stdout).toMatch(/^left alone: /);
  });

  const killAtPort = { inserted: `step() { [ "$1" != check-docker ] || kill -9 $$; }` };
});

describe("removal", () => {
  test("an earlier token than the present one leaves the machine alone", async () => {
    await prepare(machine, { fencingToken: "2000", address: "10.0.0.9:22" });
    const before = machine.snapshot();
    expect(await machine.remove(own, {}, "1000")).toMatchObject({
      code: 0,
      stdout: `left alone: ${own} was converged on this machine again, at 10.0.0.9:22\n`,
    });
    expect(machine.snapshot()).toEqual(before);
  });

  test.each([
    ["the present one", "1000"],
    ["a later one, whose converge never came", "2000"],
  ])("%s restores it", async (_what, token) => {
    const before = machine.snapshot();
    await prepare(machine, { fencingToken: "1000" });
    expectRestored(machine, await machine.remove(own, {}, token), before);
  });

  test.each([["1000"], ["0"], [""]])(
    "a machine without a recorded token is restored (token %j)",
    async (token) => {
      const before = machine.snapshot();
      await prepare(machine);
      forgetToken();
      expectRestored(machine, await machine.remove(own, {}, token), before);
    },
  );

  test("a removal that was cut off is resumed with the same token", async () => {
    const before = machine.snapshot();
    await prepare(machine, { fencingToken: "2000" });
    const cut = { inserted: `step() { [ "$1" != undo-restart ] || kill -9 $$; }` };
    expect(await machine.remove(own, cut, "2000")).toMatchObject({ signal: "SIGKILL" });
    expect(machine.read("/var/lib/dockertls/pending")).toMatch(/^claim=2000$/m);
    expect((await machine.remove(own, {}, "1000")).stdout).toMatch(/^left alone: /);
    expectRestored(machine, await machine.remove(own, {}, "2000"), before);
  });
});
