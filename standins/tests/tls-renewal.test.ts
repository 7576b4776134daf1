// When a certificate is due for renewal, and who says so: check, diff or a refresh.
import { UNKNOWN, type Values } from "../values.ts";
import { PluginClient, type Old } from "./plugin-client.ts";
import { HOUR, LOCALLY_SIGNED, material, SELF_SIGNED, type Material } from "./tls-material.ts";

let plugin: PluginClient;
let leafInputs: Material["leafInputs"];
let authorityInputs: Material["authorityInputs"];

beforeAll(async () => {
  plugin = await PluginClient.start("tls");
  await plugin.configure();
  ({ leafInputs, authorityInputs } = await material(plugin));
}, 30_000);

afterAll(() => plugin.stop());

describe("renewal", () => {
  const diff = (old: Old, news: Values) => plugin.diff(LOCALLY_SIGNED, old, news);

  test("is due from earlyRenewalHours before the end on, and replaces", async () => {
    const leaf = await plugin.make(LOCALLY_SIGNED, leafInputs());
    expect(leaf.state["readyForRenewal"]).toBe(false);
    expect((await diff(leaf, leafInputs())).changes).toBe(false);
    const due = await diff(leaf, leafInputs({ earlyRenewalHours: 24 }));
    expect(due).toMatchObject({ replaces: ["readyForRenewal"] });
  });

  test("before that a new earlyRenewalHours keeps the certificate", async () => {
    const leaf = await plugin.make(LOCALLY_SIGNED, leafInputs());
    const inputs = leafInputs({ earlyRenewalHours: 23 });
    expect(await diff(leaf, inputs)).toMatchObject({ diffs: ["earlyRenewalHours"], replaces: [] });
    const updated = await plugin.update(LOCALLY_SIGNED, leaf, inputs);
    expect(updated.state).toMatchObject({
      certPem: leaf.state["certPem"],
      earlyRenewalHours: 23,
      readyForRenewal: false,
    });
  });

  test("a certificate for no time at all is always due, and a refresh says so", async () => {
    const leaf = await plugin.make(LOCALLY_SIGNED, leafInputs({ validityPeriodHours: 0 }));
    expect(leaf.state["readyForRenewal"]).toBe(true);
    expect((await diff(leaf, leaf.inputs)).replaces).toEqual(["readyForRenewal"]);
    expect((await plugin.read(LOCALLY_SIGNED, leaf)).state["readyForRenewal"]).toBe(true);
  });

  test("earlyRenewalHours that are taken back are none, and no change for ever after", async () => {
    const leaf = await plugin.make(LOCALLY_SIGNED, leafInputs({ earlyRenewalHours: 2 }));
    const difference = await diff(leaf, leafInputs());
    expect(difference).toMatchObject({ diffs: ["earlyRenewalHours"], replaces: [] });
    const { inputs } = await plugin.check(LOCALLY_SIGNED, leafInputs());
    const updated = await plugin.update(LOCALLY_SIGNED, leaf, inputs);
    expect(updated.state).toMatchObject({ earlyRenewalHours: 0, certPem: leaf.state["certPem"] });
    expect((await diff(updated, leafInputs())).changes).toBe(false);
  });

  test("a certificate that is no longer due stays", async () => {
    const leaf = await plugin.make(LOCALLY_SIGNED, leafInputs({ earlyRenewalHours: 24 }));
    expect(leaf.state["readyForRenewal"]).toBe(true);
    expect(await diff(leaf, leafInputs({ earlyRenewalHours: 1 }))).toMatchObject({
      diffs: ["earlyRenewalHours", "readyForRenewal"],
      replaces: [],
    });
    const updated = await plugin.update(LOCALLY_SIGNED, leaf, leafInputs({ earlyRenewalHours: 1 }));
    expect(updated.state).toMatchObject({
      readyForRenewal: false,
      certPem: leaf.state["certPem"],
    });
  });

  test("an authority renews by the same rules", async () => {
    const authority = await plugin.make(SELF_SIGNED, authorityInputs());
    const due = await plugin.diff(
      SELF_SIGNED,
      authority,
      authorityInputs({ earlyRenewalHours: 48 }),
    );
    expect(due.replaces).toEqual(["readyForRenewal"]);
  });

  describe("as time goes by", () => {
    const aged = (leaf: Old, hoursLeft: number): Old => {
      const validityEndTime = new Date(Date.now() + hoursLeft * HOUR).toISOString();
      return { ...leaf, state: { ...leaf.state, validityEndTime } };
    };

    test.each([
      [2, false],
      [0.99, true],
      [-1, true],
    ])("%d hours before the end, renewed one hour early: %p", async (hoursLeft, due) => {
      const leaf = await plugin.make(LOCALLY_SIGNED, leafInputs({ earlyRenewalHours: 1 }));
      const old = aged(leaf, hoursLeft);
      const refreshed = await plugin.read(LOCALLY_SIGNED, old);
      expect(refreshed.state["readyForRenewal"]).toBe(due);
      const replaces = due ? ["readyForRenewal"] : [];
      // With and without a refresh before.
      expect((await diff(old, leaf.inputs)).replaces).toEqual(replaces);
      const afterRefresh = await diff({ ...old, state: refreshed.state }, leaf.inputs);
      expect(afterRefresh).toMatchObject({ changes: due, replaces });
    });
  });

  test("a preview says whether the new one will be due at once", async () => {
    for (const [hours, due] of [
      [1, false],
      [24, true],
    ] as const) {
      const inputs = leafInputs({ certRequestPem: UNKNOWN, earlyRenewalHours: hours });
      const { state } = await plugin.create(LOCALLY_SIGNED, inputs, { preview: true });
      expect(state["readyForRenewal"]).toBe(due);
    }
  });
});
