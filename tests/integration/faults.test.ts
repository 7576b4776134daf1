// Every step of every kind of run, interrupted: dockerd serves the old or the new configuration, the next
// run completes, and the machine can still be given back. Writes docs/faults.md with DOCKERTLS_FAULTS=write.
import { cellsOf, faultPage, writePage, writtenPage } from "../support/fault-table.ts";
import { FaultLab, stories, type Story } from "../support/fault-stories.ts";
import {
  atStep,
  dropConnection,
  send,
  sendOverSsh,
  untilLetGo,
  untilReached,
  wait,
  withText,
} from "../support/faults.ts";
import { closeStacks, type StackRun } from "../support/stack-run.ts";
import { testImage } from "../support/test-image.ts";
import { bootMilliseconds } from "../support/test-machine.ts";

const lab = new FaultLab();
const { machine } = lab;
const stack = (): StackRun => lab.stack;
const { theFirst, restarting, reloading } = stories;
const longest = 600_000;

/** Elsewhere the scripts are the same, and the test minutes are not: every so many steps. */
const every = testImage === "trixie" ? 1 : 8;

/** Stories that were begun and not told to their end. */
let untold = 0;

function told<Row extends unknown[]>(
  story: (...row: Row) => Promise<void>,
): (...row: Row) => Promise<void> {
  return async (...row) => {
    untold += 1;
    await story(...row);
    untold -= 1;
  };
}

beforeAll(() => lab.prepare(), bootMilliseconds);

afterAll(closeStacks);

async function someSteps(story: Story): Promise<(readonly [string, number])[]> {
  return (await lab.touchingSteps(story)).filter((_step, index) => index % every === 0);
}

describe.each(Object.values(stories))("$during", (story) => {
  test(
    "killed at any step",
    told(async () => {
      for (const [step, count] of await someSteps(story)) {
        await lab.goTo(story);
        const program = withText(lab.program(story.act), atStep(count, "kill -9 $$"));
        expect((await send(machine, program)).exitCode).not.toBe(0);
        await lab.expectSameContainer();
        await lab.recover(story, "SIGKILL", step);
      }
    }),
    longest,
  );

  test(
    "the connection drops at any step: the machine goes on by itself",
    told(async () => {
      for (const [step, count] of await someSteps(story)) {
        await lab.goTo(story);
        const program = withText(lab.program(story.act), atStep(count, dropConnection));
        expect((await sendOverSsh(machine, program)).exitCode).toBe(255);
        await untilLetGo(machine);
        expect(await lab.serves()).toBe(story.ends[1]);
        await lab.recover(story, "connection dropped", step);
      }
    }),
    longest,
  );
});

test.each([
  {
    story: theFirst,
    directories: ["/opt", "/etc/docker", "/etc/systemd/system", "/var/lib/dockertls"],
  },
  {
    story: restarting,
    directories: ["/etc/docker", "/etc/systemd/system", "/var/lib/dockertls"],
  },
])(
  "$story.during: a disk that is full",
  told(async ({ story, directories }) => {
    for (const directory of directories) {
      await lab.goTo(story);
      const full = await lab.onFullDisk(directory, story);
      expect(full).toMatchObject({ exitCode: 10, stderr: expect.stringMatching(/^disk: .*full/) });
      await lab.expectSameContainer();
      expect(await lab.serves()).toBe(story.ends[0]);
      await lab.recover(story, `no room in ${directory}`, full.step);
    }
  }),
  longest,
);

test.each([
  {
    story: restarting,
    program: "refusedByStart",
    fault: "dockerd does not start",
    step: "new-restart",
  },
  {
    story: reloading,
    program: "refusedByReload",
    fault: "dockerd refuses the reload",
    step: "new-reload",
  },
] as const)(
  "$story.during: $fault",
  told(async ({ story, program, fault, step }) => {
    await lab.goTo(story);
    const refused = await send(machine, lab.program(program));
    expect(refused).toMatchObject({ exitCode: 30, stderr: expect.stringMatching(/rolled back/) });
    await lab.expectSameContainer();
    expect(await lab.serves()).toBe(story.ends[0]);
    await lab.recover(story, fault, step);
  }),
  longest,
);

