// The kinds of runs that faults come into, on one machine whose container must never notice, and the
// book that is kept of what came of each fault.
import { startMachine, stopMachine } from "../../lab/machines/machines.ts";
import type { Outcome } from "./fault-table.ts";
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

/** What the engine sent to bring the machine from its own state or from `a` to another, and back. */
type Programs = Record<
  "first" | "toA" | "toB" | "toC" | "hiding" | "refusedByStart" | "refusedByReload" | "remove",
  string
>;

export interface Story {
  readonly during: string;
  /** The programs that bring the machine there from its own state. */
  readonly from: readonly (keyof Programs)[];
  readonly act: keyof Programs;
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
  #programs: Programs | undefined;
  #stack: StackRun | undefined;
  #before = "";
  #fate = "";

  async prepare(): Promise<void> {
    await this.machine.pristine();
    await keepPrograms(this.machine);
    await installHold(this.machine);
    await this.machine.runContainer("box1");
    this.#fate = await this.machine.fate("box1");
    this.#before = await this.machine.files();
    const stack = await StackRun.create(this.settings("a"));
    this.#stack = stack;
    const sentBy = async (wanted: StackSettings, isTaken = true): Promise<string> => {
      stack.configure(wanted);
      expect((await stack.up()).exitCode === 0).toBe(isTaken);
      return lastProgram(this.machine, "apply");
    };
    const first = await sentBy(this.settings("a"));
    const toB = await sentBy(this.settings("b"));
    const toA = await sentBy(this.settings("a"));
    const toC = await sentBy(this.settings("c"));
    await sentBy(this.settings("a"));
    // On the file system of Docker's own folder: the machine's root holds no overlay of its own.
    const elsewhere = { "data-root": "/var/lib/docker/elsewhere" };
    const hiding = await sentBy(this.settings("d", elsewhere, { allowContainerRestart: true }));
    await sentBy(this.settings("a"));
    const byStart = await sentBy(this.settings("d", refusedByStart), false);
    const byReload = await sentBy(this.settings("d", refusedByReload), false);
    await stack.expectSuccess(["destroy", "--yes", "--skip-preview"]);
    const remove = await lastProgram(this.machine, "remove");
    const refused = { refusedByStart: byStart, refusedByReload: byReload };
    this.#programs = { first, toA, toB, toC, hiding, ...refused, remove };
    await this.expectGivenBack();
  }

  /** `b` differs from `a` in what takes a restart, `c` in what takes a reload. */
  settings(state: string, changes: object = {}, host = {}): StackSettings {
    const restarts = state === "b" ? { "log-opts": { tag: "b" } } : {};
    return {
      daemon: { labels: [`state=${state}`], ...restarts, ...changes },
      hosts: { t1: this.machine.host(host) },
    };
  }

  get stack(): StackRun {
    if (this.#stack === undefined) throw new Error("faults: not prepared");
    return this.#stack;
  }

  program(name: keyof Programs): string {
    if (this.#programs === undefined) throw new Error("faults: not prepared");
    return this.#programs[name];
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
      during: story.during,
      fault,
      step,
      served: served === old ? "the old" : "the new",
      next,
    });
  }

  /** Down, and up again: the container is started anew, and is the one to be kept from then on. */
  async boot(options: { readonly powerCut: boolean }): Promise<void> {
    await stopMachine("test", this.machine.name, options);
    await startMachine("test", this.machine.name);
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
  async killEngine(): Promise<void> {
    await holdRestart(this.machine);
    const up = this.stack.begin(["up", "--yes", "--skip-preview"]);
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
