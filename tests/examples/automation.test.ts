// What examples/automation/ runs by itself: read by the programs that will read it, with the commands of this project in
// it as those take them.
import { execFileSync, spawnSync } from "node:child_process";
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  convertWorkflowTemplate,
  NoOperationTraceWriter,
  parseWorkflow,
} from "@actions/workflow-parser";
import { parse } from "yaml";
import { readOptions } from "../../scripts/drift/options.ts";
import { readOptions as readRenewOptions } from "../../scripts/renew/options.ts";

const folder = "examples/automation";
const textOf = (file: string): string => readFileSync(join(folder, file), "utf8");
const workflows = ["github-drift.yml", "github-renew.yml", "github-rollout.yml"];
const scratch = mkdtempSync(join(tmpdir(), "dockertls-automation-"));
afterAll(() => rmSync(scratch, { recursive: true }));

interface Step {
  readonly run?: string;
  readonly uses?: string;
}

function stepsOf(file: string): Step[] {
  const { jobs } = parse(textOf(file)) as { jobs: Record<string, { steps: Step[] }> };
  return Object.values(jobs).flatMap(({ steps }) => steps);
}

interface GitLabJob {
  readonly stage: string;
  readonly script: readonly string[];
  readonly rules: readonly object[];
  readonly allow_failure?: { readonly exit_codes: number };
}

interface GitLab {
  readonly stages: readonly string[];
  readonly default: { readonly before_script: readonly string[] };
  readonly drift: GitLabJob;
  readonly renew: GitLabJob;
  readonly plan: GitLabJob;
  readonly rollout: GitLabJob;
}

const gitLab = parse(textOf("gitlab-ci.yml")) as GitLab;
const gitLabJobs = [gitLab.drift, gitLab.renew, gitLab.plan, gitLab.rollout];

// proves: drift.automation-examples
describe("systemd", () => {
  const units = ["drift", "renew"].flatMap((job) => [
    `dockertls-${job}@.timer`,
    `dockertls-${job}@.service`,
  ]);
  const whereItIs = spawnSync("systemd-analyze", ["--version"]).status === 0 ? test : test.skip;

  whereItIs("has nothing against the units (skipped: no systemd-analyze here)", () => {
    for (const unit of units) {
      // Of an instance. The program it runs must be there, and npm is not everywhere in the same place.
      const text = textOf(unit).replace("ExecStart=/usr/bin/npm", "ExecStart=/bin/sh");
      for (const name of [unit, unit.replace("@", "@prod")]) {
        writeFileSync(join(scratch, name), text);
      }
    }
    const instances = units.map((unit) => join(scratch, unit.replace("@", "@prod")));
    const { status, stderr } = spawnSync("systemd-analyze", ["verify", "--man=no", ...instances], {
      encoding: "utf8",
    });
    expect(stderr.split("\n").filter((line) => line.includes("dockertls"))).toEqual([]);
    expect(status).toBe(0);
  });

  test("that something was due and is not renewed is a failure of the unit", () => {
    expect(textOf("dockertls-renew@.service")).not.toContain("SuccessExitStatus");
  });

  test("drift is no failure of the unit, and what was not told is one", () => {
    expect(/^SuccessExitStatus=(.*)$/m.exec(textOf("dockertls-drift@.service"))?.[1]).toBe("2");
  });
});

describe.each(workflows)("%s", (name) => {
  test("is a workflow by GitHub's own parser", async () => {
    const { context, value } = parseWorkflow(
      { name, content: textOf(name) },
      new NoOperationTraceWriter(),
    );
    expect(context.errors.getErrors()).toEqual([]);
    if (value === undefined) throw new Error("the parser gave nothing");
    const template = await convertWorkflowTemplate(context, value);
    expect(template.errors ?? []).toEqual([]);
    expect(template.jobs.length).toBeGreaterThan(0);
  });

  test("its steps are shell", () => {
    for (const { run } of stepsOf(name)) {
      if (run !== undefined) execFileSync("bash", ["-n", "-c", run]);
    }
  });
});

test("the parser would tell what is wrong", () => {
  const content = textOf("github-drift.yml").replace("runs-on:", "runs_on:");
  const { context } = parseWorkflow({ name: "broken.yml", content }, new NoOperationTraceWriter());
  expect(context.errors.getErrors()).not.toEqual([]);
});

describe("gitlab-ci.yml", () => {
  test("its jobs are in its stages, each with a rule and a script", () => {
    expect(gitLabJobs.map(({ stage }) => stage)).toEqual(gitLab.stages);
    for (const { rules, script } of gitLabJobs) {
      expect(rules.length).toBeGreaterThan(0);
      execFileSync("sh", ["-n", "-c", [...gitLab.default.before_script, ...script].join("\n")]);
    }
  });

  test("drift is a warning, and what was not told fails", () => {
    expect(gitLab.drift.allow_failure).toEqual({ exit_codes: 2 });
  });
});

describe("commands of this project", () => {
  const texts = globSync("*", { cwd: folder })
    .filter((file) => !file.endsWith(".md"))
    .map((file) => [file, textOf(file).replace(/\\\n\s*/g, "")] as const);
  const commands = texts.flatMap(([file, text]) =>
    [...text.matchAll(/npm run --silent (\w+) -- ([^\n&]*)/g)].map(
      ([, command = "", args = ""]) => [file, command, args.trim()] as const,
    ),
  );

  test("are in every file but the timer", () => {
    const files = new Set(commands.map(([file]) => file));
    expect([...files].sort()).toEqual(
      texts
        .map(([file]) => file)
        .filter((file) => !file.endsWith(".timer"))
        .sort(),
    );
  });

  test.each(commands)("%s: npm run %s -- %s", (_file, command, args) => {
    if (command === "rollout") {
      expect(args).toMatch(/^dev staging prod (--yes --report rollout\.html|--plan)$/);
      return;
    }
    writeFileSync(join(scratch, "webhook"), "https://chat.example.org/hooks/x\n");
    const words = args.replaceAll("${CREDENTIALS_DIRECTORY}", scratch).replaceAll("%i", "prod");
    const wanted = { stack: ["prod"], all: false };
    if (command === "renew") {
      expect(readRenewOptions(words.split(/\s+/))).toMatchObject({ ...wanted, yes: true });
      return;
    }
    expect(command).toBe("drift");
    expect(readOptions(words.split(/\s+/))).toMatchObject(wanted);
  });
});
