// Every step of every kind of run, interrupted: dockerd serves the old or the new configuration, the next
// run completes, and the machine can still be given back. Writes docs/faults.md with DOCKERTLS_FAULTS=write.
import { startMachine, stopMachine } from "../../lab/machines/machines.ts";
import {
  cellsOf,
  faultPage,
  writePage,
  writtenPage,
  type Outcome,
} from "../support/fault-table.ts";
import {
  againAfterBoot,
  atStep,
  dropConnection,
  keepPrograms,
  lastProgram,
  send,
  sendOverSsh,
  stepsOf,
  untilLetGo,
  untilReached,
  wait,
  withText,
} from "../support/faults.ts";
import { refusedByStart } from "../support/refused-settings.ts";
import { closeStacks, StackRun } from "../support/stack-run.ts";
import { testImage } from "../support/test-image.ts";
import { bootMilliseconds, TestMachine } from "../support/test-machine.ts";

const machine = new TestMachine("t1");
const outcomes: Outcome[] = [];
const longest = 600_000;

/** Elsewhere the scripts are the same, and the test minutes are not: every so many steps. */
const every = testImage === "trixie" ? 1 : 8;

/** What the engine sent to bring the machine from its own state or from `a` to another, and back. */
let programs: Record<"first" | "toB" | "toC" | "toA" | "refused" | "remove", string>;
let before: string;
let fate: string;

beforeAll(async () => {
  await machine.pristine();
  await keepPrograms(machine);
  await machine.runContainer("box1");
  fate = await machine.fate("box1");
  before = await machine.files();
  const settings = (state: string, changes: object = {}): Record<string, unknown> => ({
    daemon: { labels: [`state=${state}`], ...changes },
    hosts: { t1: machine.host() },
  });
  const stack = await StackRun.create(settings("a"));
  const sentBy = async (wanted: Record<string, unknown>): Promise<string> => {
    stack.configure(wanted);
    await stack.expectSuccess(["up", "--yes", "--skip-preview"]);
    return lastProgram(machine, "apply");
  };
  const first = await sentBy(settings("a"));
  const toB = await sentBy(settings("b", { "log-opts": { tag: "b" } }));
  const toA = await sentBy(settings("a"));
  const toC = await sentBy(settings("c"));
  await sentBy(settings("a"));
  stack.configure(settings("d", refusedByStart));
  expect((await stack.run(["up", "--yes", "--skip-preview"])).exitCode).not.toBe(0);
  const refused = await lastProgram(machine, "apply");
  await stack.expectSuccess(["destroy", "--yes", "--skip-preview"]);
  programs = { first, toB, toA, toC, refused, remove: await lastProgram(machine, "remove") };
  expect(await machine.files()).toBe(before);
}, bootMilliseconds);

afterAll(closeStacks);

/** `its own`, `a`, `b` or `c`: what dockerd says, once it says something. */
async function serves(): Promise<string> {
  await machine.waitFor("dockerd", 30, "docker info");
  const labels = await machine.info("{{.Labels}}");
  const state = /state=(.)/.exec(labels)?.[1] ?? "its own";
  const listens = await machine.succeeds("ss -Hltn 'sport = :2376' | grep -q .");
  // Neither is never: settings of ours without the port, or the port without them.
  expect(listens).toBe(state !== "its own");
  return state;
}

async function done(program: string): Promise<string> {
  const { exitCode, stdout, stderr } = await send(machine, program);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  expect(await machine.fate("box1")).toBe(fate);
  return stdout.replace(/;.*/s, "");
}

/** Off, and on again: the container is started anew, and is the one to be kept from then on. */
async function cutPower(): Promise<void> {
  await stopMachine("test", machine.name, { powerCut: true });
  await startMachine("test", machine.name);
  await againAfterBoot(machine);
  await machine.sh("docker start box1");
  fate = await machine.fate("box1");
}

interface Story {
  readonly during: string;
  /** The programs that bring the machine there from its own state. */
  readonly from: readonly (keyof typeof programs)[];
  readonly act: keyof typeof programs;
  readonly ends: readonly [string, string];
}

const stories: readonly Story[] = [
  { during: "the first `up`", from: [], act: "first", ends: ["its own", "a"] },
  { during: "a change that restarts", from: ["first"], act: "toB", ends: ["a", "b"] },
  { during: "a change that reloads", from: ["first"], act: "toC", ends: ["a", "c"] },
  { during: "`destroy`", from: ["first"], act: "remove", ends: ["a", "its own"] },
];

async function goTo(story: Story): Promise<void> {
  for (const name of story.from) await done(programs[name]);
  expect(await serves()).toBe(story.ends[0]);
}

