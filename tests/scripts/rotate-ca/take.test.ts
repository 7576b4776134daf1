// What a step of a rotation leaves in the stack's file when another run has the stack.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import type { Step } from "../../../scripts/rotate-ca/steps.ts";
import { takeStep, type Taken, type Taking } from "../../../scripts/rotate-ca/take.ts";
import type { EngineEnd } from "../../../scripts/rollout/walk.ts";
import { counted, looked } from "../../support/engine-events.ts";

const before = "config:\n  dockertls:tls:\n    generation: 1\n";
const due: EngineEnd = { events: [...looked("b1"), counted({ update: 1 })], errors: [] };
const locked = { events: [], errors: ["stack prod: it is locked"] } as const;
const step: Step = {
  ...{ kind: 1, unfinished: [], heldUp: [] },
  asked: { generation: 2, rotation: { from: 1, phase: 1 } },
};
let directory: string;
let file: string;

beforeEach(() => {
  confirmed = 0;
  directory = mkdtempSync(join(tmpdir(), "dockertls-take-"));
  file = join(directory, "Pulumi.prod.yaml");
  writeFileSync(file, before);
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

/** How often somebody was asked. */
let confirmed: number;

const takingOf = (preview: EngineEnd, up: EngineEnd): Taking => ({
  ...{ stack: "prod", path: file, say: () => undefined },
  engines: { preview: () => Promise.resolve(preview), up: () => Promise.resolve(up) },
  view: {
    follow: (_title, _hosts, run) => run(() => undefined),
    ...{ note: () => undefined, promotion: () => undefined },
    ...{ changes: () => undefined, ended: () => undefined },
  },
  interrupted: () => false,
  confirm: () => {
    confirmed += 1;
    return Promise.resolve(true);
  },
  askedNow: () => {
    const { config } = parse(readFileSync(file, "utf8")) as {
      config: { "dockertls:tls": { generation: number } };
    };
    const { generation } = config["dockertls:tls"];
    return generation === 2 ? step.asked : { generation, rotation: undefined };
  },
  within: (work) => work(),
});

/** What became of it, and of the stack's file. */
async function taken(preview: EngineEnd, up: EngineEnd): Promise<[Taken, "as before" | "changed"]> {
  const end = await takeStep(step, takingOf(preview, up));
  return [end, readFileSync(file, "utf8") === before ? "as before" : "changed"];
}

test("a step that nobody disturbs is in the file", async () => {
  expect(await taken(due, { events: [], errors: [] })).toEqual(["done", "changed"]);
});

test.each<[string, EngineEnd, EngineEnd, Taken]>([
  ["it was waited for before the preview", { ...due, held: "waited for" }, due, "again"],
  ["it was waited for before the `up`", due, { ...locked, held: "waited for" }, "again"],
  ["it stays locked at the preview", { ...locked, held: "turned away" }, due, "failed"],
  ["it stays locked at the `up`", due, { ...locked, held: "turned away" }, "failed"],
])("%s: the file is as it was, since nothing was begun", async (_case, preview, up, end) => {
  expect(await taken(preview, up)).toEqual([end, "as before"]);
});

test("who has agreed and then waits is asked again only of something else", async () => {
  const taking = takingOf(due, { ...locked, held: "waited for" });
  for (let round = 1; round <= 3; round += 1) expect(await takeStep(step, taking)).toBe("again");
  expect(confirmed).toBe(1);
  const more = { ...due, events: [...looked("b1"), counted({ update: 2 })] };
  const engines = { ...taking.engines, preview: () => Promise.resolve(more) };
  await takeStep(step, { ...taking, engines });
  expect(confirmed).toBe(2);
});
