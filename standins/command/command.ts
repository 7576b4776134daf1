import { randomBytes } from "node:crypto";
import { changedPaths } from "../difference.ts";
import type { Existing, Operation, Resource } from "../provider.ts";
import { equal, isUnknown, revealAll, text, UNKNOWN, type Values } from "../values.ts";
import { foreseenConnection, withDefaults, withSecrets } from "./connection.ts";
import type { ConnectionInputs } from "./connection.ts";
import { COMMAND } from "./schema.ts";
import { problems } from "./shape.ts";

/** The inputs, once revealed; `check` has made sure of their shape. */
export interface CommandInputs {
  readonly connection: ConnectionInputs;
  readonly create?: string;
  readonly update?: string;
  readonly delete?: string;
  readonly stdin?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly logging?: "stdout" | "stderr" | "stdoutAndStderr" | "none";
  readonly addPreviousOutputInEnv?: boolean;
}

export interface CommandOutput {
  readonly stdout: string;
  readonly stderr: string;
}

const NOTHING: CommandOutput = { stdout: "", stderr: "" };

const SHAPE = { properties: COMMAND.inputProperties, required: COMMAND.requiredInputs };

export const command: Resource = {
  schema: COMMAND,

  check(news) {
    const { connection } = news;
    const failures = problems(news, SHAPE, "remote.CommandInputs");
    if (connection === undefined) return { inputs: news, failures };
    const completed = failures.length === 0 ? withDefaults(connection) : connection;
    return { inputs: { ...news, connection: withSecrets(completed) }, failures };
  },

  diff(old, news) {
    // A connection of which nothing is known counts as the one that was, until the update itself.
    const { connection = null } = isUnknown(news["connection"]) ? old.inputs : news;
    const changes = new Map(
      [...changedPaths(old.inputs, { ...news, connection })].map(([path, kind]) => {
        // Only triggers that come or go as a whole replace; a changed one is called `triggers[0]`,
        // and there it is the SDK that asks for the replacement.
        return [path, { kind, replace: path === "triggers" }] as const;
      }),
    );
    return { changes, detailed: true };
  },

  async create(inputs, operation) {
    const id = operation.name + randomBytes(4).toString("hex");
    if (operation.preview) {
      return { id, state: { ...foreseen(inputs), stdout: UNKNOWN, stderr: UNKNOWN } };
    }
    const { create } = settle(inputs);
    const output = create === undefined ? NOTHING : await run(create, inputs, NOTHING, operation);
    return { id, state: { ...inputs, ...output } };
  },

  async update(old, inputs, operation) {
    if (operation.preview) return { ...foreseen(inputs), ...foreseenOutput(old, inputs) };
    const { update, create } = settle(inputs);
    const line = update ?? create;
    const previous = outputOf(old.state);
    const output = line === undefined ? previous : await run(line, inputs, previous, operation);
    return { ...inputs, ...output };
  },

  async delete(old, operation) {
    const line = settle(old.state).delete;
    if (line !== undefined) await run(line, old.state, outputOf(old.state), operation);
  },
};

function foreseen(inputs: Values): Values {
  const { connection } = inputs;
  return connection === undefined
    ? inputs
    : { ...inputs, connection: foreseenConnection(connection) };
}

/** In a preview the old output is reported as known, unless what it depends on is going to change. */
function foreseenOutput(old: Existing, inputs: Values): Values {
  const changes = Object.keys(COMMAND.inputProperties).some((key) => {
    const before = old.state[key];
    return isUnknown(inputs[key]) || (before !== undefined && !equal(before, inputs[key]));
  });
  if (changes) return { stdout: UNKNOWN, stderr: UNKNOWN };
  return { stdout: old.state["stdout"] ?? "", stderr: old.state["stderr"] ?? "" };
}

function settle(values: Values): CommandInputs {
  return revealAll(values) as unknown as CommandInputs;
}

function outputOf(state: Values): CommandOutput {
  return { stdout: text(state["stdout"]), stderr: text(state["stderr"]) };
}

async function run(
  line: string,
  values: Values,
  previous: CommandOutput,
  operation: Operation,
): Promise<Values> {
  // SSH is loaded by the first command that runs: most runs of the plugin only compare.
  const { runRemotely } = await import("./run.ts");
  return { ...(await runRemotely(line, settle(values), previous, operation)) };
}
