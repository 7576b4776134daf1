import type { remote } from "@pulumi/command";
import type { remote as types } from "@pulumi/command/types/input.js";
import type { InputsOf, OutputsOf } from "./contract.ts";

const inputs = {
  addPreviousOutputInEnv: "boolean",
  connection: "Connection, required, secret",
  create: "string",
  delete: "string",
  environment: "map of string",
  logging: "Logging",
  stdin: "string",
  triggers: "list of anything, replaces",
  update: "string",
} satisfies InputsOf<remote.CommandArgs>;

export const COMMAND = {
  inputs,
  outputs: {
    ...inputs,
    stdout: "string, required",
    stderr: "string, required",
  } satisfies OutputsOf<remote.Command>,
};

const endpoint = {
  agentSocketPath: "string",
  dialErrorLimit: "integer, default 10",
  host: "string, required",
  hostKey: "string",
  password: "string, secret",
  perDialTimeout: "integer, default 15",
  port: "number, default 22",
  privateKey: "string, secret",
  privateKeyPassword: "string, secret",
  user: "string, default root",
} satisfies InputsOf<types.ProxyConnectionArgs>;

export const COMMAND_TYPES = {
  Connection: {
    ...endpoint,
    proxy: "ProxyConnection",
  } satisfies InputsOf<types.ConnectionArgs>,
  ProxyConnection: endpoint,
  Logging: "stdout, stderr, stdoutAndStderr, none",
};
