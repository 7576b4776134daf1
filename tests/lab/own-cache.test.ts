// Without HOME, with an XDG_CACHE_HOME that is none, as a user who may write nowhere: everything works, and
// no cache lies where another user could have put something.
import { spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  lchownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { checkout } from "../../lab/paths.ts";
import { isOwn, ownCache, withHome } from "../../own-cache.mjs";

const limit = 60_000;
const isRoot = process.getuid?.() === 0;
const listed = join(userInfo().homedir, ".cache", "dockertls");

let scratch: string;
const place = (...names: string[]): string => join(scratch, ...names);

beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), "dockertls-own-"));
});
afterEach(() => rmSync(scratch, { recursive: true }));

/** What a shell has without HOME. */
const bare = { PATH: "/usr/bin:/bin" };

const launchers = [
  join(checkout, "provider", "pulumi-resource-dockertls-host"),
  join(checkout, "standins", "tls", "pulumi-resource-tls"),
];

const environments: [string, () => Record<string, string>][] = [
  ["without HOME", () => ({})],
  ["with an empty HOME", () => ({ HOME: "" })],
  ["with a HOME that is not there", () => ({ HOME: "/nonexistent" })],
  ["with a relative XDG_CACHE_HOME", () => ({ XDG_CACHE_HOME: "cache" })],
  ["with an XDG_CACHE_HOME that nobody can write to", () => ({ XDG_CACHE_HOME: "/proc/nowhere" })],
  ["with an XDG_CACHE_HOME that is a file", () => ({ XDG_CACHE_HOME: "/etc/passwd" })],
];

describe.each(environments)("%s", (_case, variables) => {
  test.each(launchers)(
    "the plugin %s starts",
    async (launcher) => {
      const env = { ...bare, ...variables() };
      const child = spawn(launcher, [], { cwd: scratch, env, stdio: ["ignore", "pipe", "pipe"] });
      let output = "";
      const port = new Promise<string>((done) => {
        for (const stream of [child.stdout, child.stderr]) {
          stream.on("data", (text: Buffer) => {
            output += text.toString();
            if (/^\d+\n/.test(output)) done(output);
          });
        }
        child.once("close", () => done(output));
      });
      try {
        expect(await port).toMatch(/^\d+\n/);
        expect(readdirSync(scratch)).toEqual([]);
      } finally {
        child.kill("SIGKILL");
      }
    },
    limit,
  );

  test("the program's way in and the lab's paths are found, and the cache is the user's own", () => {
    const code = `
const { cacheDirectory } = await import(${JSON.stringify(join(checkout, "lab", "paths.ts"))});
await import(${JSON.stringify(join(checkout, "entry.mjs"))});
console.log(cacheDirectory);`;
    const { stdout, stderr } = spawnSync(
      process.execPath,
      ["--input-type=module", "--eval", code],
      { cwd: scratch, env: { ...bare, ...variables() }, encoding: "utf8", timeout: 20_000 },
    );
    expect(stderr).toBe("");
    expect([`${listed}\n`, `${join(checkout, ".dockertls", "cache")}\n`]).toContain(stdout);
    expect(readdirSync(scratch)).toEqual([]);
  });
});

test("compiled code is kept where nobody else can look, whatever the umask", () => {
  const code = `process.umask(0); await import(${JSON.stringify(join(checkout, "provider", "provider.ts"))});`;
  writeFileSync(
    place("main.mjs"),
    `import { keepCompiledCode } from ${JSON.stringify(join(checkout, "own-cache.mjs"))};\nkeepCompiledCode();\n${code}\n`,
  );
  const env = { ...bare, XDG_CACHE_HOME: place("cache") };
  expect(spawnSync(process.execPath, [place("main.mjs")], { env, timeout: 20_000 }).status).toBe(0);
  expect(statSync(place("cache", "dockertls", "node")).mode & 0o777).toBe(0o700);
  expect(readdirSync(place("cache", "dockertls", "node"))).not.toEqual([]);
});

describe("a place where another user could have put something is not the cache", () => {
  const chosen = (): string | undefined =>
    ownCache({ XDG_CACHE_HOME: place("cache"), HOME: place("home") });

  test.each<[string, () => void, boolean]>([
    ["one's own", () => mkdirSync(place("cache", "dockertls"), { recursive: true }), true],
    ["not there yet", () => undefined, true],
    ["open to others", () => made(0o777), false],
    ["open to a group", () => made(0o770), false],
    [
      "to be made in an open folder, /tmp for one",
      () => {
        mkdirSync(place("cache"));
        chmodSync(place("cache"), 0o1777);
      },
      false,
    ],
    [
      "below an open folder",
      () => {
        mkdirSync(place("cache", "dockertls"), { recursive: true });
        chmodSync(place("cache"), 0o777);
      },
      false,
    ],
    [
      "a link into an open folder",
      () => {
        mkdirSync(place("open", "target"), { recursive: true });
        chmodSync(place("open"), 0o777);
        mkdirSync(place("cache"));
        symlinkSync(place("open", "target"), place("cache", "dockertls"));
      },
      false,
    ],
  ])("%s", (_case, make, isChosen) => {
    make();
    if (isChosen) expect(chosen()).toBe(place("cache", "dockertls"));
    else expect(chosen()).not.toBe(place("cache", "dockertls"));
  });

  function made(mode: number): void {
    mkdirSync(place("cache", "dockertls"), { recursive: true });
    chmodSync(place("cache", "dockertls"), mode);
  }

  test("another user's", () => {
    if (!isRoot) {
      console.log("skipped: only root can make another user's folder");
      return;
    }
    made(0o755);
    lchownSync(place("cache", "dockertls"), 4242, 4242);
    expect(isOwn(place("cache", "dockertls"))).toBe(false);
    expect(chosen()).not.toBe(place("cache", "dockertls"));
  });
});

test("no launcher names a place of its own, least of all one in /tmp", () => {
  for (const launcher of launchers) {
    expect(readFileSync(launcher, "utf8")).not.toMatch(/\/tmp|COMPILE_CACHE/);
  }
});

test("what our programs start has a HOME, and no XDG_CACHE_HOME that is none", () => {
  const instead = place("instead");
  const home = isRoot || existsSync(userInfo().homedir) ? userInfo().homedir : instead;
  expect(withHome({ A: "1", XDG_CACHE_HOME: "cache" }, instead)).toEqual({ A: "1", HOME: home });
  expect(withHome({ HOME: "/nonexistent" }, instead)).toEqual({ HOME: home });
  expect(withHome({ HOME: scratch, XDG_CACHE_HOME: scratch }, instead)).toEqual({
    HOME: scratch,
    XDG_CACHE_HOME: scratch,
  });
});
