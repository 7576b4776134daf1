// What others keep from the machine's users stays hidden from them, whatever this program writes into it.
import { chmodSync, chownSync } from "node:fs";
import { prepare } from "../support/prepared-machine.ts";
import { isRoot, type ScratchMachine } from "../support/scratch-machine.ts";
import { expectConverged, expectRestored, usedMachine } from "../support/killed-runs.ts";

const daemonJson = "/etc/docker/daemon.json";
let machine: ScratchMachine;
beforeEach(() => {
  machine = usedMachine();
});
afterEach(() => machine.destroy());

/** Notes the mode of every daemon.json that lies anywhere, its variants and copies too, at each step. */
const watch = `step() {
  current_step=$1
  for watched in "$root"/etc/docker/daemon.json*; do
    [ ! -f "$watched" ] || stat -c '%a' "$watched" >>"$MODEL/modes"
  done
}`;

const modes = (): string[] => [...new Set(machine.get("modes").split("\n"))];
const modeOf = (path = daemonJson): string => machine.snapshot()[path]?.split(" ")[0] ?? "none";

test.each([
  [0o600, "600"],
  [0o640, "640"],
  [0o644, "644"],
  [0o666, "644"],
  [0o400, "400"],
  [0o755, "644"],
])("of a daemon.json that was %o, it is %s while the machine is ours", async (found, mode) => {
  machine.write(daemonJson, '{"proxies": {"http-proxy": "http://u:p@proxy"}}\n', found);
  const base = machine.read(daemonJson);
  const before = machine.snapshot();
  expectConverged(machine, await machine.apply({ base }));
  expect(modeOf()).toBe(mode);
  expectRestored(machine, await machine.remove(), before);
});

test("it is open to others at no step of a change, a rollback or a removal", async () => {
  const options = { inserted: watch };
  expectConverged(machine, await machine.apply({ liveRestore: false }, options));
  expect(await machine.apply({ keys: { "log-driver": "ftp://x" } }, options)).toMatchObject({
    code: 30,
  });
  expect(await machine.remove(undefined, options)).toMatchObject({ code: 0 });
  expect(modes()).toEqual(["600"]);
});

test("settings that are secret in the stack are for root alone, even where there was no file", async () => {
  const base = "";
  machine.write(daemonJson, "{}\n", 0o644);
  machine.write("/etc/docker/other", "");
  expectConverged(
    machine,
    await machine.apply({ hidden: true, base: "{}\n" }, { inserted: watch }),
  );
  expect(modeOf()).toBe("600");
  expect(base).toBe("");
});

test("a stricter mode stays", async () => {
  machine.write(daemonJson, "{}\n", 0o644);
  await prepare(machine, { base: "{}\n" });
  chmodSync(machine.path(daemonJson), 0o600);
  expect(await machine.apply({ base: "{}\n" })).toMatchObject({ stdout: "nothing to do\n" });
  expectConverged(machine, await machine.apply({ base: "{}\n", keys: { debug: true } }));
  expect(modeOf()).toBe("600");
});

test("a mode that an earlier version widened is corrected, and dockerd is left alone", async () => {
  await prepare(machine, {});
  chmodSync(machine.path(daemonJson), 0o644);
  const pid = machine.get("pid");
  expect(await machine.apply()).toMatchObject({
    stdout: "changed: corrected files; docker was not touched\n",
  });
  expect(modeOf()).toBe("600");
  expect(machine.get("pid")).toBe(pid);
});

(isRoot ? test : test.skip)(
  "its group stays the one that others gave it (needs root)",
  async () => {
    machine.write(daemonJson, "{}\n", 0o640);
    chownSync(machine.path(daemonJson), 0, 1234);
    const before = machine.snapshot();
    expectConverged(machine, await machine.apply({ base: "{}\n" }));
    expect(machine.snapshot()[daemonJson]).toMatch(/^640 0:1234 /);
    expectRestored(machine, await machine.remove(), before);
  },
);

(isRoot ? test : test.skip)(
  "a foreign group that could do more than everybody is removed (needs root)",
  async () => {
    machine.write(daemonJson, "{}\n", 0o640);
    await prepare(machine, { base: "{}\n" });
    chownSync(machine.path(daemonJson), 0, 1234);
    expect(await machine.apply({ base: "{}\n" })).toMatchObject({
      stdout: "changed: corrected files; docker was not touched\n",
    });
    expect(machine.snapshot()[daemonJson]).toMatch(/^640 0:0 /);
    expect(await machine.apply({ base: "{}\n" })).toMatchObject({ stdout: "nothing to do\n" });
  },
);

test("what others set while the machine was ours is restored with their stricter mode", async () => {
  machine.write(daemonJson, "{}\n", 0o644);
  const edited = '{"mtu": 1400}\n';
  await prepare(machine, { base: "{}\n" });
  chmodSync(machine.path(daemonJson), 0o600);
  await prepare(machine, { base: "{}\n", keys: { mtu: 1400 }, undo: { mtu: 1400 } });
  expect(await machine.remove()).toMatchObject({ code: 0 });
  expect(machine.read(daemonJson).replaceAll(/\s/g, "")).toBe(edited.replaceAll(/\s/g, ""));
  expect(modeOf()).toBe("600");
});
