// Which file says what counts in which stack of a rollout.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkout } from "../../../lab/paths.ts";
import { checkPolicies, policyOptions } from "../../../scripts/rollout/policies.ts";

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "dockertls-policies-"));
  writeFileSync(join(directory, "dev.json"), "{}");
  writeFileSync(join(directory, "prod.json"), "{");
});
afterAll(() => {
  rmSync(directory, { recursive: true });
});

// proves: policies.rollout
test("each stack has its own file, or all of them the same", () => {
  const policies = { packs: ["policies", "ours"], configs: ["levels/{stack}.json", "all.json"] };
  expect(policyOptions(policies, "acme/dockertls/prod")).toEqual({
    policyPacks: ["policies", "ours"],
    policyPackConfigs: [join(checkout, "levels", "prod.json"), join(checkout, "all.json")],
  });
  const examples = { packs: ["policies"], configs: ["examples/policies/{stack}.json"] };
  expect(() => {
    checkPolicies(examples, ["dev", "prod"]);
  }).not.toThrow();
});

test("what can't be read is told for every stack, before anything is begun", () => {
  const config = join(directory, "{stack}.json");
  const check = (): void => {
    checkPolicies({ packs: ["policies"], configs: [config] }, ["dev", "staging", "prod"]);
  };
  expect(check).toThrow(
    `--policy-pack-config ${config}: stack staging: ${join(directory, "staging.json")} can't be read; what is mandatory there is not known; nothing was begun; `,
  );
  expect(check).toThrow(`stack prod: ${join(directory, "prod.json")} is no JSON; `);
  expect(check).not.toThrow("stack dev");
});

test("a file without a pack is a mistake", () => {
  expect(() => {
    checkPolicies({ packs: [], configs: ["all.json"] }, ["dev"]);
  }).toThrow("--policy-pack-config: is given once, and --policy-pack never; ");
});
