// What tells one commit from another, in repositories of the test's own.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { releaseIn } from "../../../scripts/rollout/release.ts";
import { recordedIn } from "../../../scripts/rollout/recorded.ts";

let project: string;
const write = (file: string, text: string): void => {
  writeFileSync(join(project, file), text);
};
const git = (...args: string[]): void => {
  const identity = ["-c", "user.name=test", "-c", "user.email=test@example.com"];
  execFileSync("git", ["-C", project, ...identity, ...args], { stdio: "ignore" });
};

beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), "dockertls-release-"));
  mkdirSync(join(project, "components"));
  write("Pulumi.yaml", "name: dockertls\n");
  write("Pulumi.prod.yaml", "config: {}\n");
  write("components/a.ts", "1;\n");
});
afterEach(() => {
  rmSync(project, { recursive: true });
});

function commit(): void {
  git("init", "-q");
  git("add", ".");
  git("commit", "-q", "-m", "one");
}

test("a commit is itself until something changes", () => {
  commit();
  const first = releaseIn(project);
  expect(first).toMatchObject({ name: expect.stringMatching(/^commit [0-9a-f]{12}$/), note: "" });
  expect(releaseIn(project)).toEqual(first);
  write("notes.txt", "nothing that runs");
  expect(releaseIn(project)).toEqual(first);
});

test.each([
  ["the base", "Pulumi.yaml"],
  ["a stack's file", "Pulumi.prod.yaml"],
  ["a new file of the program", "components/b.ts"],
])("a change of %s that is not committed is another commit, and is told", (_what, file) => {
  commit();
  const first = releaseIn(project);
  write(file, "name: other\n");
  const second = releaseIn(project);
  expect(second.id).not.toBe(first.id);
  expect(second.note).toMatch(/not committed; they count as another commit/);
  write(file, "name: third\n");
  expect(releaseIn(project).id).not.toBe(second.id);
});

test("without git the files alone tell", () => {
  const first = releaseIn(project);
  expect(first).toMatchObject({
    id: expect.stringMatching(/^files\//),
    note: expect.stringMatching(/no git/),
  });
  write("components/a.ts", "2;\n");
  expect(releaseIn(project).id).not.toBe(first.id);
});

test("a stack's file says which stack goes before it; another stack has none", () => {
  write("Pulumi.prod.yaml", "config:\n  dockertls:rollout: { after: staging, soak: 10s }\n");
  expect([...recordedIn(project, ["org/dockertls/prod", "gone"])]).toEqual([
    ["org/dockertls/prod", "staging"],
    ["gone", undefined],
  ]);
  const elsewhere = { PULUMI_OPTION_CONFIG_FILE: join(project, "Pulumi.prod.yaml") };
  expect([...recordedIn(tmpdir(), ["p"], elsewhere)]).toEqual([["p", "staging"]]);
  write("Pulumi.prod.yaml", "config:\n  dockertls:rollout: { after: { secure: v1:x } }\n");
  expect(() => recordedIn(project, ["prod"])).toThrow(
    /^Pulumi\.prod\.yaml: dockertls:rollout\.after: is not the name of a stack; /,
  );
});
