// Tests that every kind of run has in common: whatever happens to it, dockerd serves the old or the new
// configuration, the next run completes, and the machine can still be given back.
import { isWritten, untold, writeSection, type Section } from "./fault-page.ts";
import type { Change, FaultLab, Story } from "./fault-stories.ts";
import { atStep, dropConnection, send, sendOverSsh, untilLetGo, withText } from "./faults.ts";
import { closeStacks } from "./stack-run.ts";
import { testImage } from "./test-image.ts";
import { bootMilliseconds } from "./test-machine.ts";

export const longest = 1_200_000;

/** `all` tries every fault; `write` as well, and writes docs/faults.md; without it a sample does. */
const mode = process.env["DOCKERTLS_FAULTS"];

/** What is tried of a list of faults: all of them, or one in twenty, from the middle of each twenty. */
export function tried<T>(faults: readonly T[]): readonly T[] {
  if (mode !== undefined) return faults;
  const count = Math.max(1, Math.round(faults.length / 20));
  const middles = Array.from({ length: count }, (_, at) => ((at + 0.5) * faults.length) / count);
  return faults.filter((_fault, index) => middles.some((middle) => Math.floor(middle) === index));
}

/** Prepares the machine before the tests of a file, and compares with the page after them. */
export class FaultFile {
  readonly #lab: FaultLab;
  /** Tests that were begun and did not get to their end. */
  #open = 0;

  constructor(lab: FaultLab, changes: readonly Change[]) {
    this.#lab = lab;
    beforeAll(() => lab.prepare(changes), bootMilliseconds);
    afterAll(closeStacks);
  }

  told<Row extends unknown[]>(
    story: (...row: Row) => Promise<void>,
  ): (...row: Row) => Promise<void> {
    return async (...row) => {
      this.#open += 1;
      await story(...row);
      this.#open -= 1;
    };
  }

  /** The last test of the file. */
  testPage(section: Section): void {
    test("what was seen is what docs/faults.md says", () => {
      const { outcomes } = this.#lab;
      expect(this.#open).toBe(0);
      expect(outcomes.length).toBeGreaterThan(1);
      console.log(`${testImage}: ${String(outcomes.length)} faults tried, and all survived`);
      if (testImage !== "trixie") return;
      if (mode === "write") writeSection(section, outcomes);
      if (mode === undefined) expect(untold(section, outcomes)).toEqual([]);
      else expect(isWritten(section, outcomes)).toBe(true);
    });
  }
}

/** A run of that kind, cut off at any step that touches the machine. */
export function testCutOff(lab: FaultLab, file: FaultFile, story: Story): void {
  describe(story.during, () => {
    test(
      "killed at any step",
      file.told(async () => {
        for (const [step, count] of tried(await lab.touchingSteps(story))) {
          await lab.goTo(story);
          const program = withText(lab.program(story.act), atStep(count, "kill -9 $$"));
          expect((await send(lab.machine, program)).exitCode).not.toBe(0);
          await lab.expectSameContainer();
          await lab.recover(story, "SIGKILL", step);
        }
      }),
      longest,
    );

    test(
      "the connection drops at any step: the machine goes on by itself",
      file.told(async () => {
        for (const [step, count] of tried(await lab.touchingSteps(story))) {
          await lab.goTo(story);
          const program = withText(lab.program(story.act), atStep(count, dropConnection));
          expect((await sendOverSsh(lab.machine, program)).exitCode).toBe(255);
          await untilLetGo(lab.machine);
          expect(await lab.serves()).toBe(story.ends[1]);
          await lab.recover(story, "connection dropped", step);
        }
      }),
      longest,
    );
  });
}

/** A run where one of these directories has no byte left. */
export function testFullDisk(
  lab: FaultLab,
  file: FaultFile,
  story: Story,
  directories: readonly string[],
): void {
  test(
    `${story.during}: a disk that is full`,
    file.told(async () => {
      for (const directory of tried(directories)) {
        await lab.goTo(story);
        const full = await lab.onFullDisk(directory, story);
        expect(full).toMatchObject({
          exitCode: 10,
          stderr: expect.stringMatching(/^disk: .*full/),
        });
        await lab.expectSameContainer();
        expect(await lab.serves()).toBe(story.ends[0]);
        await lab.recover(story, `no room in ${directory}`, full.step);
      }
    }),
    longest,
  );
}

/** A run that dockerd turns down after the machine was touched. */
export function testRefused(
  lab: FaultLab,
  file: FaultFile,
  story: Story,
  refused: { readonly program: Change; readonly fault: string; readonly step: string },
): void {
  test(
    `${story.during}: ${refused.fault}`,
    file.told(async () => {
      await lab.goTo(story);
      const ended = await send(lab.machine, lab.program(refused.program));
      expect(ended).toMatchObject({ exitCode: 30, stderr: expect.stringMatching(/rolled back/) });
      await lab.expectSameContainer();
      expect(await lab.serves()).toBe(story.ends[0]);
      await lab.recover(story, refused.fault, refused.step);
    }),
    longest,
  );
}
