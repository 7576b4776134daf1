// npm run lint: what can be seen without running the program.
import { globSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { remoteScript } from "../components/host/remote/scripts.ts";
import { checkout } from "../lab/paths.ts";
import { findProgram } from "../lab/requirements.ts";
import { staleDocuments } from "./docs.ts";

const bin = (name: string): string => join(checkout, "node_modules", ".bin", name);

/** Scripts that run as they are. */
const shellScripts = (): string[] => [
  ...globSync("{bench,provider,lab,scripts,tests,examples}/**/*.sh", { cwd: checkout }),
  ".ci/run",
];

/** What runs on the machines is put together from parts, which make sense only together. */
const remoteScripts = ["probe", "census", "handshakes", "firewall", "install", "machine"] as const;

interface Check {
  name: string;
  command: string[];
  input?: string;
}

/** Returns how many of the checks failed. They run side by side and report in order. */
export async function lint(): Promise<number> {
  const checks: Check[] = [
    { name: "tsc", command: [bin("tsc"), "--project", "."] },
    { name: "eslint", command: [bin("eslint"), "--max-warnings=0", "."] },
  ];
  if (findProgram("shellcheck")) {
    checks.push({ name: "shellcheck", command: ["shellcheck", ...shellScripts()] });
    for (const script of remoteScripts) {
      checks.push({
        name: `shellcheck of ${script}, put together`,
        command: ["shellcheck", "--shell=sh", "-"],
        input: remoteScript(script),
      });
    }
  } else {
    console.log("lint: shellcheck is not installed here; the shell scripts go unchecked");
  }
  const results = await Promise.all(
    checks.map(({ command: [file = "", ...args], input = "" }) =>
      execa(file, args, { cwd: checkout, input, all: true, reject: false }),
    ),
  );
  for (const [index, { all, exitCode }] of results.entries()) {
    if (exitCode !== 0) console.log(all);
    console.log(`lint: ${checks[index]?.name ?? ""} ${exitCode === 0 ? "passed" : "FAILED"}`);
  }
  const stale = await staleDocuments();
  for (const path of stale) {
    console.log(
      `${path}: is not what the schema says; an operator would read what is not so; npm run docs`,
    );
  }
  console.log(`lint: generated documents ${stale.length === 0 ? "passed" : "FAILED"}`);
  return results.filter(({ exitCode }) => exitCode !== 0).length + stale.length;
}

if (import.meta.main) process.exitCode = (await lint()) > 0 ? 1 : 0;
