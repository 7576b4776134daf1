// A plain `pulumi up` by a person with the ordinary CLI: a clone of this repository, `npm ci`, an empty
// home, nothing of this project's own wrappers. Only Pulumi's downloads are left out: the plugins are
// found on PATH.
import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { execa } from "execa";
import { stringify } from "yaml";
import { ensureEngine } from "../../../lab/engine/engine.ts";
import { silent } from "../../../lab/engine/report.ts";
import { checkout } from "../../../lab/paths.ts";
import { findProgram } from "../../../lab/requirements.ts";
import { bootMilliseconds, TestMachine } from "../../support/test-machine.ts";

const machine = new TestMachine("t1");
let directory: string;
let clone: string;
let engine: string;

beforeAll(async () => {
  await machine.pristine();
  engine = (await ensureEngine(silent)).directory;
  directory = mkdtempSync(join(tmpdir(), "dockertls-plain-"));
  clone = join(directory, "dockertls");
  for (const folder of ["home", "state", "dockertls"]) mkdirSync(join(directory, folder));
  // What git would clone, with what is not committed yet; `npm ci` would give the same packages.
  const files = execFileSync(
    "git",
    ["ls-files", "-z", "--cached", "--others", "--exclude-standard"],
    {
      cwd: checkout,
      encoding: "utf8",
    },
  );
  for (const file of files.split("\0").filter(Boolean)) {
    mkdirSync(dirname(join(clone, file)), { recursive: true });
    cpSync(join(checkout, file), join(clone, file));
  }
  symlinkSync(join(checkout, "node_modules"), join(clone, "node_modules"));
  const base = { daemon: { labels: ["rack=7"] } };
  const shared = stringify({ config: { "dockertls:base": { value: base } } });
  appendFileSync(join(clone, "Pulumi.yaml"), shared);
  const config = { config: { "dockertls:hosts": { t1: machine.host() } } };
  writeFileSync(join(clone, "Pulumi.plain.yaml"), JSON.stringify(config));
}, bootMilliseconds);

afterAll(() => rmSync(directory, { recursive: true, force: true }));

interface Run {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly all: string;
}

/** `pulumi ARGS` as typed in a terminal of the clone, with this Node first on PATH. */
async function pulumi(args: string[], node: string): Promise<Run> {
  const plugins = ["command", "tls", "docker"].map((name) => join(checkout, "standins", name));
  const path = [node, engine, ...plugins, "/usr/local/bin", "/usr/bin", "/bin"].join(delimiter);
  const { exitCode, stdout, all } = await execa(
    "pulumi",
    [...args, "--non-interactive", "--color=never"],
    {
      cwd: clone,
      env: {
        PATH: path,
        HOME: join(directory, "home"),
        PULUMI_BACKEND_URL: `file://${join(directory, "state")}`,
        PULUMI_CONFIG_PASSPHRASE: "only for this test",
      },
      extendEnv: false,
      preferLocal: false,
      all: true,
      reject: false,
      timeout: 240_000,
    },
  );
  return { exitCode, stdout, all };
}

const ownNode = (): string => join(clone, "node_modules", ".bin");

// proves: engine.plain
test("stack init, up, preview, destroy", async () => {
  const before = await machine.files();

  const init = await pulumi(["stack", "init", "plain"], ownNode());
  expect(init.all).not.toMatch(/error/);
  const up = await pulumi(["up", "--yes"], ownNode());
  expect(up.all).not.toMatch(/error:/);
  expect(up.exitCode).toBe(0);
  const output = await pulumi(["stack", "output", "hosts", "--json"], ownNode());
  expect(JSON.parse(output.stdout)).toMatchObject({
    t1: { endpoint: `tcp://${machine.address}:2376`, name: "t1" },
  });
  // What all stacks of the project share.
  expect(await machine.info("{{.Labels}}")).toBe("[rack=7]");
  const preview = await pulumi(["preview", "--expect-no-changes"], ownNode());
  expect(preview.exitCode).toBe(0);
  const destroy = await pulumi(["destroy", "--yes"], ownNode());
  expect(destroy.exitCode).toBe(0);

  expect(await machine.files()).toBe(before);
});

// proves: engine.old-node
test("a Node on PATH that is too old is told in one line, with the way out", async () => {
  const old = oldNode();
  if (old === undefined) {
    console.log("skipped: there is no Node older than 22.18 on this machine");
    return;
  }

  const preview = await pulumi(["preview"], old);

  expect(preview.exitCode).not.toBe(0);
  expect(preview.all).toMatch(
    /error: node: the one on PATH is v\S+; the program is TypeScript, [^\n]*; put the project's own before it: /,
  );
  expect(preview.all).not.toMatch(/^\s+at |Unknown file extension/m);
});

/** The folder of this machine's own Node, if that can't run the program. */
function oldNode(): string | undefined {
  const path = (process.env["PATH"] ?? "").split(delimiter);
  const own = path.filter((folder) => !folder.includes("node_modules")).join(delimiter);
  const node = findProgram("node", own);
  if (node === undefined) return undefined;
  const typescript = execFileSync(node, ["-p", "process.features.typescript"], {
    encoding: "utf8",
  });
  return ["undefined", "false"].includes(typescript.trim()) ? dirname(node) : undefined;
}
