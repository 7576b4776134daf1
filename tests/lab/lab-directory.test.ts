// The lab's directory is closed to others before anything lies in it.
import {
  chmodSync,
  lchownSync,
  mkdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { spawnSync } from "node:child_process";
import { labDirectoryProblem } from "../../lab/machines/directory.ts";
import { checkout } from "../../lab/paths.ts";
import { ScratchCache, type Ended } from "../support/scratch-cache.ts";

let cache: ScratchCache;
const lab = (): string => cache.place("lab");
const modeOf = (path: string): number => statSync(path).mode & 0o7777;
const me = process.getuid?.() ?? 0;

const secure = (): Promise<Ended> =>
  cache.start(`
import { secureLabDirectory } from ${JSON.stringify(join(checkout, "lab", "machines", "directory.ts"))};
try {
  await secureLabDirectory();
} catch (error) {
  console.log(error.message);
}
`).end;

beforeEach(() => {
  cache = new ScratchCache();
  // Whoever is not root is it in here.
  cache.program("sudo", '[ "$1" != -n ] || shift\nexec "$@"\n');
});
afterEach(() => cache.close());

test("it is made for its user alone", async () => {
  expect(await secure()).toEqual({ code: 0, output: "" });
  expect(modeOf(lab())).toBe(0o700);
  expect(statSync(lab()).uid).toBe(me);
});

test("one that an earlier version left open is closed, and keeps what is in it", async () => {
  mkdirSync(join(lab(), "images"), { recursive: true });
  chmodSync(lab(), 0o755);
  expect(await secure()).toEqual({ code: 0, output: "" });
  expect(modeOf(lab())).toBe(0o700);
  expect(modeOf(join(lab(), "images"))).toBe(0o755);
});

test("a symbolic link is refused in one line, and what it leads to is left alone", async () => {
  mkdirSync(cache.place("elsewhere"), { mode: 0o755 });
  symlinkSync(cache.place("elsewhere"), lab());
  expect((await secure()).output).toBe(
    `lab: ${lab()}: is a symbolic link; its owner could become root here by way of the lab's machines; ` +
      "remove it, or put the lab elsewhere with DOCKERTLS_LAB_DIRECTORY\n",
  );
  expect(modeOf(cache.place("elsewhere"))).toBe(0o755);
});

test("so is what is not a directory", async () => {
  writeFileSync(lab(), "");
  expect((await secure()).output).toContain(`lab: ${lab()}: is not a directory; `);
});

test("a directory of somebody else's is refused", () => {
  mkdirSync(lab());
  expect(labDirectoryProblem(lab(), me)).toBeUndefined();
  if (me === 0) {
    lchownSync(lab(), 4242, 4242);
    expect(labDirectoryProblem(lab(), 0)).toContain(
      `lab: ${lab()}: belongs to uid 4242; its owner could become root here`,
    );
    // Theirs it is, in a place where they alone can put something.
    lchownSync(cache.directory, 4242, 4242);
    expect(labDirectoryProblem(lab(), 4242)).toBeUndefined();
  } else {
    expect(labDirectoryProblem(lab(), me + 1)).toContain(`belongs to uid ${String(me)}; `);
  }
});

test("one that another user could replace is refused", () => {
  mkdirSync(cache.place("open", "further"), { recursive: true });
  chmodSync(cache.place("open"), 0o777);
  expect(labDirectoryProblem(cache.place("open", "further", "lab"))).toContain(
    `${cache.place("open")} can be changed by other users; `,
  );
  // In /tmp nobody can take away what is another's.
  chmodSync(cache.place("open"), 0o1777);
  expect(labDirectoryProblem(cache.place("open", "further", "lab"))).toBeUndefined();
});

// proves: lab.directory
test("nobody can run what lies in it", async () => {
  if (me !== 0) {
    console.log("skipped: only root can act as another user");
    return;
  }
  chmodSync(cache.directory, 0o755);
  mkdirSync(join(lab(), "images"), { recursive: true });
  chmodSync(lab(), 0o755);
  const program = join(lab(), "images", "program");
  writeFileSync(program, "#!/bin/sh\necho ran\n");
  chmodSync(program, 0o4755);
  const asNobody = (): string => {
    const nobody = ["--reuid", "65534", "--regid", "65534", "--clear-groups"];
    const { stdout, stderr } = spawnSync("setpriv", [...nobody, program], { encoding: "utf8" });
    return stdout + stderr;
  };
  expect(asNobody()).toBe("ran\n");
  await secure();
  expect(asNobody()).toContain("Permission denied");
  rmSync(lab(), { recursive: true });
});
