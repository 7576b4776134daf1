// .ci/run, with an npm that is a script: what it calls, and the last line that CI reads.
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { execa } from "execa";

let bin: string;

beforeEach(() => {
  bin = mkdtempSync(join(tmpdir(), "dockertls-ci-"));
});
afterEach(() => rmSync(bin, { recursive: true, force: true }));

/** Runs it; `npm test` and `npm run test:machines` do what these shell lines say. */
async function ci(test: string, machines: string) {
  const npm = join(bin, "npm");
  writeFileSync(
    npm,
    `#!/bin/sh\necho "npm: $*"\ncase $1 in\ntest) ${test} ;;\nrun) ${machines} ;;\nesac\n`,
  );
  chmodSync(npm, 0o755);
  const path = `${bin}${delimiter}${process.env["PATH"] ?? ""}`;
  const { exitCode, stdout } = await execa(".ci/run", { env: { PATH: path }, reject: false });
  const lines = stdout.split("\n");
  return { exitCode, stdout, last: lines.at(-1) };
}

test("npm test, then a share of the rest in the minutes that are left; both are counted", async () => {
  const run = await ci("echo '20 passed, 0 failed'", "echo '5 passed, 0 failed'");
  expect(run.stdout).toMatch(/^npm: test$[^]*^npm: run test:machines -- --minutes 41$/m);
  expect(run).toMatchObject({ exitCode: 0, last: "25 passed, 0 failed" });
});

test("a failure of the share is a failure", async () => {
  const run = await ci("echo '20 passed, 0 failed'", "echo '4 passed, 1 failed'; exit 1");
  expect(run).toMatchObject({ exitCode: 1, last: "24 passed, 1 failed" });
});

test("after a failure of npm test there is no share", async () => {
  const run = await ci("echo '19 passed, 1 failed'; exit 1", "echo '5 passed, 0 failed'");
  expect(run.stdout).toContain("test:machines: left out, since npm test failed");
  expect(run).toMatchObject({ exitCode: 1, last: "19 passed, 1 failed" });
});

test("an npm that counts nothing is a failure", async () => {
  const run = await ci("exit 3", "true");
  expect(run).toMatchObject({ exitCode: 3, last: "0 passed, 1 failed" });
});
