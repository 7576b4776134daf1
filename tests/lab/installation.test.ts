// scripts/run.mjs as a person starts it, in a scratch checkout whose npm is a script: what it does when
// it is started twice, or killed in the middle.
import { spawn, type ChildProcess } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { waitFor } from "../../lab/machines/process.ts";
import { checkout as repository } from "../../lab/paths.ts";
import { killTree } from "../support/process-tree.ts";

const limit = 60_000;

let checkout = "";
let children: ChildProcess[] = [];

const place = (...names: string[]): string => join(checkout, ...names);

/** Installs as npm does: the packages first, the list of them last. */
const installing = `
mkdir -p node_modules/.bin
printf '#!/bin/sh\\n[ "$1" != --version ] || { echo v24.21.0; exit; }\\necho "ran $1" >> ran\\n' > node_modules/.bin/node
chmod +x node_modules/.bin/node
`;
const listed = "cp package-lock.json node_modules/.package-lock.json\n";

function npmDoes(script: string): void {
  mkdirSync(place("bin"), { recursive: true });
  writeFileSync(
    place("bin", "npm"),
    `#!/bin/sh\nset -e\necho begun >> npm.log\n${script}echo ended >> npm.log\n`,
  );
  chmodSync(place("bin", "npm"), 0o755);
}

const log = (): string =>
  existsSync(place("npm.log")) ? readFileSync(place("npm.log"), "utf8") : "";

beforeEach(() => {
  checkout = mkdtempSync(join(tmpdir(), "dockertls-installation-"));
  mkdirSync(place("scripts"));
  for (const file of ["run.mjs", "install-lock.mjs", "own-node.mjs"]) {
    cpSync(join(repository, "scripts", file), place("scripts", file));
  }
  cpSync(join(repository, "own-cache.mjs"), place("own-cache.mjs"));
  const node = `node_modules/node-${process.platform}-${process.arch}`;
  const packages = { "": {}, [node]: { version: "24.21.0" } };
  writeFileSync(place("package-lock.json"), JSON.stringify({ packages }));
});

afterEach(async () => {
  await Promise.all(children.map((child) => killTree(child)));
  children = [];
  rmSync(checkout, { recursive: true });
});

function start(name: string): {
  child: ChildProcess;
  end: Promise<{ code: number | null; out: string }>;
} {
  const child = spawn(process.execPath, [place("scripts", "run.mjs"), name], {
    cwd: checkout,
    env: { ...process.env, PATH: `${place("bin")}${delimiter}${process.env["PATH"] ?? ""}` },
    stdio: ["ignore", "pipe", "pipe"],
  });
  children.push(child);
  let out = "";
  child.stdout.on("data", (text: Buffer) => (out += text.toString()));
  child.stderr.on("data", (text: Buffer) => (out += text.toString()));
  const end = new Promise<{ code: number | null; out: string }>((done) =>
    child.once("close", (code) => done({ code, out })),
  );
  return { child, end };
}

test(
  "two runs at once install once; the second says that it waits, then runs as well",
  async () => {
    npmDoes(`${installing}sleep 1\n${listed}`);
    const first = start("start");
    await waitFor("npm of the first run", 20, () => log().includes("begun"));
    const second = await start("test").end;
    expect(await first.end).toMatchObject({ code: 0 });
    expect(second).toMatchObject({ code: 0 });
    expect(second.out).toContain(
      "another run is installing the project's packages; waiting for it",
    );
    expect(log()).toBe("begun\nended\n");
    expect(readFileSync(place("ran"), "utf8").split("\n").filter(Boolean)).toHaveLength(2);
  },
  limit,
);

// proves: setup.interrupted-install
test(
  "a run that was killed in the middle leaves nothing that looks installed, and no lock",
  async () => {
    // Complete by its list; only its Node is broken, and npm has mended just that when it is killed.
    mkdirSync(place("node_modules"));
    cpSync(place("package-lock.json"), place("node_modules", ".package-lock.json"));
    npmDoes(`${installing}echo mended >> npm.log\nsleep 60\n${listed}`);
    const killed = start("start");
    await waitFor("npm of the first run", 20, () => log().includes("mended"));
    await killTree(killed.child);

    npmDoes(`${installing}${listed}`);
    const next = await start("start").end;

    expect(next).toMatchObject({ code: 0 });
    expect(next.out).not.toContain("waiting");
    expect(log()).toBe("begun\nmended\nbegun\nended\n");
  },
  limit,
);

test(
  "npm that fails fails the run, and keeps nobody out",
  async () => {
    npmDoes("exit 7\n");
    expect(await start("start").end).toMatchObject({ code: 7 });
    npmDoes(`${installing}${listed}`);
    expect(await start("start").end).toMatchObject({ code: 0 });
  },
  limit,
);

test(
  "the doctor installs nothing: it says that the packages are missing",
  async () => {
    npmDoes(`${installing}${listed}`);
    const { code, out } = await start("doctor").end;
    expect(code).toBe(1);
    expect(out).toContain(
      "  FAIL  packages  node_modules: they are not installed, or not to the end; nothing of this program can run without its packages; run `npm ci`\n",
    );
    expect(log()).toBe("");
  },
  limit,
);
