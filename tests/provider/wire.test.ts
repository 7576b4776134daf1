import type { EngineLog } from "../../provider/engine-log.ts";
import fc from "fast-check";
import { HostProvider, type ManagedResource, type Properties } from "../../provider/provider.ts";
import { secret, strings, text, unwrap } from "../../provider/wire.ts";

test("a secret looks on the wire as the engine writes it", () => {
  // Pulumi's special signatures: written out, since a slip here would store secrets in plain text.
  expect(secret("x")).toEqual({
    "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
    value: "x",
  });
});

test("unwrapping gives back what was wrapped, however deep", () => {
  const json = fc.json().map((value) => JSON.parse(value) as unknown);
  fc.assert(
    fc.property(json, (value) => {
      expect(unwrap({ a: [secret({ b: secret(value) }), value] })).toEqual({
        a: [{ b: value }, value],
      });
    }),
  );
});

test("strings and texts are read through their wrappers, and anything else is none", () => {
  const properties = { list: secret(["a", secret("b")]), one: secret("x"), other: { a: 1 } };
  expect(strings(properties, "list")).toEqual(["a", "b"]);
  expect(strings(properties, "missing")).toEqual([]);
  expect(text(properties, "one")).toBe("x");
  expect(text(properties, "other")).toBe("");
});

