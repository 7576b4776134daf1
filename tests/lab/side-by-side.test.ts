// Steps at the same time: what they return, what their progress looks like, how they end when one fails.
import { join } from "node:path";
import { silent } from "../../lab/engine/report.ts";
import type { Reports } from "../../lab/engine/report.ts";
import { waitFor } from "../../lab/machines/process.ts";
import { checkout } from "../../lab/paths.ts";
import { sideBySide, type Step } from "../../lab/side-by-side.ts";
import { ScratchCache } from "../support/scratch-cache.ts";

/** Works until it is told to end, and takes a moment to do so. */
const untilEnded =
  (ended: () => void): Step<never> =>
  (_reports, signal) =>
    new Promise((_done, fail) => {
      signal.addEventListener("abort", () => {
        setTimeout(() => {
          ended();
          fail(new Error("the echo of the first failure"));
        }, 20);
      });
    });

test("each step's result comes under its name", async () => {
  const steps = { one: () => Promise.resolve(1), two: () => Promise.resolve("2") };
  expect(await sideBySide(steps, silent)).toEqual({ one: 1, two: "2" });
});

test("one progress line says what every step that still runs is at", async () => {
  const lines: string[] = [];
  const reports: Reports = { ...silent, progress: (line) => lines.push(line) };
  let image = (): void => undefined;
  await sideBySide(
    {
      lab: ({ progress }) => {
        progress("building the image");
        return new Promise<void>((done) => (image = done));
      },
      engine: async ({ progress }) => {
        progress("compiled 1 of 2 packages");
        image();
        await new Promise(setImmediate);
        progress("compiled 2 of 2 packages");
      },
    },
    reports,
  );
  expect(lines).toEqual([
    "lab: building the image",
    "lab: building the image; engine: compiled 1 of 2 packages",
    "engine: compiled 2 of 2 packages",
  ]);
});

test("a step that fails ends the others, and is what the failure tells", async () => {
  const said: string[] = [];
  let ended = false;
  const steps = {
    lab: () => Promise.reject(new Error("lab image: mmdebstrap failed")),
    engine: untilEnded(() => (ended = true)),
  };
  const run = sideBySide(steps, { ...silent, say: (line) => said.push(line) });
  await expect(run).rejects.toThrow("lab image: mmdebstrap failed");
  expect(ended).toBe(true);
  expect(said).toEqual(["lab: failed; ending engine"]);
});

test("an interruption ends all of them", async () => {
  const interruption = new AbortController();
  let ended = 0;
  const step = untilEnded(() => (ended += 1));
  const run = sideBySide({ lab: step, engine: step }, silent, interruption.signal);
  interruption.abort(new Error("interrupted"));
  await expect(run).rejects.toThrow("interrupted");
  expect(ended).toBe(2);
});

test("go that compiles beside a step that fails is interrupted, and left to end by itself", async () => {
  const cache = new ScratchCache();
  try {
    cache.program(
      "go",
      `trap 'sleep 0.5; echo ended > "$SCRATCH/go.log"; exit 1' INT
echo begun > "$SCRATCH/go.log"
for moment in 1 2 3 4 5 6 7 8 9 10; do sleep 1; done
`,
    );
    const { end } = cache.start(`
import { existsSync } from "node:fs";
import { goBuild } from ${JSON.stringify(join(checkout, "lab", "go-build.ts"))};
import { sideBySide } from ${JSON.stringify(join(checkout, "lab", "side-by-side.ts"))};
const reports = { say: (line) => console.log(line), progress: () => undefined };
const program = { label: "engine", module: ".", package: "x", output: "/nowhere/x", ldflags: "" };
const begun = async () => {
  while (!existsSync("go.log")) await new Promise((wake) => setTimeout(wake, 50));
  throw new Error("lab: no room");
};
try {
  await sideBySide(
    { lab: begun, engine: (to, signal) => goBuild(program, { ...to, signal }) },
    reports,
  );
} catch (error) {
  console.log(error.message);
}
`);
    expect((await end).output).toBe("lab: failed; ending engine\nlab: no room\n");
    await waitFor("the end of go", 1, () => cache.read("go.log") === "ended\n");
  } finally {
    await cache.close();
  }
}, 30_000);
