import { StringDecoder } from "node:string_decoder";
import type { Client, ClientChannel } from "ssh2";
import type { Operation } from "../provider.ts";
import type { CommandInputs, CommandOutput } from "./command.ts";
import { dial } from "./dial.ts";
import { exitError, quote, type Exit } from "./go-errors.ts";

/** One connection, one session, one command. */
export async function runRemotely(
  line: string,
  inputs: CommandInputs,
  previous: CommandOutput,
  operation: Operation,
): Promise<CommandOutput> {
  const { client, close } = await dial(inputs.connection, operation);
  try {
    const channel = await execute(client, line, environment(inputs, previous));
    return await collect(channel, line, inputs, operation);
  } finally {
    close();
  }
}

/** Variables that the server's AcceptEnv leaves out are silently missing. */
function environment(inputs: CommandInputs, previous: CommandOutput): Record<string, string> {
  const variables = { ...inputs.environment };
  if (inputs.addPreviousOutputInEnv === false) return variables;
  if (previous.stdout !== "") variables["PULUMI_COMMAND_STDOUT"] = previous.stdout;
  if (previous.stderr !== "") variables["PULUMI_COMMAND_STDERR"] = previous.stderr;
  return variables;
}

function execute(
  client: Client,
  line: string,
  env: Record<string, string>,
): Promise<ClientChannel> {
  return new Promise((resolve, reject) => {
    client.exec(line, { env }, (error, channel) => {
      if (!error) resolve(channel);
      else if (error.message !== "Unable to exec") reject(new Error(`ssh: ${error.message}`));
      else reject(new Error(`ssh: command ${line} failed: running ${quote(line)}:\n`));
    });
  });
}

async function collect(
  channel: ClientChannel,
  line: string,
  { stdin, logging = "stdoutAndStderr" }: CommandInputs,
  operation: Operation,
): Promise<CommandOutput> {
  const lines = lineStatus(operation);
  const both: Buffer[] = [];
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  const capture = (stream: NodeJS.ReadableStream, into: Buffer[], shown: boolean) => {
    stream.on("data", (chunk: Buffer) => {
      into.push(chunk);
      both.push(chunk);
      if (shown) lines.write(chunk);
    });
  };
  capture(channel, stdout, logging === "stdout" || logging === "stdoutAndStderr");
  capture(channel.stderr, stderr, logging === "stderr" || logging === "stdoutAndStderr");

  const exit = new Promise<Exit>((resolve) => {
    // A connection that drops closes the channel with neither.
    channel.once(
      "close",
      (code?: number | null, signal?: string, _dump?: boolean, description?: string) => {
        resolve({ code, signal, description });
      },
    );
  });
  // A command may end, or the connection drop, before all of its input is written.
  channel.on("error", () => undefined);
  channel.end(stdin ?? "");

  const failure = exitError(await exit);
  lines.end();
  if (failure !== undefined) {
    throw new Error(`${failure}: running ${quote(line)}:\n${Buffer.concat(both).toString()}`);
  }
  return { stdout: withoutLastNewline(stdout), stderr: withoutLastNewline(stderr) };
}

function withoutLastNewline(chunks: Buffer[]): string {
  return Buffer.concat(chunks).toString().replace(/\n$/, "");
}

/** Shows the output in the engine's display, line by line, while the command runs. */
function lineStatus({ status }: Operation) {
  const decoder = new StringDecoder();
  let rest = "";
  return {
    write(chunk: Buffer) {
      const parts = (rest + decoder.write(chunk)).split(/\r?\n/);
      rest = parts.pop() ?? "";
      for (const part of parts) status(part);
    },
    end() {
      rest += decoder.end();
      if (rest !== "") status(rest);
    },
  };
}