async function giveBack(): Promise<void> {
  await done(programs.remove);
  expect(await machine.files()).toBe(before);
}

/** The steps of a story's program, from the one on that marks the machine as touched. */
async function touchingSteps(story: Story): Promise<(readonly [string, number])[]> {
  await goTo(story);
  const steps = await stepsOf(machine, programs[story.act]);
  if (story.act !== "remove") await giveBack();
  const touched = steps.indexOf("pending");
  return steps.map((step, index) => [step, index + 1] as const).slice(touched);
}

function note(story: Story, fault: string, step: string, served: string, next: string): void {
  const [old, wanted] = story.ends;
  expect([old, wanted]).toContain(served);
  outcomes.push({
    during: story.during,
    fault,
    step,
    served: served === old ? "the old" : "the new",
    next,
  });
}

describe.each(stories)("$during", (story) => {
  test(
    "killed at any step",
    async () => {
      for (const [step, count] of (await touchingSteps(story)).filter(
        (_, index) => index % every === 0,
      )) {
        await goTo(story);
        const killed = await send(
          machine,
          withText(programs[story.act], atStep(count, "kill -9 $$")),
        );
        expect(killed.exitCode).not.toBe(0);
        expect(await machine.fate("box1")).toBe(fate);
        const served = await serves();
        const next = await done(programs[story.act]);
        expect(await serves()).toBe(story.ends[1]);
        note(story, "SIGKILL", step, served, next);
        if (story.act === "remove") expect(await machine.files()).toBe(before);
        else await giveBack();
      }
    },
    longest,
  );
});

const [first, restarting] = stories as [Story, Story];

test(
  "a disk that is full, and a dockerd that does not start",
  async () => {
    await goTo(first);
    await machine.sh("mount -t tmpfs -o size=4k,mode=755 none /opt");
    const full = await send(machine, programs.first);
    await machine.sh("umount /opt");
    expect(full).toMatchObject({ exitCode: 10, stderr: expect.stringMatching(/^disk: .*full/) });
    expect(await machine.fate("box1")).toBe(fate);
    expect(await machine.files()).toBe(before);
    note(first, "file system full", "new-stage", await serves(), await done(programs.first));
    expect(await serves()).toBe("a");

    const refused = await send(machine, programs.refused);
    expect(refused).toMatchObject({ exitCode: 30, stderr: expect.stringMatching(/rolled back/) });
    expect(await machine.fate("box1")).toBe(fate);
    note(
      restarting,
      "dockerd does not start",
      "new-restart",
      await serves(),
      await done(programs.toB),
    );
    expect(await serves()).toBe("b");
    await giveBack();
  },
  longest,
);

test(
  "the connection drops at any step: the machine goes on by itself",
  async () => {
    for (const [step, count] of (await touchingSteps(restarting)).filter(
      (_, index) => index % every === 0,
    )) {
      await goTo(restarting);
      const cut = await sendOverSsh(machine, withText(programs.toB, atStep(count, dropConnection)));
      expect(cut.exitCode).toBe(255);
      await untilLetGo(machine);
      const served = await serves();
      expect(served).toBe("b");
      note(restarting, "connection dropped", step, served, await done(programs.toB));
      await giveBack();
    }
  },
  longest,
);

test(
  "the power goes",
  async () => {
    const steps = await touchingSteps(restarting);
    for (const wanted of ["new-place-daemon.json", "new-restart", "record"]) {
      await goTo(restarting);
      const [step, count] = steps.find(([name]) => name === wanted) ?? ["", 0];
      expect(step).toBe(wanted);
      const cut = send(machine, withText(programs.toB, atStep(count, wait)));
      await untilReached(machine);
      await cutPower();
      await cut;
      const served = await serves();
      note(restarting, "power cut", step, served, await done(programs.toB));
      expect(await serves()).toBe("b");
      await giveBack();
    }
    await goTo(restarting);
    await done(programs.toB);
    await cutPower();
    note(restarting, "power cut", "after the last", await serves(), await done(programs.toB));
    await giveBack();
  },
  longest,
);

test("what was seen is what docs/faults.md says", () => {
  expect(outcomes.length).toBeGreaterThan(10);
  console.log(`${testImage}: ${String(outcomes.length)} faults tried, and all survived`);
  if (testImage !== "trixie") return;
  const seen = faultPage(outcomes);
  if (process.env["DOCKERTLS_FAULTS"] === "write") writePage(seen);
  expect(cellsOf(writtenPage())).toBe(cellsOf(seen));
});
