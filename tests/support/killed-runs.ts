// Runs that are killed at a step. The steps are those that the script itself announces, so a new
// one is covered without anybody thinking of it.
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

export type Act = (machine: ScratchMachine, inserted: string) => Promise<Ran>;

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

export async function stepsOf(machine: ScratchMachine, act: Act): Promise<string[]> {
  machine.unset("steps");
  await act(machine, `step() { current_step=$1; echo "$1" >>'${machine.model}/steps'; }`);
  return machine.get("steps").split("\n");
}

/** The text that kills the script when it announces its count-th step (from 1). */
export const killAt = (count: number): string =>
  `step() { current_step=$1; steps=$((\${steps:-0} + 1)); [ "$steps" != ${count} ] || kill -9 $$; }`;

/** The same, for something else that happens at that step. */
export const doAt = (name: string, command: string): string =>
  `step() { current_step=$1; if [ "$1" = ${name} ]; then ${command}; fi; }`;

export function expectContainersRun(machine: ScratchMachine): void {
  expect(machine.get("containers")).toBe(containers);
}

export function expectConverged(machine: ScratchMachine, ran: Ran): void {
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
  expect(state.sort()).toEqual(["original", "record", "run"]);
  expect(machine.readableKeys()).toEqual([]);
}

export function expectGivenBack(
  machine: ScratchMachine,
  ran: Ran,
  before: Record<string, string>,
): void {
  expect(ran).toMatchObject({ code: 0, stderr: "" });
  expect(machine.snapshot()).toEqual(before);
  expectContainersRun(machine);
  expect(machine.get("active")).toBe("active");
}

function withoutState(snapshot: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(snapshot).filter(([path]) => !path.startsWith("/var/lib/dockertls")),
  );
}

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
  const dry = start.copy();
  const steps = await stepsOf(dry, scenario.act);
  dry.destroy();
  const harmlessUntil = steps.indexOf("pending") + 1;

  describe(scenario.name, () => {
    const machines: ScratchMachine[] = [];
    const another = (machine: ScratchMachine): ScratchMachine => {
      const copy = machine.copy();
      machines.push(copy);
      return copy;
    };
    afterEach(() => {
      for (const machine of machines.splice(0)) machine.destroy();
    });
    afterAll(() => start.destroy());

    const tested = steps
      .map((step, index) => [step, index + 1] as const)
      .filter(([, count]) => !scenario.brief || count > harmlessUntil);
    test.each(tested)(
      "killed at %s (%i)",
      async (_step, count) => {
        const killed = another(start);
        expect(await scenario.act(killed, killAt(count))).toMatchObject({ signal: "SIGKILL" });
        expectContainersRun(killed);
        expect(killed.readableKeys()).toEqual([]);

        if (count <= harmlessUntil) {
          expect(withoutState(killed.snapshot())).toEqual(withoutState(start.snapshot()));
          expect(killed.calls().filter((call) => /reload|restart|stop/.test(call))).toEqual(
            start.calls().filter((call) => /reload|restart|stop/.test(call)),
          );
          if (count < harmlessUntil - 2) return;
        }

        expectStartsForAnybody(killed, another);
        if (!scenario.brief || count % 2 === 0) {
          const removed = another(killed);
          expectGivenBack(removed, await removed.remove(), before);
          if (scenario.brief) return;
        }
        if (scenario.different) {
          const different = another(killed);
          expectConverged(different, await different.apply(scenario.different));
          expectGivenBack(different, await different.remove(), before);
        }
        expectConverged(killed, await killed.apply(scenario.next));
        if (!scenario.brief) expectGivenBack(killed, await killed.remove(), before);
      },
      60_000,
    );
  });
}

/** Somebody restarts docker, or the machine boots, before the next run comes. */
function expectStartsForAnybody(
  killed: ScratchMachine,
  another: (machine: ScratchMachine) => ScratchMachine,
): void {
  const refused =
    killed.exists("/etc/docker/daemon.json") &&
    killed.read("/etc/docker/daemon.json").includes("ftp://x");
  if (refused) return;
  for (const boots of [false, true]) {
    const restarted = another(killed);
    if (boots) restarted.systemctl("daemon-reload");
    restarted.systemctl("reset-failed", "docker.service");
    expect(restarted.systemctl("restart", "docker.service")).toBe(0);
  }
}
