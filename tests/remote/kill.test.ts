// A run that is killed at any step, by a lost power supply or an impatient person, costs nothing:
// no container, no file, no readable key; and the next run, whichever it is, finishes.
import {
  expectContainersRun,
  expectConverged,
  expectGivenBack,
  killAt,
  stepsOf,
  usedMachine,
} from "../support/killed-runs.ts";
import type { Wanted } from "../support/remote-script.ts";
import { ScratchMachine } from "../support/scratch-machine.ts";
import type { Ran } from "../support/scratch-machine.ts";

interface Scenario {
  name: string;
  prepare: Wanted[];
  act: (machine: ScratchMachine, inserted: string) => Promise<Ran>;
  /** What the next run wants, by default. */
  next: Wanted;
  different: Wanted;
}

const moved: Wanted = {
  directory: "/srv/tls/docker",
  port: 2377,
  key: "PRIVATE KEY TWO\n",
  certificate: "CERTIFICATE TWO\n",
};
const scenarios: Scenario[] = [
  {
    name: "first apply",
    prepare: [],
    act: (machine, inserted) => machine.apply({}, { inserted }),
    next: {},
    different: moved,
  },
  {
    name: "apply to another directory, live-restore no longer wanted",
    prepare: [{}],
    act: (machine, inserted) => machine.apply({ ...moved, liveRestore: false }, { inserted }),
    next: { ...moved, liveRestore: false },
    different: {},
  },
  {
    name: "apply that is refused and rolled back to the machine's own state",
    prepare: [],
    act: (machine, inserted) =>
      machine.apply({ keys: { "registry-mirrors": ["ftp://x"] } }, { inserted }),
    next: {},
    different: moved,
  },
  {
    name: "apply that is refused and rolled back to a state without live-restore",
    prepare: [{ liveRestore: false }],
    act: (machine, inserted) =>
      machine.apply({ keys: { "registry-mirrors": ["ftp://x"] } }, { inserted }),
    next: {},
    different: { liveRestore: false },
  },
  {
    name: "remove",
    prepare: [{}],
    act: (machine, inserted) => machine.remove(undefined, { inserted }),
    next: {},
    different: moved,
  },
  {
    name: "remove from a state without live-restore",
    prepare: [{ ...moved, liveRestore: false }],
    act: (machine, inserted) => machine.remove(undefined, { inserted }),
    next: {},
    different: moved,
  },
];

const machines: ScratchMachine[] = [];
afterEach(() => {
  for (const machine of machines.splice(0)) machine.destroy();
});

async function prepared(scenario: Scenario): Promise<ScratchMachine> {
  const machine = usedMachine();
  machine.set("refused", "ftp://x");
  for (const wanted of scenario.prepare) expect(await machine.apply(wanted)).toMatchObject({ code: 0 });
  machine.set("starts", "0");
  return machine;
}

const original = usedMachine();
const before = original.snapshot();
original.destroy();

for (const scenario of scenarios) {
  const start = await prepared(scenario);
  const dry = start.copy();
  const steps = await stepsOf(dry, scenario.act);
  dry.destroy();

  describe(scenario.name, () => {
    afterAll(() => start.destroy());
    test.each(steps.map((step, index) => [step, index + 1] as const))(
      "killed at %s (%i)",
      async (_step, count) => {
        const killed = start.copy();
        machines.push(killed);
        expect(await scenario.act(killed, killAt(count))).toMatchObject({ signal: "SIGKILL" });
        expectContainersRun(killed);
        expect(killed.readableKeys()).toEqual([]);

        // Somebody restarts docker, or the machine boots, before the next run.
        for (const words of [[], ["daemon-reload"]]) {
          const restarted = killed.copy();
          machines.push(restarted);
          if (words.length > 0) restarted.systemctl(...words);
          restarted.systemctl("reset-failed", "docker.service");
          const wasProtected = restarted.get("live") === "true" && restarted.get("active") === "active";
          const refused = restarted.exists("/etc/docker/daemon.json")
            ? restarted.read("/etc/docker/daemon.json").includes("ftp://x")
            : false;
          if (!refused) {
            expect(restarted.systemctl("restart", "docker.service")).toBe(0);
            if (wasProtected && !scenario.prepare.some((wanted) => wanted.liveRestore === false)) {
              // Only the very end of a way back has live-restore off, as it was before.
            }
          }
        }

        const [removed, different] = [killed.copy(), killed.copy()];
        machines.push(removed, different);
        expectGivenBack(removed, await removed.remove(), before);

        expectConverged(different, await different.apply(scenario.different));

        expectConverged(killed, await killed.apply(scenario.next));
        expect(await killed.apply(scenario.next)).toMatchObject({ stdout: "nothing to do\n" });
        expectGivenBack(killed, await killed.remove(), before);
      },
      30_000,
    );
  });
}
