// Whose turn comes when: in the order of registrations, which is all that the engine sees of a wave.
import { pluginFunctions } from "../../components/identity.ts";
import { run, the, type Run } from "../support/program.ts";
import { machine } from "../support/stack-configuration.ts";

const names = ["b1", "b2", "b3", "b4"];
const hosts = Object.fromEntries(
  names.map((name, at) => [name, machine({ address: `10.0.0.${String(at + 4)}` })]),
);
let byDefault: Run;
let allAtOnce: Run;

beforeAll(async () => {
  byDefault = await run({ hosts });
  allAtOnce = await run({ hosts, rollout: { waves: ["100%"] } });
});

const placeOf = ({ resources }: Run, name: string): number =>
  resources.findIndex((one) => one.name === name);

test("from four machines on, the first is proven before the others are touched", () => {
  const proven = placeOf(byDefault, "b1-proof");
  for (const name of ["b2", "b3", "b4"]) {
    expect(placeOf(byDefault, `${name}-undo`)).toBeGreaterThan(proven);
    // What changes nothing waits for nobody.
    expect(placeOf(byDefault, `${name}-state`)).toBeLessThan(proven);
  }
});

test("each wave but the last is proven again, after its soak", async () => {
  const asked = (one: Run): unknown[] =>
    one.calls.flatMap(({ token, inputs }) =>
      token === pluginFunctions.proveAgain ? [inputs] : [],
    );
  expect(asked(byDefault)).toEqual([{ hosts: ["b1"], seconds: 10 }]);
  expect(asked(allAtOnce)).toEqual([]);
  const rollout = { waves: [1, "50%", "100%"], canaries: ["b3"], soak: "30s" };
  expect(asked(await run({ hosts, rollout }))).toEqual([
    { hosts: ["b3"], seconds: 30 },
    { hosts: ["b1", "b2"], seconds: 30 },
  ]);
});

test("a wave is no part of a resource: another one changes nothing of any", () => {
  for (const { name, type, inputs, dependencies } of allAtOnce.resources) {
    const other = the(byDefault, name, type);
    expect({ name, ...other.inputs }).toEqual({ name, ...inputs });
    expect(other.dependencies).toEqual(dependencies);
  }
});

test("the outputs keep the order of the configuration", async () => {
  const { hosts: summaries } = await run({ hosts, rollout: { canaries: ["b4"] } });
  expect(Object.keys(summaries)).toEqual(names);
});
