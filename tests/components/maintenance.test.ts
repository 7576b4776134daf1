// What the program asks the engine for where a machine is in maintenance: as little as keeps the state as it is.
import { hostWarnings } from "../../components/fleet/host-warnings.ts";
import { pluginFunctions, pluginTypes } from "../../components/identity.ts";
import { formatProblem } from "../../components/model/problem.ts";
import type { ConfiguredHost } from "../../components/stack/configuration.ts";
import { run, the, type Registration, type Run } from "../support/program.ts";
import { machine, parsed } from "../support/stack-configuration.ts";

const names = ["b1", "b2", "b3", "b4", "b5"];
const hostsWith = (maintenance: unknown): object =>
  Object.fromEntries(
    names.map((name, at) => [
      name,
      machine({
        address: `10.0.0.${String(at + 4)}`,
        ...(name === "b2" && maintenance !== undefined ? { maintenance } : {}),
      }),
    ]),
  );
let without: Run;
let program: Run;

beforeAll(async () => {
  without = await run({ hosts: hostsWith(undefined) });
  program = await run({ hosts: hostsWith("a new disk") });
});

const own = ({ resources }: Run): Registration[] =>
  resources.filter(({ name }) => /^b2(-|$)/.test(name));

test("it is registered as ever, so that nothing of it is deleted, but for the second client", () => {
  const listed = (one: Run): string[] => own(one).map(({ type, name }) => `${type} ${name}`);
  expect(listed(program).sort()).toEqual(
    listed(without)
      .filter((line) => !line.endsWith(" b2-docker"))
      .sort(),
  );
  expect(program.calls.filter(({ provider }) => provider === "b2-docker")).toEqual([]);
});

test("our plugin is told, and all else stays as the state has it", () => {
  const told = own(program).flatMap(({ name, inputs }) =>
    inputs["maintenance"] === true ? [name] : [],
  );
  expect(told.sort()).toEqual(["b2-proof", "b2-state"]);
  for (const name of ["b2-undo", "b2-script", "b2-converge"])
    expect(the(program, name).ignoreChanges).toEqual(["*"]);
  // Of a certificate, every input that it has.
  for (const name of ["b2-server", "b2-server-request"]) {
    const { inputs, ignoreChanges } = the(program, name, "tls:index/");
    expect([...ignoreChanges].sort()).toEqual(Object.keys(inputs).sort());
  }
});

test("a machine that is new with it dials nobody, now or when it is taken out again", () => {
  expect(Object.keys(the(program, "b2-converge").inputs)).toEqual(["connection"]);
  expect(the(program, "b2-undo").inputs).not.toHaveProperty("delete");
  expect(the(program, "b2-script").inputs).toMatchObject({ digest: "" });
});

test("no wave has it or waits for it, and nothing of the others changes", () => {
  const place = (name: string): number => program.resources.findIndex((one) => one.name === name);
  expect(place("b2-undo")).toBeLessThan(place("b1-proof"));
  expect(place("b3-undo")).toBeGreaterThan(place("b1-proof"));
  const asked = program.calls.filter(({ token }) => token === pluginFunctions.proveAgain);
  expect(asked.map(({ inputs }) => inputs)).toEqual([{ hosts: ["b1"], seconds: 10 }]);
  for (const { name, type, inputs, dependencies } of without.resources) {
    if (/^b2(-|$)/.test(name)) continue;
    const same = the(program, name, type);
    expect({ name, ...same.inputs }).toEqual({ name, ...inputs });
    expect(same.dependencies).toEqual(dependencies);
  }
  expect(program.hosts).toEqual(without.hosts);
});

test("with all machines in it there is no wave", async () => {
  const { resources } = await run({ hosts: { b1: machine({ maintenance: true }) } });
  expect(resources.filter(({ type }) => type === pluginTypes.hostState)).toHaveLength(1);
});

test.each([
  [true, "is true"],
  ["a new disk", 'is "a new disk"'],
])("every run says so: %j", (maintenance, what) => {
  const [host] = parsed({ hosts: { b1: machine({ maintenance }) } }).hosts;
  const configured = { ...host, authorities: [] } as unknown as ConfiguredHost;
  expect(hostWarnings(configured, 0).map(formatProblem)).toEqual([
    `dockertls:hosts.b1.maintenance: ${what}; nothing of b1 is changed, looked at or proven; take the setting out once the machine is to be managed again`,
  ]);
});
