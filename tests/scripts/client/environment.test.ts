// The files that a shell reads: what they set is what docker gets, whatever the folder is called.
import { cpSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { writeBundle } from "../../../scripts/client/bundle.ts";
import { environmentFiles } from "../../../scripts/client/environment.ts";
import { findProgram } from "../../../lab/requirements.ts";
import {
  bundleWith,
  removeFolders,
  scratchFolder,
  somePems,
} from "../../support/client-bundles.ts";

const wildName = `it's "a" $HOME\`id\` 100% \\ back`;
let parent: string;
let folder: string;

beforeAll(async () => {
  parent = join(scratchFolder(), "with spaces");
  folder = join(parent, wildName);
  writeBundle(bundleWith(await somePems()), { folder, force: false, now: new Date() });
});

afterAll(removeFolders);

const shells = ["sh", "dash", "bash", "busybox", "zsh", "fish"].filter(
  (shell) => findProgram(shell) !== undefined,
);
const printed = 'printf "%s\\n" "$DOCKER_HOST" "$DOCKER_CERT_PATH" "$DOCKER_TLS_VERIFY"; env';

/** The variables once a shell has read that file. */
async function read(
  shell: string,
  file: string,
  options: readonly string[] = [],
): Promise<string[]> {
  const command = shell === "busybox" ? ["sh"] : [];
  const source = shell === "fish" ? "source $FILE" : '. "$FILE"';
  const { stdout } = await execa(shell, [...command, ...options, "-c", `${source}\n${printed}`], {
    env: { FILE: file, DOCKER_CONTEXT: "other", PATH: process.env["PATH"] },
    extendEnv: false,
  });
  return stdout.split("\n");
}

const fileFor = (shell: string, where: string): string =>
  join(where, shell === "fish" ? "env.fish" : "env.sh");

// proves: client.environment
test.each(shells)("%s gets machine, folder and TLS, and no context", async (shell) => {
  const [host, path, verify, ...all] = await read(shell, fileFor(shell, folder));
  expect([host, path, verify]).toEqual(["tcp://192.0.2.1:2376", folder, "1"]);
  expect(all).toContain("DOCKER_TLS_VERIFY=1");
  expect(all.filter((line) => line.startsWith("DOCKER_CONTEXT"))).toEqual([]);
});

test("a careful shell reads it as well", async () => {
  const [, path] = await read("sh", fileFor("sh", folder), ["-eu"]);
  expect(path).toBe(folder);
});

test.each(shells.filter((shell) => ["bash", "zsh", "fish"].includes(shell)))(
  "%s finds the folder where it has been moved",
  async (shell) => {
    const moved = join(parent, "moved");
    cpSync(folder, moved, { recursive: true });
    const [, path] = await read(shell, fileFor(shell, moved));
    expect(path).toBe(moved);
  },
);

test("one that does not know where it reads from takes no bundle that happens to lie there", async () => {
  const other = join(parent, "other");
  cpSync(folder, other, { recursive: true });
  const { stdout } = await execa(
    "dash",
    ["-c", `cd "$OTHER" && . "$FILE" && printf %s "$DOCKER_CERT_PATH"`],
    { env: { OTHER: other, FILE: fileFor("dash", folder) } },
  );
  expect(stdout).toBe(folder);
});

test("Windows' shells take the folder in which the file lies", () => {
  const environment = {
    stack: "prod",
    client: "alice",
    host: "b1",
    endpoint: "tcp://b1:2376",
    folder,
  };
  const { ps1, cmd } = environmentFiles({ ...environment, tunnel: "ssh -N 100%" });
  expect(ps1).toBe(
    `# docker of b1, as alice of stack prod
# first, in another terminal: ssh -N 100%
$env:DOCKER_CERT_PATH = $PSScriptRoot
$env:DOCKER_TLS_VERIFY = '1'
$env:DOCKER_HOST = 'tcp://b1:2376'
Remove-Item Env:DOCKER_CONTEXT -ErrorAction SilentlyContinue
`,
  );
  expect(cmd?.split("\r\n")).toEqual([
    "@echo off",
    "rem docker of b1, as alice of stack prod",
    "rem first, in another terminal: ssh -N 100%%",
    'set "DOCKER_CERT_PATH=%~dp0."',
    'set "DOCKER_TLS_VERIFY=1"',
    'set "DOCKER_HOST=tcp://b1:2376"',
    'set "DOCKER_CONTEXT="',
    "",
  ]);
});
