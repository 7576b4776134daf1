import { parseFleetArgs } from "../../../scripts/bench/fleet-options.ts";

test("a run that says nothing else is the whole one, and writes the page", () => {
  expect(parseFleetArgs([])).toEqual({
    machines: [1, 10, 30],
    growth: [99],
    rounds: 3,
    tools: ["dockertls", "pyinfra", "ansible"],
    out: "docs",
    redraw: false,
  });
});

test.each([
  [["--machines", "1"], { machines: [1] }],
  [["--machines", "10,1,10"], { machines: [1, 10] }],
  [["--only", "ansible,dockertls"], { tools: ["dockertls", "ansible"], growth: [99] }],
  [["--only", "ansible"], { growth: [] }],
  [["--growth", "none"], { growth: [] }],
  [["--growth", "60,50"], { growth: [50, 60] }],
])("what is only a part does not take the page's place: %p", (args, expected) => {
  expect(parseFleetArgs(args)).toMatchObject({ ...expected, out: ".dockertls/bench" });
});

test("whoever names a folder gets the page there", () => {
  expect(parseFleetArgs(["--machines", "1", "--out", "docs"]).out).toBe("docs");
});

test.each([
  [["--machines", "0"], "--machines 0: is not a number from 1 to 99"],
  [["--machines", "1,many"], "--machines many: is not a number"],
  [["--machines", "100"], "--machines 100: is not a number"],
  [["--rounds", ""], "--rounds : is not a number"],
  [["--only", "chef"], "--only chef: no such tool; there are dockertls, pyinfra, ansible"],
  [["--light", "100"], "Unknown option '--light'"],
])("%p is refused in a line", (args, message) => {
  expect(() => parseFleetArgs(args)).toThrow(message);
});
