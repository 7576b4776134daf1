// npm run add -- USER@ADDRESS…: looks at machines and puts them into a stack's file. Nothing is changed on them.
import { existsSync, readFileSync, realpathSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { formatProblem } from "../components/model/problem.ts";
import { terminalOf } from "../doctor/terminal.ts";
import { writeAtomically } from "../lab/atomic-write.ts";
import { engineAtHand } from "../lab/engine/engine.ts";
import { withFileLock } from "../lab/file-lock.ts";
import { checkout } from "../lab/paths.ts";
import { requestIn, usage, type Request } from "./add/arguments.ts";
import { sectionText, table } from "./add/outcomes.ts";
import { askerOf, type Asker, type Person } from "./add/questions.ts";
import { entriesOf, entryLines, examine } from "./add/run.ts";
import { readyStack } from "./add/stack-home.ts";
import { firstLine, withHosts, type Entries } from "./add/stack-text.ts";
import { Stack } from "./add/stack.ts";
import { showedHelp } from "./help.ts";
import { usualStack } from "./stack-engine.ts";

const exitCodes = { added: 0, notAll: 1, calledWrongly: 2 } as const;

/** Where nobody has chosen a stack: dev is the lab's. */
const firstStack = "prod";

async function add(request: Request, { ask, close }: Person): Promise<number> {
  const named = request.stack ?? usualStack(engineAtHand(), firstStack);
  // A stack may be named with its organisation; its file never is.
  const stack = named.split("/").at(-1) ?? named;
  const path = request.configFile ?? join(checkout, `Pulumi.${stack}.yaml`);
  const file = basename(path);
  const project = {
    file: "Pulumi.yaml",
    read: () => readFileSync(join(checkout, "Pulumi.yaml"), "utf8"),
  };
  const read = Stack.read(stack, project, path);
  if (!(read instanceof Stack)) {
    console.error(read.map(formatProblem).join("\n"));
    return exitCodes.notAll;
  }
  const { outcomes, sections } = await examine(request.machines, read, ask);
  const terminal = terminalOf(process.stdout, process.env);
  const machines = outcomes.flatMap((one) => ("admitted" in one ? [one.admitted] : []));
  const entries = entriesOf(machines);
  if (sections.length > 0) console.log([...sectionText(sections, terminal), ""].join("\n"));
  const isWanted =
    machines.length > 0 && (await isWrittenTo(file, entries, request.isAsked ? ask : undefined));
  if (isWanted) await write(path, entries);
  console.log(table(outcomes, isWanted, terminal).join("\n"));
  if (isWanted) console.log(`\n${file}: ${String(machines.length)} added`);
  // The engine may have a question of its own.
  close();
  if (request.configFile === undefined && (isWanted || outcomes.some((one) => "host" in one))) {
    console.log(`next: ${await readyStack(named, path, ask !== undefined)}`);
  }
  const isComplete = outcomes.every((one) => "host" in one || ("admitted" in one && isWanted));
  return isComplete ? exitCodes.added : exitCodes.notAll;
}

async function isWrittenTo(file: string, entries: Entries, ask: Asker): Promise<boolean> {
  if (ask === undefined) return true;
  console.log(
    ["  dockertls:hosts:", ...entryLines(entries).map((line) => `    ${line}`)].join("\n"),
  );
  return /^(y(es)?)?$/i.test(await ask(`Write that to ${file}? (yes or no) `));
}

/** Into the file as it is now: a person may have edited it while they were asked. */
async function write(path: string, entries: Entries): Promise<void> {
  const turn = {
    lock: join(checkout, ".dockertls", "add.lock"),
    doing: "adds machines",
    say: (line: string) => console.error(line),
  };
  await withFileLock(turn, () => {
    const isThere = existsSync(path);
    const text = isThere ? readFileSync(path, "utf8") : firstLine;
    const after = withHosts(basename(path), text, entries);
    if ("problem" in after) throw new Error(formatProblem(after.problem));
    // Where it is a link, the file that it leads to.
    if (isThere) writeAtomically(realpathSync(path), after.text, statSync(path).mode & 0o777);
    else writeAtomically(path, after.text);
  });
}

async function main(): Promise<number> {
  // npm changes to the project's folder, and paths in a stack's file are relative to it.
  const from = process.env["INIT_CWD"] ?? process.cwd();
  process.chdir(checkout);
  let request: Request;
  try {
    request = requestIn(process.argv.slice(2), from, checkout);
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n${usage}`);
    return exitCodes.calledWrongly;
  }
  const person = askerOf(process.stdin, process.stdout);
  try {
    return await add(request, person);
  } finally {
    person.close();
  }
}

try {
  if (!showedHelp(usage)) process.exitCode = await main();
} catch (error) {
  const isInterrupted = error instanceof Error && error.name === "AbortError";
  console.error(
    isInterrupted ? "nothing was written" : error instanceof Error ? error.message : String(error),
  );
  process.exitCode = isInterrupted ? 130 : exitCodes.notAll;
}
