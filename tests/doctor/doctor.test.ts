// The examination as a whole: which stack, which hosts, and what can't be known.
import "../support/errors-of-node.ts";
import { doctor, type Examination } from "../../doctor/doctor.ts";
import type { LocalFacts } from "../../doctor/local-facts.ts";
import type { Step } from "../../doctor/step.ts";
import { formatProblem } from "../../components/model/problem.ts";
import { openKeyFiles } from "../../components/stack/key-files.ts";
import { hostKey, machine, parsed } from "../support/stack-configuration.ts";

const found: LocalFacts = {
  ownNode: "v24.21.0",
  pathNode: "v24.21.0",
  engine: { wanted: "3.255.0", origin: "on PATH", pathVersion: "v3.255.0", languageHost: true },
  plugins: [],
  agent: { neededBy: [], socket: undefined, keys: 0 },
  dockerCli: "/usr/bin/docker",
};

/** A host whose SSH port nobody listens on: its way is short. */
const near = { address: "127.0.0.1", ssh: { port: 1, hostKey } };
const other = { ...near, address: "127.0.0.2" };

const examination = (config: unknown): Examination => ({
  stack: "prod",
  hosts: [],
  project: { file: "Pulumi.yaml", read: () => "name: dockertls\nruntime: nodejs\n" },
  stackFile: { file: "Pulumi.prod.yaml", read: () => JSON.stringify({ config }) },
  environment: {},
  found: () => Promise.resolve(found),
  opened: () => undefined,
  bundle: () => undefined,
});

async function examine(
  config: unknown,
  changes: Partial<Examination> = {},
): Promise<{ titles: string[]; told: Step[] }> {
  const sections = await doctor({ ...examination(config), ...changes });
  const own = sections[0]?.steps ?? [];
  return {
    titles: sections.map(({ title }) => title),
    told: own.filter(({ name }) => name === "configuration" || name === "secrets"),
  };
}

const says = (steps: readonly Step[]): string[] => steps.map((step) => step.says);

test("every host of the stack, or those that are named", async () => {
  const hosts = { "dockertls:hosts": { b1: near, b2: other } };
  const all = await examine(hosts);
  expect(all.titles).toEqual(["this machine (stack prod)", "b1 (127.0.0.1)", "b2 (127.0.0.2)"]);
  expect(says(all.told)).toEqual(["Pulumi.prod.yaml, 2 hosts"]);
  const one = await examine(hosts, { hosts: ["b2"] });
  expect(one.titles).toEqual(["this machine (stack prod)", "b2 (127.0.0.2)"]);
});

test("a host that is not there, by its name", async () => {
  const { told, titles } = await examine({ "dockertls:hosts": { b1: near } }, { hosts: ["b9"] });
  expect(says(told)).toEqual([
    "dockertls:hosts.b9: is not in this configuration; there is nothing to check; name a host of the stack file, or another stack with --stack",
  ]);
  expect(titles).toHaveLength(1);
});

test("problems of the configuration in the program's own words, and the sound hosts all the same", async () => {
  const { told, titles } = await examine({
    "dockertls:hosts": { b1: { ...near, sudo: "yes" }, b2: { ...near, adress: "x" }, b3: other },
    "dockertls:daemon": { "registry-mirors": [] },
  });
  expect(told.every(({ outcome }) => outcome === "FAIL")).toBe(true);
  expect(says(told)).toEqual([
    'dockertls:hosts.b1.sudo: is "yes"; it is a choice; write true or false',
    'dockertls:hosts.b2.adress: is not a setting; it would have no effect; did you mean "address"?',
    expect.stringMatching(
      /^dockertls:daemon\.registry-mirors: .*did you mean "registry-mirrors"\?$/,
    ),
  ]);
  expect(titles).toContain("b3 (127.0.0.2)");
});

test("a stack without a file", async () => {
  const read = (): string => {
    throw Object.assign(new Error("no such file"), { code: "ENOENT" });
  };
  const { told } = await examine({}, { stackFile: { file: "Pulumi.prod.yaml", read } });
  expect(says(told)).toEqual([
    "Pulumi.prod.yaml: there is no such file; nothing is known of the stack's machines; name another stack with --stack, or add a machine to this one with `npm run add`",
  ]);
});

