// Runs side by side, as real processes: what they must not do at once, and files that both write.
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { staleMilliseconds } from "../../lab/file-lock.ts";
import { waitFor } from "../../lab/machines/process.ts";
import { checkout } from "../../lab/paths.ts";
import { killTree } from "../support/process-tree.ts";
import { ScratchCache } from "../support/scratch-cache.ts";

let scratch: ScratchCache;

/** For what hangs: a run takes a second or two, and more on a busy machine. */
const limit = 90_000;

beforeEach(() => {
  scratch = new ScratchCache();
});
afterEach(() => scratch.close());

const from = (...names: string[]): string => JSON.stringify(join(checkout, ...names));

const turn = (work: string): string => `
import { appendFileSync } from "node:fs";
import { withFileLock } from ${from("lab", "file-lock.ts")};
const log = (line) => appendFileSync("log", line + "\\n");
const pause = (ms) => new Promise((wake) => setTimeout(wake, ms));
await withFileLock({ lock: "locks/x", doing: "is at work", say: (line) => console.log(line) }, async () => {
  log("begun");
  ${work}
  log("ended");
});
`;

// proves: setup.two-at-once
test(
  "one after the other, and those who wait say so",
  async () => {
    const code = turn("await pause(700);");
    const runs = await Promise.all([1, 2, 3].map(() => scratch.start(code).end));
    expect(runs.map((run) => run.code)).toEqual([0, 0, 0]);
    expect(scratch.read("log")).toBe("begun\nended\n".repeat(3));
    const waited = runs.filter((run) => run.output === "another run is at work; waiting for it\n");
    expect(waited).toHaveLength(2);
  },
  limit,
);

test(
  "work that fails keeps nobody out",
  async () => {
    expect((await scratch.start(turn('throw new Error("x");')).end).code).toBe(1);
    expect(await scratch.start(turn("")).end).toEqual({ code: 0, output: "" });
  },
  limit,
);

test(
  "a run that was killed keeps the next one out for some seconds only",
  async () => {
    const killed = scratch.start(turn("await pause(60_000);"));
    await waitFor("the first run", 20, () => scratch.read("log") === "begun\n");
    await killTree(killed.child);
    const begun = Date.now();
    expect((await scratch.endAfterKilled(turn(""))).code).toBe(0);
    expect(Date.now() - begun).toBeLessThan(20_000);
  },
  limit,
);

test("a lock is left for dead after 20 s, unless a test says otherwise", () => {
  expect(staleMilliseconds({})).toBe(20_000);
  expect(staleMilliseconds({ DOCKERTLS_STALE_LOCK_MS: "2000" })).toBe(2000);
  expect(staleMilliseconds({ DOCKERTLS_STALE_LOCK_MS: "soon" })).toBe(20_000);
});

test(
  "a lock stays what it is while another one of its folder is taken and given back inside it",
  async () => {
    const outer = scratch.start(
      `
import { appendFileSync, existsSync, statSync } from "node:fs";
import { waitFor } from ${from("lab", "machines", "process.ts")};
import { withFileLock } from ${from("lab", "file-lock.ts")};
const log = (line) => appendFileSync("log", line + "\\n");
const turn = (name) => ({ lock: "locks/" + name, doing: "is at work", say: log });
const age = () => statSync("locks/outer").mtimeMs;
await withFileLock(turn("outer"), async () => {
  const begun = age();
  await withFileLock(turn("inner"), () => log("inner"));
  log("inner is there: " + existsSync("locks/inner"));
  await waitFor("the lock to be kept fresh", 30, () => age() > begun);
  log("kept fresh");
  await waitFor("the end of the other run", 30, () => existsSync("done"));
});
log("outer is there: " + existsSync("locks/outer"));
`,
      // It is kept fresh each time that half of this has passed.
      { DOCKERTLS_STALE_LOCK_MS: "6000" },
    );
    await Promise.race([
      outer.end,
      waitFor("the lock to be kept fresh", 40, () => scratch.read("log").includes("kept fresh")),
    ]);
    const other = await scratch.start(`
import { withFileLock } from ${from("lab", "file-lock.ts")};
const signal = AbortSignal.timeout(700);
const turn = { lock: "locks/outer", doing: "is at work", say: (line) => console.log(line), signal };
await withFileLock(turn, () => console.log("nobody kept me out"));
`).end;
    writeFileSync(scratch.place("done"), "");

    expect(await outer.end).toEqual({ code: 0, output: "" });
    expect(scratch.read("log")).toBe(
      "inner\ninner is there: false\nkept fresh\nouter is there: false\n",
    );
    expect(other.code).toBe(1);
    expect(other.output).toContain("interrupted while another run is at work");
  },
  limit,
);

