// Runs that are killed at each step in turn, and what later runs make of what they left.
import { CapturedSteps, type Act } from "./captured-steps.ts";
import type { MachineFiles } from "./machine-files.ts";
import { MachineRuns } from "./machine-runs.ts";
import type { Wanted } from "./remote-script.ts";
import { ScratchMachine } from "./scratch-machine.ts";
import type { Ran } from "./scratch-machine.ts";

export const containers = "web 4711";

/** A machine with a daemon.json and a mode of its own, and a running container. */
export function usedMachine(): ScratchMachine {
  const machine = new ScratchMachine();
  machine.write("/etc/docker/daemon.json", '{"debug": false}\n', 0o600);
  machine.set("refused", "ftp://x");
  // As the container's own process shows, when dockerd can't be asked.
  machine.write("/proc/4711/comm", "containerd-shim\n");
  machine.write("/proc/4711/cmdline", `containerd-shim\0-id\0${"4711".padStart(64, "0")}\0`);
  return machine;
}

export interface Scenario {
  name: string;
  /** What was applied before. */
  prepare: Wanted[];
  act: Act;
  /** What the run after the killed one wants. */
  next: Wanted;
  /** And what another one wants instead. */
  different?: Wanted;
  /** Only the steps from the first touch on; removal and another run after it take turns. */
  brief?: boolean;
}

/** The text that does something when the script announces that step. */
export const doAt = (name: string, command: string): string =>
  `step() { current_step=$1; if [ "$1" = ${name} ]; then ${command}; fi; }`;

export function expectContainersRun(machine: MachineFiles): void {
  expect(machine.get("containers")).toBe(containers);
}

export function expectConverged(machine: MachineFiles, ran: Ran): void {
  expect(ran).toMatchObject({
    stderr: "",
    stdout: expect.stringMatching(/^(changed|nothing)/),
    code: 0,
  });
  expectContainersRun(machine);
  expect(machine.get("active")).toBe("active");
  const paths = Object.keys(machine.snapshot());
  expect(paths.filter((path) => /\.dockertls-|\.new$|\/tree$/.test(path))).toEqual(
    paths.filter((path) => path.endsWith("original/tree")),
  );
  const state = paths.flatMap(
    (path) => /^\/var\/lib\/dockertls\/([a-z]*)[^/]*$/.exec(path)?.[1] ?? [],
  );
  // The script is there where it runs from a file.
  const left = state.filter((name) => !["dockertls", "script"].includes(name));
  expect(left.sort()).toEqual(["original", "record", "run"]);
  expect(machine.readableKeys()).toEqual([]);
}

export function expectRestored(
  machine: MachineFiles,
  ran: Ran,
  before: Record<string, string>,
): void {
  expect(ran).toMatchObject({ code: 0, stderr: "" });
  expect(machine.snapshot()).toEqual(before);
  expectContainersRun(machine);
  expect(machine.get("active")).toBe("active");
  // Local clients find whoever listens.
  expect(machine.get("socket")).toBe("file");
}

function withoutState(snapshot: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(snapshot).filter(([path]) => !path.startsWith("/var/lib/dockertls")),
  );
}

/** Whether a run is really killed there, which proves that what was put aside at a step is what a kill leaves. */
export const isKilled = (count: number, steps: readonly unknown[]): boolean =>
  count % 5 === 0 || count === steps.length;

/** Registers one test per step of the scenario. */
export async function testKills(scenario: Scenario): Promise<void> {
  const untouched = usedMachine();
  const before = untouched.snapshot();
  untouched.destroy();

  const start = usedMachine();
  for (const wanted of scenario.prepare) {
    const { code, stderr } = await start.apply(wanted);
    if (code !== 0) throw new Error(`${scenario.name}: ${stderr}`);
  }
  start.set("starts", "0");
  const steps = await CapturedSteps.of(start, scenario.act);
  const harmlessUntil = steps.names.indexOf("pending") + 1;

  describe(scenario.name, () => {
    const runs = new MachineRuns();
    afterAll(() => {
      for (const made of [start, steps, runs]) made.destroy();
    });

    const expectRemovable = async (machine: MachineFiles): Promise<void> => {
      const removed = await runs.remove(machine);
      expectRestored(removed.machine, removed.ran, before);
    };
    const expectConverges = async (
      machine: MachineFiles,
      wanted: Wanted,
    ): Promise<MachineFiles> => {
      const converged = await runs.apply(machine, wanted);
      expectConverged(converged.machine, converged.ran);
      return converged.machine;
    };

    const tested = steps.names
      .map((step, index) => [step, index + 1] as const)
      .filter(([, count]) => !scenario.brief || count > harmlessUntil);
    test.each(tested)(
      "killed at %s (%i)",
      async (_step, count) => {
        const killed = steps.at(count);
        if (isKilled(count, steps.names)) await steps.expectSameAsKilled(count);
        expectContainersRun(killed);
        expect(killed.readableKeys()).toEqual([]);

        if (count <= harmlessUntil) {
          expect(withoutState(killed.snapshot())).toEqual(withoutState(start.snapshot()));
          expect(killed.calls().filter((call) => /reload|restart|stop/.test(call))).toEqual(
            start.calls().filter((call) => /reload|restart|stop/.test(call)),
          );
          if (count < harmlessUntil - 2) return;
        }

        expectStartsForAnybody(killed, runs);
        if (!scenario.brief || count % 2 === 0) {
          await expectRemovable(killed);
          if (scenario.brief) return;
        }
        if (scenario.different) {
          await expectRemovable(await expectConverges(killed, scenario.different));
        }
        const next = await expectConverges(killed, scenario.next);
        if (!scenario.brief) await expectRemovable(next);
      },
      60_000,
    );
  });
}

/** Somebody restarts docker, or the machine boots, before the next run comes. */
function expectStartsForAnybody(killed: MachineFiles, runs: MachineRuns): void {
  const refused =
    killed.exists("/etc/docker/daemon.json") &&
    killed.read("/etc/docker/daemon.json").includes("ftp://x");
  if (refused) return;
  for (const boots of [false, true]) expect(runs.start(killed, boots)).toBe(0);
}