test("a project file that can't be read", async () => {
  const { told } = await examine(
    { "dockertls:hosts": { b1: near } },
    { project: { file: "Pulumi.yaml", read: () => "name: {" } },
  );
  expect(says(told)[0]).toMatch(/^Pulumi\.yaml, line 1, column \d+: is not YAML \(/);
});

test("a variable that would lead the docker provider astray", async () => {
  const { told } = await examine(
    { "dockertls:hosts": { b1: near } },
    { environment: { DOCKER_HOST: "tcp://elsewhere:2375" } },
  );
  expect(says(told)[0]).toMatch(/^environment: DOCKER_HOST: is set; /);
});

describe("secrets of the stack", () => {
  const closed = { ...near, ssh: { ...near.ssh, privateKey: { secure: "v1:abc" } } };

  test("that nobody can open: which host can't be checked for it", async () => {
    const { told, titles } = await examine({ "dockertls:hosts": { b1: closed, b2: near } });
    expect(told.map(({ outcome }) => outcome)).toEqual(["ok", "note"]);
    expect(says(told)[1]).toMatch(/^can't check b1: needs secrets of the stack/);
    expect(titles).toEqual(["this machine (stack prod)", "b2 (127.0.0.1)"]);
  });

  test("in the defaults: hosts that would log in with them are left alone", async () => {
    const { told, titles } = await examine({
      "dockertls:defaults": { ssh: { privateKey: { secure: "v1:abc" } } },
      "dockertls:hosts": { b1: near, b2: { ...near, ssh: { ...near.ssh, identityFile: "id" } } },
    });
    expect(told.map(({ outcome }) => outcome)).toEqual(["ok", "note"]);
    expect(says(told)[1]).toMatch(/^can't check b1: needs secrets of the stack/);
    expect(titles).toEqual(["this machine (stack prod)", "b2 (127.0.0.1)"]);
  });

  test("of every host leave nothing to check, which is no problem of the configuration", async () => {
    const { told } = await examine({ "dockertls:hosts": { b1: closed } });
    expect(told.map(({ outcome }) => outcome)).toEqual(["ok", "note"]);
  });

  test("that the engine opens", async () => {
    const opened = () => ({ hosts: { b1: near } });
    const { titles } = await examine({ "dockertls:hosts": { b1: closed } }, { opened });
    expect(titles).toEqual(["this machine (stack prod)", "b1 (127.0.0.1)"]);
  });

  test("are asked for only where there are some", async () => {
    let asked = 0;
    const opened = () => {
      asked += 1;
      return undefined;
    };
    await examine({ "dockertls:hosts": { b1: near } }, { opened });
    expect(asked).toBe(0);
  });
});

test("a passphrase that is not the stack's is wrong, whatever the way to the machines is like", async () => {
  const problem = { where: "stack prod: passphrase", what: "x", why: "y", fix: "z" };
  const sections = await doctor({
    ...examination({ "dockertls:hosts": { b1: near } }),
    bundle: () => problem,
  });
  expect(sections[0]?.steps.at(-1)).toEqual({
    ...{ name: "passphrase", outcome: "FAIL", says: "stack prod: passphrase: x; y; z" },
  });
});

test("a key file that others may read is told once, with its hosts; a missing one on the way", () => {
  const [b1, b2, b3] = parsed({
    hosts: {
      b1: machine({ ssh: { hostKey, identityFile: "package.json" } }),
      b2: machine({ address: "10.0.0.9", ssh: { hostKey, identityFile: "package.json" } }),
      b3: machine({ address: "10.0.0.10", ssh: { hostKey, identityFile: "/nowhere" } }),
    },
  }).hosts;
  const problems = openKeyFiles([b1, b2, b3].filter((host) => host !== undefined));
  expect(problems.map(formatProblem)).toEqual([
    expect.stringMatching(/^package\.json \(b1, b2\): has mode 0\d+, so other users may read it; /),
  ]);
});