test(
  "a file that two runs write at once is always whole",
  async () => {
    const text = "x".repeat(100_000);
    const code = `
import { readFileSync } from "node:fs";
import { writeAtomically } from ${from("lab", "atomic-write.ts")};
for (let round = 0; round < 300; round += 1) {
  writeAtomically("file", "x".repeat(100_000));
  if (readFileSync("file").length !== 100_000) throw new Error("half a file");
}
`;
    const runs = await Promise.all([1, 2].map(() => scratch.start(code).end));
    expect(runs).toEqual([
      { code: 0, output: "" },
      { code: 0, output: "" },
    ]);
    expect(scratch.read("file")).toBe(text);
    expect(readdirSync(scratch.directory).filter((name) => name.startsWith("file."))).toEqual([]);
  },
  limit,
);

describe("the stack of a checkout", () => {
  const salt = "encryptionsalt: v1:abc=:v1:def:ghi==";

  /** A checkout of its own, whose stack was made before. */
  beforeEach(() => {
    for (const room of ["components", "lab", "scripts", "own-cache.mjs"]) {
      cpSync(join(checkout, room), scratch.place(room), { recursive: true });
    }
    symlinkSync(join(checkout, "node_modules"), scratch.place("node_modules"));
    cpSync(join(checkout, "package.json"), scratch.place("package.json"));
    mkdirSync(scratch.place(".dockertls", "init"), { recursive: true });
    writeFileSync(scratch.place(".dockertls", "init", "Pulumi.dev.yaml"), `${salt}\n`);
    writeFileSync(scratch.place(".dockertls", "Pulumi.dev.yaml"), `${salt}\n`);
    writeFileSync(scratch.place("Pulumi.dev.yaml"), "config: {}\n");
  });

  const work = (): string => `
import { appendFileSync } from "node:fs";
import { withStackFile } from ${JSON.stringify(scratch.place("scripts", "dev-stack.ts"))};
await withStackFile((line) => console.log(line), async () => {
  appendFileSync("log", "begun\\n");
  await new Promise((wake) => setTimeout(wake, 700));
  appendFileSync("log", "ended\\n");
});
`;

  test(
    "is worked on by one run at a time",
    async () => {
      const runs = await Promise.all([1, 2].map(() => scratch.start(work()).end));
      expect(runs.map((run) => run.code)).toEqual([0, 0]);
      expect(scratch.read("log")).toBe("begun\nended\n".repeat(2));
      expect(runs.map((run) => run.output).sort()).toEqual([
        "",
        "another run of this checkout is at work on stack dev; waiting for it\n",
      ]);
    },
    limit,
  );

  test(
    "keeps its salt, without which its secrets are lost, where a killed engine cut the copy short",
    async () => {
      writeFileSync(scratch.place(".dockertls", "Pulumi.dev.yaml"), "conf");
      expect(await scratch.start(work()).end).toEqual({ code: 0, output: "" });
      expect(readFileSync(scratch.place(".dockertls", "Pulumi.dev.yaml"), "utf8")).toContain(salt);
    },
    limit,
  );
});

test(
  "a key pair is made although a killed run has left half of one",
  async () => {
    const code = `
import { keyAt } from ${from("lab", "machines", "access.ts")};
console.log(await keyAt("id", "lab"));
`;
    scratch.program(
      "ssh-keygen",
      'for file; do :; done\necho half > "$file"\necho > begun\nsleep 60\n',
    );
    const killed = scratch.start(code);
    await waitFor("ssh-keygen", 20, () => scratch.read("begun") !== "");
    await killTree(killed.child);
    scratch.program("ssh-keygen", 'exec /usr/bin/ssh-keygen "$@" < /dev/null\n');

    const { code: status, output } = await scratch.start(code).end;

    expect(status).toBe(0);
    expect(output).toMatch(/^ssh-ed25519 \S+ lab\n$/);
  },
  limit,
);

test("machines that come up together get one key pair", async () => {
  const code = `
import { keyAt } from ${from("lab", "machines", "access.ts")};
console.log(...new Set(await Promise.all([keyAt("both", "lab"), keyAt("both", "lab")])));
`;

  expect((await scratch.start(code).end).output).toMatch(/^ssh-ed25519 \S+ lab\n$/);
});
