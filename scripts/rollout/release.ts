// What is rolled out: a commit, told apart from every other one by what makes a difference to a machine.
import { createHash } from "node:crypto";
import { spawnSync } from "node:child_process";
import { globSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

export interface Release {
  /** Two releases are the same when their ids are. */
  readonly id: string;
  /** For a person: the commit, and whether it is exactly that. */
  readonly name: string;
  /** Why a mark under this id is not one of a commit; empty where it is. */
  readonly note: string;
}

/** What the engine runs and reads whatever the stack; `dockertls:base` is in Pulumi.yaml. */
const whatRuns = [
  ...["Pulumi.yaml", "package.json", "package-lock.json", "entry.mjs", "index.ts"],
  ...["own-cache.mjs", "components/**", "provider/**"],
];

/** The release that lies in a project's folder now. */
export function releaseIn(project: string): Release {
  const files = digestOf(project).slice(0, 12);
  const commit = git(project, ["rev-parse", "HEAD"])?.toString("utf8").trim().slice(0, 12);
  const changes = git(project, ["diff", "HEAD", "--binary", "--no-ext-diff", "--no-textconv"]);
  if (commit === undefined || changes === undefined) {
    const note = "this folder is no git working tree; stacks are compared by its files alone";
    return { id: `files/${files}`, name: `files ${files}`, note };
  }
  const untracked = git(project, ["ls-files", "--others", "--exclude-standard", "--", ...paths]);
  if (changes.length === 0 && (untracked ?? "").length === 0) {
    return { id: `${commit}/${files}`, name: `commit ${commit}`, note: "" };
  }
  const difference = createHash("sha256").update(changes).digest("hex").slice(0, 8);
  return {
    id: `${commit}+${difference}/${files}`,
    name: `commit ${commit} with changes`,
    note: "the working tree has changes that are not committed; they count as another commit",
  };
}

const paths = whatRuns.map((pattern) => pattern.replace("/**", ""));

function digestOf(project: string): string {
  const digest = createHash("sha256");
  for (const file of globSync(whatRuns, { cwd: project }).sort()) {
    const path = join(project, file);
    if (statSync(path).isFile()) digest.update(`${file}\0`).update(readFileSync(path)).update("\0");
  }
  return digest.digest("hex");
}

/** What git answers; undefined where there is none, or no repository. */
function git(project: string, args: readonly string[]): Buffer | undefined {
  const { status, stdout } = spawnSync("git", ["-C", project, ...args], {
    maxBuffer: 1024 * 1024 * 1024,
    stdio: ["ignore", "pipe", "ignore"],
  });
  return status === 0 ? stdout : undefined;
}
