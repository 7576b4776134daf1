// The kinds of runs that faults come into, on one machine whose container must never notice, and the
// book that is kept of what came of each fault.
import type { Outcome } from "./fault-page.ts";
import {
  againAfterBoot,
  keepPrograms,
  lastProgram,
  send,
  stepsOf,
  untilLetGo,
  withText,
  type Ended,
} from "./faults.ts";
import {
  holdRestart,
  installHold,
  killRemoteRun,
  releaseRestart,
  untilHeld,
} from "./held-converge.ts";
import { refusedByReload, refusedByStart } from "./refused-settings.ts";
import { StackRun, type StackSettings } from "./stack-run.ts";
import { TestMachine } from "./test-machine.ts";

/** What the engine sends to bring the machine from `a` to another state; `refused…` don't get there. */
export type Change = "toB" | "toC" | "hiding" | "refusedByStart" | "refusedByReload";

/** The same, and what brings it from its own state to `a`, and back. */
type ProgramName = Change | "first" | "remove";

export interface Story {
  readonly during: string;
  /** The programs that bring the machine there from its own state. */
  readonly from: readonly ProgramName[];
  readonly act: ProgramName;
  /** What is served before it, and after. */
  readonly ends: readonly [string, string];
}

const theFirst: Story = {
  during: "the first `up`",
  from: [],
  act: "first",
  ends: ["its own", "a"],
};
const restarting: Story = {
  during: "a change that restarts",
  from: ["first"],
  act: "toB",
  ends: ["a", "b"],
};
const reloading: Story = {
  during: "a change that reloads",
  from: ["first"],
  act: "toC",
  ends: ["a", "c"],
};
const removing: Story = {
  during: "`destroy`",
  from: ["first"],
  act: "remove",
  ends: ["a", "its own"],
};
export const stories = { theFirst, restarting, reloading, removing };

export class FaultLab {
  readonly machine = new TestMachine("t1");
  readonly outcomes: Outcome[] = [];
  readonly #programs = new Map<ProgramName, string>();
  #before = "";
  #fate = "";

  /** A machine with a container, and the programs that the engine sends to it. */
  async prepare(changes: readonly Change[]): Promise<void> {
    await this.machine.pristine();
    await keepPrograms(this.machine);
    await installHold(this.machine);
    await this.machine.runContainer("box1");
    this.#fate = await this.machine.fate("box1");
    this.#before = await this.machine.files();
    const stack = await StackRun.onFakeEngine(this.settings("a"));
    this.#programs.set("first", await this.#sentBy(stack, this.settings("a")));
    for (const change of changes) {
      const isTaken = !change.startsWith("refused");
      this.#programs.set(change, await this.#sentBy(stack, this.#settingsFor(change), isTaken));
      await this.#sentBy(stack, this.settings("a"));
    }
    await stack.expectSuccess(["destroy", "--yes", "--skip-preview"]);
    this.#programs.set("remove", await lastProgram(this.machine, "remove"));
    await this.expectGivenBack();
  }

