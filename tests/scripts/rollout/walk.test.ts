// The story of a rollout, on an engine that the test plays.
import type { EngineEvent } from "@pulumi/pulumi/automation/events.js";
import { exitCodes, type RolloutReport } from "../../../scripts/rollout/report.ts";
import { predecessors } from "../../../scripts/rollout/promotion.ts";
import { reportLines } from "../../../scripts/rollout/text.ts";
import { rollOut, type EngineEnd, type Rollout } from "../../../scripts/rollout/walk.ts";
import type { Mark } from "../../../scripts/rollout/mark.ts";
import { reportProblems } from "../../support/report-schema.ts";
import { counted, looked, objected, stateVersions } from "../../support/engine-events.ts";

const release = { id: "abc/1", name: "commit abc", note: "" };
const order = ["dev", "staging", "prod"];

const ended = (events: readonly EngineEvent[], errors: readonly string[] = []): EngineEnd => ({
  events,
  errors,
});
const calm = ended([...looked("m"), counted({ same: 9 })]);
const due = ended([
  ...looked("m", { drift: ["x: expected 1, found 2"] }),
  counted({ same: 8, update: 1 }),
]);

/** Stacks whose changes are due until an `up` makes them; what was asked of the engine is written down. */
class World {
  readonly asked: string[] = [];
  readonly marks = new Map<string, Mark>();
  readonly due = new Set(order);
  /** What a look at a stack finds that is due. */
  found = due;
  /** How the `up` of a stack fails. */
  readonly broken = new Map<string, string>();
  /** How the next `up` of a stack finds it held by another run. */
  readonly held = new Map<string, NonNullable<EngineEnd["held"]>>();
  release = release;
  interrupted = false;
  during = (_asked: string): void => undefined;

  roll(options: Partial<Rollout> = {}): Promise<RolloutReport> {
    const stacks = options.order ?? order;
    return rollOut({
      ...{ order: stacks, predecessors: predecessors(stacks, new Map()), release: this.release },
      ...{ plan: false, skipPromotion: false, version: "0.1.0", versions: stateVersions },
      wavesOf: () => new Map([["m", 1]]),
      engines: {
        preview: (stack) =>
          this.#answer(`preview ${stack}`, () => (this.due.has(stack) ? this.found : calm)),
        up: (stack) =>
          this.#answer(`up ${stack}`, () => {
            const held = this.held.get(stack);
            this.held.delete(stack);
            if (held !== undefined) return { ...ended([], [`stack ${stack}: it is locked`]), held };
            const line = this.broken.get(stack);
            if (line !== undefined) return ended([], [line]);
            this.due.delete(stack);
            return ended([]);
          }),
        mark: (stack) => Promise.resolve(this.marks.get(stack)),
        setMark: (stack, mark) => {
          this.marks.set(stack, mark);
          this.asked.push(`${stack} is ${mark.state}`);
          return Promise.resolve();
        },
      },
      view: {
        follow: (_title, _hosts, run) => run(() => undefined),
        ...{ promotion: () => undefined, changes: () => undefined, ended: () => undefined },
      },
      confirm: () => Promise.resolve(true),
      releaseNow: () => this.release,
      interrupted: () => this.interrupted,
      within: (_stack, turn) => turn(),
      ...options,
    });
  }

  #answer(asked: string, answer: () => EngineEnd): Promise<EngineEnd> {
    this.asked.push(asked);
    this.during(asked);
    return Promise.resolve(answer());
  }

  outcomes({ stacks }: RolloutReport): string[] {
    return stacks.map(({ outcome }) => outcome);
  }
}

let world: World;
beforeEach(() => {
  world = new World();
});

test("stack after stack: preview, up, proof, and only then the next", async () => {
  const report = await world.roll();
  expect(world.asked).toEqual(
    order.flatMap((stack) => [
      `preview ${stack}`,
      `${stack} is begun`,
      `up ${stack}`,
      `preview ${stack}`,
      `${stack} is green`,
    ]),
  );
  expect(report.outcome).toBe("green");
  expect(reportProblems(report)).toEqual([]);
  expect(report.stacks[0]?.hosts).toMatchObject([{ host: "m", outcome: "unchanged", wave: 1 }]);
  expect(report.stacks.map(({ after, promotion }) => [after, promotion])).toEqual([
    ["", "none"],
    ["dev", "green"],
    ["staging", "green"],
  ]);
});

