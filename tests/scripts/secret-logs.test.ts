// The commands that start the engine, as a person types them: what would write secrets is turned away before
// anything is fetched, built or started.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { environmentWarnings } from "../../components/stack/environment.ts";
import { engineEnvironment } from "../../lab/engine/environment.ts";
import { checkout } from "../../lab/paths.ts";
import { withoutSecretLogs } from "../../scripts/secret-logs.ts";

function run(script: string, args: string[], variables: Record<string, string> = {}): string {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(checkout, "scripts", `${script}.ts`), ...args],
    // There is no engine on this PATH: what gets as far as looking for one says something else.
    { encoding: "utf8", env: { PATH: "/usr/bin:/bin", HOME: "/nonexistent", ...variables } },
  );
  expect(status).toBe(1);
  return stdout + stderr;
}

test.each<[string, string[], Record<string, string>, string]>([
  ["pulumi", ["up", "--debug"], {}, "--debug"],
  ["pulumi", ["up"], { PULUMI_DEBUG_GRPC: "/tmp/grpc.json" }, "PULUMI_DEBUG_GRPC"],
  ["start", [], { TF_LOG: "TRACE" }, "TF_LOG"],
  ["drift", [], { PULUMI_OPTION_EVENT_LOG: "x" }, "PULUMI_OPTION_EVENT_LOG"],
  ["plan", [], { PULUMI_OPTION_EVENT_LOG: "x" }, "PULUMI_OPTION_EVENT_LOG"],
  ["forget", ["b1"], { PULUMI_OPTION_DEBUG: "1" }, "PULUMI_OPTION_DEBUG"],
  ["bench", ["--quick"], { TF_LOG: "DEBUG" }, "TF_LOG"],
])("npm run %s -- %j with %j is refused in one line", (script, args, variables, found) => {
  expect(run(script, args, variables)).toMatch(
    new RegExp(`^pulumi: ${found}: writes every secret of the stack in plain text; [^\\n]*\\n$`),
  );
});

// proves: secrets.debug-refused
test("our own engine hears none of these variables, unless somebody says so", () => {
  const settings = {
    ...{ engine: { directory: "/e", origin: "" }, home: "/h", state: "/s" },
    passphraseFile: "/p",
  };
  const telling = { TF_LOG: "TRACE", PULUMI_DEBUG_GRPC: "/tmp/grpc.json" };
  const names = Object.keys(engineEnvironment(settings, telling));
  expect(names).not.toContain("TF_LOG");
  expect(names).not.toContain("PULUMI_DEBUG_GRPC");
  expect(engineEnvironment(settings, { ...telling, DOCKERTLS_LOG_SECRETS: "yes" })).toMatchObject(
    telling,
  );
  expect(withoutSecretLogs({ ...telling, HOME: "/h" })).toEqual({ HOME: "/h" });
});

test("a plain pulumi is warned of: by its environment, and by its own command line", () => {
  expect(environmentWarnings({ PULUMI_DEBUG_GRPC: "/tmp/x" }, [])).toMatchObject([
    { where: "pulumi: PULUMI_DEBUG_GRPC" },
  ]);
  expect(environmentWarnings({}, ["up"])).toEqual([]);

  // A shell by the name of pulumi, then one in the language host's place, then what asks.
  const folder = mkdtempSync(join(tmpdir(), "dockertls-engine-"));
  try {
    symlinkSync("/bin/sh", join(folder, "pulumi"));
    const asked = join(checkout, "components", "stack", "environment.ts");
    const asking = join(folder, "asking.mjs");
    writeFileSync(
      asking,
      `import { environmentWarnings } from ${JSON.stringify(asked)};
console.log(environmentWarnings(process.env).map(({ where }) => where).join());\n`,
    );
    const host = `"$0" "$1"; exit`;
    const { stdout } = spawnSync(
      join(folder, "pulumi"),
      ["-c", `sh -c '${host}' "$NODE" "$ASKING"; exit`, "up", "--debug"],
      { encoding: "utf8", env: { PATH: "/usr/bin:/bin", NODE: process.execPath, ASKING: asking } },
    );
    expect(stdout).toBe("pulumi: --debug\n");
  } finally {
    rmSync(folder, { recursive: true });
  }
});
