// entry.mjs, which the engine starts.
import { execa } from "execa";
import { checkout } from "../../lab/paths.ts";

const program = `
  import { createRequire } from "node:module";
  import "./entry.mjs";
  import "@pulumi/pulumi";
  const require = createRequire(import.meta.resolve("@pulumi/pulumi/index.js"));
  const loaded = () => Object.keys(require.cache).filter((path) => /typescript|@npmcli/.test(path));
  const before = loaded().length;
  const { version } = require("typescript");
  const { Arborist } = require("@npmcli/arborist");
  console.log(JSON.stringify({ before, version, arborist: typeof Arborist, after: loaded().length }));
`;

test("what the SDK takes only to pack functions is loaded when it is used, and then as a whole", async () => {
  const { stdout } = await execa(process.execPath, ["--input-type=module", "--eval", program], {
    cwd: checkout,
  });
  const found = JSON.parse(stdout) as Record<string, unknown>;
  expect(found).toMatchObject({
    // The shim of the SDK, and a stand-in for each of the two.
    before: 3,
    version: expect.stringMatching(/^\d+\.\d+/),
    arborist: "function",
  });
  expect(Number(found["after"])).toBeGreaterThan(20);
});