test(
  "a container that dockerd does not see any more, which showed in nothing before",
  told(async () => {
    await lab.goTo(restarting);
    const blind = "check_home() { allow_container_restart=false; }";
    const hidden = await send(machine, withText(lab.program("hiding"), blind));
    expect(hidden).toMatchObject({
      exitCode: 30,
      stderr: expect.stringMatching(/out of dockerd's sight: .*; rolled back/),
    });
    await lab.expectSameContainer();
    expect(await lab.serves()).toBe("a");
    await lab.recover(restarting, "containers out of dockerd's sight", "new-assert");
  }),
  longest,
);

describe("machine A's engine is killed", () => {
  const fault = "engine killed";
  const step = "new-restart";

  test(
    "in the first up: cancel and destroy give the machine back",
    told(async () => {
      stack().configure(lab.settings("a"));
      for (const [killed, end] of [
        [fault, () => lab.letGo()],
        [`${fault}, and the run on the machine`, () => lab.killRun()],
      ] as const) {
        await lab.killEngine();
        await end();
        await lab.expectSameContainer();
        const served = await lab.serves();
        await stack().expectSuccess(["cancel", "--yes"]);
        await stack().expectSuccess(["destroy", "--yes", "--skip-preview"]);
        await lab.expectSameContainer();
        await lab.expectGivenBack();
        lab.note(theFirst, killed, step, served, "`cancel`, `destroy`: the machine is as it was");
      }
    }),
    longest,
  );

  test(
    "in a change: cancel and up complete it",
    told(async () => {
      stack().configure(lab.settings("a"));
      expect((await stack().up()).exitCode).toBe(0);
      stack().configure(lab.settings("b"));
      await lab.killEngine();
      await lab.letGo();
      const served = await lab.serves();
      const mark = await machine.mark();
      await stack().expectSuccess(["cancel", "--yes"]);
      expect((await stack().up()).exitCode).toBe(0);
      expect(await machine.dockerStarts(mark)).toBe(0);
      expect((await stack().preview("--expect-no-changes")).exitCode).toBe(0);
      lab.note(restarting, fault, step, served, "`cancel`, `up`: nothing was left to restart");
      expect((await stack().destroy()).exitCode).toBe(0);
      await lab.expectSameContainer();
      await lab.expectGivenBack();
    }),
    longest,
  );
});

test.each([
  ["the power goes", "power cut", { powerCut: true }],
  ["the machine is rebooted", "reboot", { powerCut: false }],
])(
  "%s",
  told(async (_what: string, fault: string, how: { readonly powerCut: boolean }) => {
    const steps = await lab.touchingSteps(restarting);
    for (const wanted of ["new-place-daemon.json", "new-restart", "record"]) {
      await lab.goTo(restarting);
      const [step, count] = steps.find(([name]) => name === wanted) ?? ["", 0];
      expect(step).toBe(wanted);
      const cut = sendOverSsh(machine, withText(lab.program("toB"), atStep(count, wait)));
      await untilReached(machine);
      await lab.boot(how);
      await cut;
      await lab.recover(restarting, fault, step);
    }
    await lab.goTo(restarting);
    await lab.done(lab.program("toB"));
    await lab.boot(how);
    expect(await lab.serves()).toBe("b");
    await lab.recover(restarting, fault, "after the last");
  }),
  longest,
);

test("what was seen is what docs/faults.md says", () => {
  const { outcomes } = lab;
  expect(untold).toBe(0);
  expect(outcomes.length).toBeGreaterThan(10);
  console.log(`${testImage}: ${String(outcomes.length)} faults tried, and all survived`);
  if (testImage !== "trixie") return;
  const seen = faultPage(outcomes);
  if (process.env["DOCKERTLS_FAULTS"] === "write") writePage(seen);
  expect(cellsOf(writtenPage())).toBe(cellsOf(seen));
});
