import { labNamed } from "../../lab/machines/labs.ts";
import { labInUse } from "../../scripts/live-stacks.ts";

const dev = labNamed("dev");
const stateOf = (...hosts: readonly (readonly [name: string, address: string])[]): string =>
  JSON.stringify({
    version: 3,
    checkpoint: {
      latest: {
        resources: [
          { type: "pulumi:pulumi:Stack" },
          ...hosts.map(([host, address]) => ({
            type: "dockertls-host:index:HostState",
            inputs: { host, connection: { host: address } },
          })),
        ],
      },
    },
  });

test("a lab is in use while a stack of this checkout has machines in it", () => {
  const live = stateOf(["b1", "10.231.76.11"], ["build-2", "10.231.76.12"], ["x", "192.0.2.10"]);
  expect(labInUse(dev, new Map([["dev", live]]))).toBe(
    "lab dev: stack dev still has machines here (b1, build-2); destroy could no longer restore them; run `npm run pulumi -- destroy` first, or add --force",
  );
  expect(labInUse(dev, new Map([["mine", live]]))).toContain(
    "run `npm run pulumi -- destroy --stack mine` first",
  );
  expect(labInUse(labNamed("test1"), new Map([["dev", live]]))).toBeUndefined();
});

test.each([
  ["a stack that was destroyed", { version: 3, checkpoint: { stack: "dev" } }],
  ["a stack whose machines are elsewhere", JSON.parse(stateOf(["b1", "192.0.2.10"])) as object],
])("no lab is by %s", (_what, state) => {
  expect(labInUse(dev, new Map([["dev", JSON.stringify(state)]]))).toBeUndefined();
});