  async #sentBy(stack: StackRun, wanted: StackSettings, isTaken = true): Promise<string> {
    stack.configure(wanted);
    expect((await stack.up()).exitCode === 0).toBe(isTaken);
    return lastProgram(this.machine, "apply");
  }

  #settingsFor(change: Change): StackSettings {
    switch (change) {
      case "toB":
        return this.settings("b");
      case "toC":
        return this.settings("c");
      case "hiding":
        return this.settings(
          "d",
          // On the file system of Docker's own folder: the machine's root holds no overlay of its own.
          { "data-root": "/var/lib/docker/elsewhere" },
          { allowContainerRestart: true },
        );
      case "refusedByStart":
        return this.settings("d", refusedByStart);
      case "refusedByReload":
        return this.settings("d", refusedByReload);
    }
  }

  /** `b` differs from `a` in what takes a restart, `c` in what takes a reload. */
  settings(state: string, changes: object = {}, host = {}): StackSettings {
    const restarts = state === "b" ? { "log-opts": { tag: "b" } } : {};
    return {
      daemon: { labels: [`state=${state}`], ...restarts, ...changes },
      hosts: { t1: this.machine.host(host) },
    };
  }

  program(name: ProgramName): string {
    const program = this.#programs.get(name);
    if (program === undefined) throw new Error(`faults: program ${name} was not prepared`);
    return program;
  }

  /** `its own`, `a`, `b` or `c`: what dockerd says, once it says something. */
  async serves(): Promise<string> {
    await this.machine.waitFor("dockerd", 30, "docker info");
    const labels = await this.machine.info("{{.Labels}}");
    const state = /state=(.)/.exec(labels)?.[1] ?? "its own";
    const listens = await this.machine.succeeds("ss -Hltn 'sport = :2376' | grep -q .");
    // Neither is never: settings of ours without the port, or the port without them.
    expect(listens).toBe(state !== "its own");
    return state;
  }

  async expectSameContainer(): Promise<void> {
    expect(await this.machine.fate("box1")).toBe(this.#fate);
  }

  async expectGivenBack(): Promise<void> {
    expect(await this.machine.files()).toBe(this.#before);
  }

  /** Runs it to its end, and returns the sentence that it ends with. */
  async done(program: string): Promise<string> {
    const { exitCode, stdout, stderr } = await send(this.machine, program);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    await this.expectSameContainer();
    return stdout.replace(/;.*/s, "");
  }

  async goTo(story: Story): Promise<void> {
    for (const name of story.from) await this.done(this.program(name));
    expect(await this.serves()).toBe(story.ends[0]);
  }

  async giveBack(): Promise<void> {
    await this.done(this.program("remove"));
    await this.expectGivenBack();
  }

  /** The steps of a story's program with their numbers, from the one on that marks the machine as touched. */
  async touchingSteps(story: Story): Promise<(readonly [string, number])[]> {
    await this.goTo(story);
    const steps = await stepsOf(this.machine, this.program(story.act));
    if (story.act !== "remove") await this.giveBack();
    const touched = steps.indexOf("pending");
    return steps.map((step, index) => [step, index + 1] as const).slice(touched);
  }

  /** The run after a fault: it completes the story, and the machine can still be given back. */
  async recover(story: Story, fault: string, step: string): Promise<void> {
    const served = await this.serves();
    const next = await this.done(this.program(story.act));
    expect(await this.serves()).toBe(story.ends[1]);
    this.note(story, fault, step, served, next);
    if (story.act === "remove") await this.expectGivenBack();
    else await this.giveBack();
  }

  note(story: Story, fault: string, step: string, served: string, next: string): void {
    const [old, wanted] = story.ends;
    expect([old, wanted]).toContain(served);
    this.outcomes.push({
      fault,
      step,
      served: served === old ? "the old" : "the new",
      next,
    });
  }

  /** Down, and up again: the container is started anew, and is the one to be kept from then on. */
  async boot(options: { readonly powerCut: boolean }): Promise<void> {
    await this.machine.stop(options);
    await this.machine.start();
    await againAfterBoot(this.machine);
    await this.machine.sh("docker start box1");
    this.#fate = await this.machine.fate("box1");
  }

  /** Runs a story's program where a file system has no byte left, and says which step found it out. */
  async onFullDisk(directory: string, story: Story): Promise<Ended & { readonly step: string }> {
    const isNew = !(await this.machine.succeeds(`test -d ${directory}`));
    await this.machine.sh(
      `set -e
       mkdir -p -m 0700 ${directory}
       cp -a ${directory} /run/full
       mount -t tmpfs -o size=16m,mode=$(stat -c %a ${directory}) none ${directory}
       cp -a /run/full/. ${directory}
       rm -r /run/full
       cat /dev/zero >${directory}/ballast 2>/dev/null || true`,
    );
    // What follows a failure is cleaning up.
    const text = [
      "gave_up=",
      'step() { current_step=$1; [ "$1" != give-up ] || gave_up=yes; [ "$gave_up" ] || echo "$1" >/run/faults/last; }',
    ].join("\n");
    const ended = await send(this.machine, withText(this.program(story.act), text));
    const step = await this.machine.sh(
      `umount ${directory} && cat /run/faults/last${isNew ? ` && rmdir ${directory}` : ""}`,
    );
    return { ...ended, step };
  }

  /** An engine on machine A that is killed when the machine is about to restart dockerd. */
  async killEngine(stack: StackRun): Promise<void> {
    await holdRestart(this.machine);
    const up = stack.begin(["up", "--yes", "--skip-preview"]);
    await untilHeld(this.machine);
    await up.kill();
    expect((await up.end).exitCode).toBeNull();
  }

  /** The run on the machine, whose engine is gone, is killed as well. */
  async killRun(): Promise<void> {
    await killRemoteRun(this.machine);
    await releaseRestart(this.machine);
  }

  /** The run on the machine, whose engine is gone, comes to its end by itself. */
  async letGo(): Promise<void> {
    await releaseRestart(this.machine);
    await untilLetGo(this.machine);
  }
}
