// The share of test:machines that a run of so many minutes takes.
import fc from "fast-check";
import { shareOf, type Job } from "../../../scripts/test/share.ts";

const images = ["trixie", "bookworm", "forky"] as const;
const files = ["converge", "drift", "undo", "faults"];
const jobs: Job<string>[] = images.flatMap((image) =>
  files.map((file) => ({ image, file, seconds: file === "faults" ? 200 : 60 })),
);
const limits = { seconds: 300, workers: 2, preparation: () => 20, turn: 0 };
const named = (some: readonly Job<string>[]): string[] =>
  some.map(({ image, file }) => `${image} ${file}`);

test("begins with the turn's kind, and goes on with the next as long as something fits", () => {
  expect(named(shareOf(jobs, limits))).toEqual([
    ...["trixie converge", "trixie drift", "trixie undo", "trixie faults"],
    ...["bookworm converge", "bookworm drift"],
  ]);
  expect(shareOf(jobs, { ...limits, turn: 1 })[0]?.image).toBe("bookworm");
});

test("a kind that comes round again begins with its next file", () => {
  expect(named(shareOf(jobs, { ...limits, seconds: 90, turn: 3 }))).toEqual([
    "trixie drift",
    "trixie undo",
  ]);
});

test("no time, no share", () => {
  expect(shareOf(jobs, { ...limits, seconds: 0 })).toEqual([]);
  expect(shareOf([], limits)).toEqual([]);
});

const anyJobs = fc.uniqueArray(
  fc.record({
    image: fc.constantFrom(...images),
    file: fc.constantFrom("a", "b", "c", "d", "e"),
    seconds: fc.integer({ min: 1, max: 100 }),
  }),
  { selector: ({ image, file }) => `${image} ${file}` },
);

/** What a share takes, when files run side by side on the workers that there are. */
function cost(share: readonly Job<string>[], workers: number, preparation: number): number {
  const kinds = [...new Set(share.map(({ image }) => image))];
  return kinds
    .map((kind) => share.filter(({ image }) => image === kind).map(({ seconds }) => seconds))
    .map((own) => preparation + Math.max(Math.max(...own), own.reduce((a, b) => a + b) / workers))
    .reduce((a, b) => a + b, 0);
}

test("a share never takes longer than there is time, and names nothing twice", () => {
  fc.assert(
    fc.property(
      anyJobs,
      fc.integer({ min: 0, max: 400 }),
      fc.integer({ min: 1, max: 4 }),
      fc.nat(1000),
      (list, seconds, workers, turn) => {
        const share = shareOf(list, { seconds, workers, preparation: () => 10, turn });
        expect(cost(share, workers, 10)).toBeLessThanOrEqual(seconds);
        expect(new Set(named(share)).size).toBe(share.length);
      },
    ),
  );
});

test("every job that fits at all comes round", () => {
  fc.assert(
    fc.property(anyJobs, fc.integer({ min: 110, max: 200 }), (list, seconds) => {
      const seen = new Set<string>();
      for (let turn = 0; turn < images.length * 5; turn += 1) {
        const share = shareOf(list, { seconds, workers: 2, preparation: () => 10, turn });
        for (const name of named(share)) seen.add(name);
      }
      expect([...seen].sort()).toEqual(named(list).sort());
    }),
  );
});