describe("the provider", () => {
  const asked: string[] = [];
  const resource = (name: string): ManagedResource => ({
    stateVersion: 3,
    inputsAlone: ["long"],
    changed: (state, inputs) => JSON.stringify(state) !== JSON.stringify(inputs),
    create: (inputs) => answer(name, "create", inputs),
    update: (_state, inputs) => answer(name, "update", inputs),
    read: (state) => answer(name, "read", state),
    foresee: (state, inputs, tell) => {
      tell.info(state === undefined ? "is new" : "changes");
      return Promise.resolve({ ...inputs, known: 1 });
    },
    unmoved: (state) => String(state["name"]),
    warnings: (state) => [`${name} is ${String(state["seen"])}`],
  });
  const answer = (name: string, verb: string, properties: Properties): Promise<Properties> => {
    asked.push(`${name} ${verb}`);
    return Promise.resolve({ ...properties, seen: name });
  };
  const told: string[] = [];
  const added: string[] = [];
  const log: EngineLog = {
    attach: () => undefined,
    status: () => undefined,
    add: (text) => added.push(text),
    info: (urn, message) => told.push(`${urn.split("::").at(-1) ?? ""}: ${message}`),
    warn: (urn, message) => told.push(`${urn.split("::").at(-1) ?? ""}: ${message}`),
    delivered: () => Promise.resolve(),
  };
  const resources = { "p:index:A": resource("A"), "p:index:B": resource("B") };
  const provider = new HostProvider(resources, {}, log);
  const urn =
    "urn:pulumi:dev::dockertls::dockertls:index:Fleet$dockertls:index:Host$p:index:B::b1-b";

  test("hands each request to the kind of resource that the URN names, parents or not", async () => {
    const stateVersion = 3;
    expect(await provider.create(urn, { a: 1 }, false)).toEqual({
      id: "b1-b",
      state: { a: 1, seen: "B", stateVersion },
    });
    expect(await provider.update(urn, {}, {}, { a: 2 }, false)).toEqual({
      a: 2,
      seen: "B",
      stateVersion,
    });
    const urnOfA = "urn:pulumi:dev::dockertls::p:index:A::a";
    expect(await provider.read(urnOfA, { stateVersion }, {})).toEqual({
      state: { seen: "A", stateVersion },
    });
    expect(asked).toEqual(["B create", "B update", "A read"]);
    // A plain preview would not show what a look has found.
    expect(told).toEqual(["a: A is A"]);
  });

  test("inputs pass the check as they are: the engine compares them with what it stored", async () => {
    const inputs = { key: secret("x"), stateVersion: 3 };
    expect(provider.check(urn, inputs, inputs)).toEqual(inputs);
    expect(await provider.diff(urn, inputs, inputs, inputs)).toEqual({
      changes: false,
      replaces: [],
    });
    expect(await provider.diff(urn, {}, {}, inputs)).toEqual({ changes: true, replaces: [] });
  });

  test("a preview says what comes of a change, makes none, and hands on what is known already", async () => {
    asked.length = 0;
    told.length = 0;
    const inputs = { key: "x" };
    expect(await provider.create(urn, inputs, true)).toEqual({
      id: "",
      state: { ...inputs, known: 1 },
    });
    const state = { stateVersion: 3, output: "recorded" };
    expect(await provider.update(urn, state, {}, inputs, true)).toEqual({ ...inputs, known: 1 });
    await provider.update(urn, state, {}, inputs, true);
    // A state that can't be read counts as none.
    await provider.update(urn, { stateVersion: 2 }, {}, inputs, true);
    expect({ told, asked }).toEqual({ told: ["b1-b: is new", "b1-b: changes"], asked: [] });
  });

  test("what a state holds as an input it does not hold as an output as well", async () => {
    const inputs = { long: "x".repeat(1000), a: 1 };
    const outputs = { a: 1, seen: "B", stateVersion: 3 };
    expect((await provider.create(urn, inputs, false)).state).toEqual(outputs);
    expect(await provider.update(urn, outputs, inputs, inputs, false)).toEqual(outputs);
    // As states of before do.
    const twice = { ...outputs, ...inputs };
    expect(await provider.read(urn, twice, inputs)).toEqual({ state: outputs });
    let deleted: Properties = {};
    const resources = {
      "p:index:B": {
        ...resource("B"),
        changed: (state: Properties, news: Properties) => state["long"] !== news["long"],
        delete: (state: Properties) => Promise.resolve(void (deleted = state)),
      },
    };
    const other = new HostProvider(resources, {}, log);
    expect((await other.diff(urn, outputs, inputs, inputs)).changes).toBe(false);
    await other.delete(urn, outputs, inputs);
    expect(deleted).toEqual(twice);
  });

  test("of a machine in maintenance nothing is asked, and nothing recorded changes", async () => {
    asked.length = 0;
    told.length = 0;
    const quiet = new HostProvider(resources, {}, log);
    const wanted = { a: 2, maintenance: true };
    const olds = { a: 1, maintenance: true };
    expect(quiet.check(urn, { a: 1 }, wanted)).toEqual(olds);
    expect(quiet.check(urn, {}, wanted)).toEqual(wanted);
    for (const stateVersion of [2, 3]) {
      const state = { stateVersion, seen: "before" };
      const none = { changes: false, replaces: [] };
      expect(await quiet.diff(urn, state, { a: 1 }, olds)).toEqual(none);
      expect(await quiet.read(urn, state, olds)).toEqual({ state });
    }
    const made = { ...wanted, stateVersion: 3 };
    expect(await quiet.create(urn, wanted, true)).toEqual({ id: "", state: made });
    expect(await quiet.create(urn, wanted, false)).toEqual({ id: "b1-b", state: made });
    expect({ asked, told }).toEqual({ asked: [], told: [] });
  });

  test("those that do not change are told in one line, once that is known, and once each", async () => {
    told.length = 0;
    added.length = 0;
    const fresh = new HostProvider(resources, {}, log);
    const ask = (name: string) => {
      const inputs = { name, stateVersion: 3 };
      return fresh.diff(urn.replace("b1-b", name), inputs, inputs, inputs);
    };
    await ask("b1");
    expect(added).toEqual([]);
    for (const name of ["b1", "b2"]) fresh.check(urn.replace("b1-b", name), { a: 1 }, {});
    await Promise.all([ask("b1"), ask("b2"), ask("b1")]);
    expect({ told, added }).toEqual({ told: [], added: ["impact: nothing on b1", ", b2"] });
  });

  test("a state that another version has recorded is not judged by a look, and recorded anew", async () => {
    asked.length = 0;
    for (const state of [{ key: 1 }, { key: 1, stateVersion: 2 }]) {
      expect(await provider.read(urn, state, {})).toEqual({ state });
      expect(await provider.diff(urn, state, state, state)).toEqual({
        changes: true,
        replaces: [],
      });
    }
    expect(asked).toEqual([]);
  });

  test("a type that is not its own is refused by name", async () => {
    await expect(provider.create("urn:pulumi:dev::x::p:index:C::c", {}, false)).rejects.toThrow(
      "p:index:C: no resource of this plugin",
    );
  });
});