test("the same commit a second time looks, and changes nothing, not even a mark", async () => {
  await world.roll();
  world.asked.length = 0;
  const report = await world.roll();
  expect(world.asked).toEqual(order.map((stack) => `preview ${stack}`));
  expect(world.outcomes(report)).toEqual(["unchanged", "unchanged", "unchanged"]);
});

test("a red stack stops the rollout; mended, the same command goes on from there", async () => {
  world.broken.set("staging", "m: dockerd: does not start; rolled back; see why");
  const red = await world.roll();
  expect(world.outcomes(red)).toEqual(["changed", "failed", "not begun"]);
  expect(red.stacks[1]).toMatchObject({
    failedAt: "up",
    errors: ["m: dockerd: does not start; rolled back; see why"],
  });
  expect(exitCodes[red.outcome]).toBe(1);
  expect(world.asked).not.toContain("preview prod");
  expect(world.marks.get("staging")?.state).toBe("red");
  expect(reportLines(red).map((line) => line.replace(/\d+ s/, "0 s"))).toEqual(
    [
      "",
      "STACK    OUTCOME    WHAT",
      "dev      changed    1 machine, dockerd goes on untouched; resources: 1 updated; 0 s",
      "staging  failed     at its up, after 0 s",
      "                    m: dockerd: does not start; rolled back; see why",
      "prod     not begun  it is as it was; it comes after staging",
      "stopped at staging; put that right and run the same command again: what is green is only looked at",
    ].slice(1),
  );
  world.broken.clear();
  const green = await world.roll();
  expect(world.outcomes(green)).toEqual(["unchanged", "changed", "changed"]);
});

test("an up after which something is left to do is red", async () => {
  const report = await world.roll({
    order: ["dev"],
    engines: {
      preview: () => Promise.resolve(due),
      up: () => Promise.resolve(ended([])),
      mark: () => Promise.resolve(undefined),
      setMark: (stack, { state }) => Promise.resolve(void world.asked.push(`${stack} is ${state}`)),
    },
  });
  expect(report.stacks[0]).toMatchObject({ outcome: "failed", failedAt: "proof" });
  expect(world.asked.at(-1)).toBe("dev is red");
});

test("a machine that can't be looked at is red, whether something is due or not, and nothing is begun", async () => {
  const away = looked("m", { unreachable: "m: ssh: no way" });
  for (const counts of [{ same: 9 }, { update: 1 }]) {
    const report = await world.roll({
      order: ["dev"],
      engines: {
        preview: () => Promise.resolve(ended([...away, counted(counts)])),
        up: () => Promise.reject(new Error("must not be called")),
        mark: () => Promise.resolve(undefined),
        setMark: () => Promise.resolve(),
      },
    });
    expect(report.stacks[0]).toMatchObject({
      outcome: "failed",
      failedAt: "preview",
      errors: ["m: ssh: no way"],
    });
  }
});

test("what a mandatory policy objects to is why it stopped, and nothing is begun", async () => {
  const report = await world.roll({
    order: ["dev"],
    engines: {
      preview: () =>
        Promise.resolve(
          ended([objected("mandatory", "live-restore", "m: is off")], ["preview failed"]),
        ),
      up: () => Promise.reject(new Error("must not be called")),
      mark: () => Promise.resolve(undefined),
      setMark: () => Promise.reject(new Error("must not be called")),
    },
  });
  expect(report.stacks[0]).toMatchObject({
    ...{ outcome: "failed", failedAt: "preview" },
    errors: ["mandatory: live-restore: m: is off"],
  });
});

