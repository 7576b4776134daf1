// The tables at the end of a run: what took how long, and where in it.
import { timeTable, type FileTime } from "../../../scripts/test/times.ts";

const file = (name: string, seconds: number, spans: FileTime["spans"] = []): FileTime => ({
  ...{ file: name, seconds, tests: 3, spans },
});

const layers = [
  { name: "unit", seconds: 12, files: [file("model/a.test.ts", 1), file("model/b.test.ts", 1.4)] },
  {
    name: "integration on trixie",
    seconds: 70,
    files: [
      file("integration/machine/undo.test.ts", 40, [
        { name: "engine", seconds: 4.4 },
        { name: "engine", seconds: 5.2 },
        { name: "boot", seconds: 2 },
      ]),
      file("integration/engine/identity.test.ts", 90, [{ name: "wait", seconds: 3 }]),
    ],
  },
];

test("slowest first, with what the engine, boots and waits took of it", () => {
  expect(timeTable(layers).map((line) => line.trimEnd())).toEqual([
    "where the time went, slowest first; engine: runs of it, boot: machines started,",
    "wait: for a condition; files run side by side, by the clock it was",
    "  unit: 12 s",
    "  integration on trixie: 70 s",
    "",
    "layer                         tests  seconds     engine      boot      wait",
    "integration/engine (1 file)       3       90                       1 x, 3 s",
    "integration/machine (1 file)      3       40  2 x, 10 s  1 x, 2 s",
    "model (2 files)                   6        2",
    "",
    "file                    tests  seconds     engine      boot      wait",
    "engine/identity             3       90                       1 x, 3 s",
    "machine/undo                3       40  2 x, 10 s  1 x, 2 s",
    "2 files under 2 s each      6        2",
  ]);
});

test("no line is too wide for a terminal of 80 columns", () => {
  expect(timeTable(layers).every((line) => line.length <= 80)).toBe(true);
});
