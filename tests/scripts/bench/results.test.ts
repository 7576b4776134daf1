import { limitFigures } from "../../../scripts/bench/limits.ts";
import { childSeconds } from "../../../scripts/bench/measure.ts";
import {
  medianOf,
  memoryPerMachine,
  ratioTo,
  statePerMachine,
} from "../../../scripts/bench/results.ts";
import { programBytes, programLines } from "../../../scripts/bench/state-size.ts";
import { report, result } from "../../support/bench-report.ts";

const sample = { wallSeconds: 1, cpuSeconds: 1, memoryBytes: 1, logins: 1, restarts: 0 };

test("each figure has a median of its own, and what was not asked has none", () => {
  const samples = [
    { ...sample, wallSeconds: 9, memoryBytes: 2 },
    { ...sample, wallSeconds: 4, memoryBytes: 8 },
    { ...sample, wallSeconds: 5, memoryBytes: 3 },
  ];
  expect(medianOf(samples)).toEqual({ ...sample, wallSeconds: 5, memoryBytes: 3 });
});

test("a run of which nobody asked for the API does not count as one without an outage", () => {
  const samples = [sample, { ...sample, outageSeconds: 0.4, hungClients: 1 }];
  expect(medianOf(samples)).toEqual({ ...sample, outageSeconds: 0.4, hungClients: 1 });
});

test("a ratio takes both sides", () => {
  const figures = report([
    result("dockertls", 10, "first", 30),
    result("pyinfra", 10, "first", 12),
    result("dockertls", 10, "destroy", 9),
  ]);
  const of = { tool: "dockertls", machines: 10 } as const;
  expect(ratioTo(figures, { ...of, phase: "first" }, "pyinfra")).toBe(2.5);
  expect(ratioTo(figures, { ...of, phase: "destroy" }, "pyinfra")).toBeUndefined();
});

describe("memory of a machine more", () => {
  const first = (machines: number, megabytes: number) =>
    result("dockertls", machines, "first", 1, { memoryBytes: megabytes * 1e6 });
  const figures = report([first(1, 300), first(30, 590)], { growth: [first(99, 1349)] });

  test("between two sizes, measured beside rivals or alone", () => {
    expect(memoryPerMachine(figures, "first", [1, 30])).toBe(10);
    expect(memoryPerMachine(figures, "first", [30, 99])).toBe(11);
    expect(memoryPerMachine(figures, "unchanged", [30, 99])).toBeUndefined();
  });

  test("is missed where it grows with the number", () => {
    expect(limitFigures(figures)).toContainEqual(
      expect.objectContaining({
        what: "memory of a machine more, 30 to 99, beside 1 to 30",
        value: "1.10x",
        kept: false,
      }),
    );
  });
});

test("a state's slope is from the smallest stack to the largest, and needs two", () => {
  const state = (machines: number, bytes: number) => ({
    machines,
    bytes,
    programBytes: bytes / 10,
  });
  expect(statePerMachine(report([], { states: [state(1, 100)] }))).toBeUndefined();
  const states = [state(10, 900), state(1, 100), state(30, 3000)];
  expect(statePerMachine(report([], { states }))).toEqual({ bytes: 100, programBytes: 10 });
});

test("the shell's times: the last line is of the children", () => {
  expect(childSeconds("ended\n0m0.01s 0m0.02s\n1m2.50s 0m0.25s\n")).toBe(62.75);
});

describe("program text in a state", () => {
  const lines = programLines([
    "a line of some script that is long\nfi\nanother line of it, long too\n",
  ]);
  const long = "a line of some script that is long";

  test.each([
    ["elsewhere in the state", { inputs: { text: "a line of a human" } }, 0],
    ["in the plain", { inputs: [`x\n${long}\nfi\n`] }, long.length + 1],
    [
      "as the JSON that a secret is kept as",
      { plaintext: JSON.stringify(`${long}\n`) },
      long.length + 1,
    ],
    [
      "in base64, which is longer",
      { stdin: Buffer.from(`${long}\n${long}\n`).toString("base64") },
      Math.round((2 * (long.length + 1) * 4) / 3),
    ],
  ])("%s", (_, state, bytes) => {
    expect(programBytes(state, lines)).toBe(bytes);
  });
});

describe("limits", () => {
  const figures = (own: number, memoryBytes = 900e6) =>
    limitFigures(
      report(
        [
          result("dockertls", 30, "unchanged", own, { memoryBytes }),
          result("pyinfra", 30, "unchanged", 10),
          result("ansible", 30, "unchanged", 80),
        ],
        {
          states: [1, 30].map((machines) => ({
            machines,
            bytes: machines * 74e3,
            programBytes: 0,
          })),
        },
      ),
    ).map(({ what, value, kept }) => [what, value, kept]);

  test("kept", () => {
    expect(figures(20)).toEqual([
      ["state of a machine more", "74 kB", true],
      ["of it program text", "0 kB", true],
      ["unchanged on 30, beside pyinfra", "2.00x", true],
      ["unchanged on 30, ahead of ansible", "4.00x", true],
      ["most memory on 30 machines", "900 MB", true],
    ]);
  });

  test("missed", () => {
    expect(figures(21, 1100e6).filter(([, , kept]) => !kept)).toEqual([
      ["unchanged on 30, beside pyinfra", "2.10x", false],
      ["unchanged on 30, ahead of ansible", "3.81x", false],
      ["most memory on 30 machines", "1100 MB", false],
    ]);
  });

  test("what was not measured is neither", () => {
    expect(limitFigures(report([result("pyinfra", 30, "reload", 10)]))).toEqual([]);
  });
});