describe("a predecessor that is not in this rollout", () => {
  const alone = { order: ["prod"], predecessors: new Map([["prod", "staging"]]) };

  test("keeps the next one back until it is green", async () => {
    const refused = await world.roll(alone);
    expect(world.asked).toEqual([]);
    expect(refused.stacks[0]).toMatchObject({
      outcome: "refused",
      promotion: "refused",
      after: "staging",
    });
    expect(exitCodes[refused.outcome]).toBe(1);
    world.marks.set("staging", { state: "green", release: release.id, at: "now" });
    expect((await world.roll(alone)).stacks[0]).toMatchObject({
      outcome: "changed",
      promotion: "green",
    });
  });

  test("can be skipped, which the report says", async () => {
    const report = await world.roll({ ...alone, skipPromotion: true });
    expect(report).toMatchObject({ outcome: "green", skipPromotion: true });
    expect(report.stacks[0]).toMatchObject({
      promotion: "skipped",
      errors: ["staging was never rolled out: skipped by --skip-promotion"],
    });
  });
});

test("a plan previews all, changes nothing, and says whether something is due", async () => {
  const report = await world.roll({ plan: true });
  expect(world.asked).toEqual(order.map((stack) => `preview ${stack}`));
  expect(world.outcomes(report)).toEqual(["due", "due", "due"]);
  expect(exitCodes[report.outcome]).toBe(2);
  world.due.clear();
  expect(exitCodes[(await world.roll({ plan: true })).outcome]).toBe(0);
  expect(world.marks.size).toBe(0);
});

test("who says no stops it, and nothing is begun", async () => {
  const report = await world.roll({ confirm: () => Promise.resolve(false) });
  expect(world.outcomes(report)).toEqual(["declined", "not begun", "not begun"]);
  expect(world.asked).toEqual(["preview dev"]);
});

test("an interruption ends it after the step under way", async () => {
  world.during = (asked) => (world.interrupted = asked === "up staging");
  const report = await world.roll();
  expect(world.outcomes(report)).toEqual(["changed", "interrupted", "not begun"]);
  expect(exitCodes[report.outcome]).toBe(130);
  expect(world.marks.get("staging")?.state).toBe("begun");
  expect(world.asked.at(-1)).toBe("up staging");
});

test("a project that changes meanwhile stops it", async () => {
  world.during = () => (world.release = { ...release, id: "abd/2" });
  const report = await world.roll();
  expect(world.asked).toEqual(["preview dev"]);
  expect(report.stacks[0]).toMatchObject({
    outcome: "failed",
    errors: [expect.stringMatching(/^project: has changed since/)],
  });
});

test.each([
  ["confirmed again where that run made a difference", true, 2],
  ["not where it made none", false, 1],
])(
  "a stack that another run had when `up` began is looked at again, and %s",
  async (_, differs, times) => {
    world.held.set("dev", "waited for");
    const more = ended([...looked("m"), counted({ same: 7, update: 2 })]);
    if (differs)
      world.during = (asked) => {
        if (asked === "up dev") world.found = more;
      };
    let confirmed = 0;
    const report = await world.roll({
      order: ["dev"],
      confirm: () => {
        confirmed += 1;
        return Promise.resolve(true);
      },
    });
    expect(world.asked.filter((asked) => !asked.includes(" is "))).toEqual([
      ...["preview dev", "up dev"],
      ...["preview dev", "up dev", "preview dev"],
    ]);
    expect(confirmed).toBe(times);
    expect(world.outcomes(report)).toEqual(["changed"]);
  },
);

test("a stack that stays locked is not called red, since the other run may have it green", async () => {
  world.held.set("dev", "turned away");
  const report = await world.roll();
  expect(report.stacks[0]).toMatchObject({
    ...{ outcome: "failed", failedAt: "up", errors: ["stack dev: it is locked"] },
  });
  expect(world.outcomes(report)).toEqual(["failed", "not begun", "not begun"]);
  expect(world.marks.get("dev")?.state).toBe("begun");
});

test("what was said of it before still holds then, since nothing was begun", async () => {
  const green: Mark = { state: "green", release: release.id, at: "2026-11-30T01:00:00Z" };
  world.marks.set("dev", green);
  world.held.set("dev", "turned away");
  await world.roll();
  expect(world.marks.get("dev")).toEqual(green);
});
