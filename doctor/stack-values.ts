// What a stack asks for, from its project's file and its own, without the engine's SDK.
import { baseKey } from "../components/model/configuration/base.ts";
import { stackKeys, type Raw } from "../components/model/configuration/parse.ts";
import { configurationNamespace } from "../components/model/configuration/problems.ts";
import { isMap } from "../components/model/json-value.ts";
import type { Problem } from "../components/model/problem.ts";
import {
  holdsSealed,
  readStackFile,
  readYaml,
  withoutSealed,
  type StackFile,
  type Values,
} from "./stack-file.ts";

export interface TextFile {
  /** Its name, as a person knows it. */
  readonly file: string;
  readonly read: () => string;
}

export interface StackSources {
  readonly stackFile: TextFile;
  /** The configuration with its secrets decrypted, where that is possible. */
  readonly opened: () => Values | undefined;
}

/** As the checks of a configuration take it: the stack's values, and what it shares with others. */
export function rawOf({ base }: Pick<Project, "base">, own: Values): Raw {
  const values: Values = { [baseKey]: base, ...own };
  const raw = Object.fromEntries(stackKeys.map((key) => [key, values[key]]));
  return { ...values, ...raw } as Raw;
}

/** Name of the project, and what is wrong with its file. */
export function readProject(project: TextFile): Project {
  const read = contentOf(project);
  const yaml = "problem" in read ? read : readYaml(project.file, read.text);
  if ("problem" in yaml) return { name: configurationNamespace, problems: [yaml.problem] };
  const { name, config } = yaml.content;
  const entry = isMap(config) ? config[`${configurationNamespace}:${baseKey}`] : undefined;
  return {
    name: typeof name === "string" ? name : configurationNamespace,
    base: isMap(entry) ? (entry["value"] ?? entry["default"]) : undefined,
    problems: [],
  };
}

export interface Project {
  readonly name: string;
  /** What its stacks share. */
  readonly base?: unknown;
  readonly problems: readonly Problem[];
}

export interface ReadStack extends StackFile {
  readonly sealedHosts: readonly string[];
  readonly hostsAreSealed: boolean;
}

/** The stack's values; the engine is asked only where a secret of the stack stands. */
export function stackValues({ stackFile, opened }: StackSources): ReadStack {
  const read = contentOf(stackFile);
  if ("problem" in read) {
    return { values: {}, problems: [read.problem], sealedHosts: [], hostsAreSealed: false };
  }
  const { values, problems } = readStackFile(stackFile.file, read.text);
  const open = holdsSealed(values) ? opened() : undefined;
  if (open !== undefined) return { values: open, problems, sealedHosts: [], hostsAreSealed: false };
  return { problems, ...withoutSealed(values) };
}

function contentOf({ file, read }: TextFile): { readonly text: string } | { problem: Problem } {
  try {
    return { text: read() };
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unreadable";
    return {
      problem: {
        where: file,
        what: code === "ENOENT" ? "there is no such file" : `can't be read (${code})`,
        why: "nothing is known of the stack's machines",
        fix: "name another stack with --stack, or add a machine to this one with `npm run add`",
      },
    };
  }
}
