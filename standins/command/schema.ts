// The inputs of remote.Command and what they are made of.
import {
  ANY,
  BOOLEAN,
  INTEGER,
  NUMBER,
  SECRET,
  STRING,
  STRING_MAP,
  reference,
  type Properties,
  type ResourceSchema,
  type Types,
} from "../schema.ts";

const CONNECTION = "command:remote:Connection";
const PROXY = "command:remote:ProxyConnection";
const LOGGING = "command:remote:Logging";

const ENDPOINT: Properties = {
  host: STRING,
  port: { ...NUMBER, default: 22 },
  user: { ...STRING, default: "root" },
  password: SECRET,
  privateKey: SECRET,
  privateKeyPassword: SECRET,
  agentSocketPath: STRING,
  hostKey: STRING,
  dialErrorLimit: { ...INTEGER, default: 10 },
  perDialTimeout: { ...INTEGER, default: 15 },
};

export const TYPES: Types = {
  [CONNECTION]: {
    type: "object",
    properties: { ...ENDPOINT, proxy: reference(PROXY) },
    required: ["host"],
  },
  [PROXY]: { type: "object", properties: ENDPOINT, required: ["host"] },
  [LOGGING]: {
    type: "string",
    enum: ["stdout", "stderr", "stdoutAndStderr", "none"].map((value) => ({ value })),
  },
};

const INPUTS: Properties = {
  connection: { ...reference(CONNECTION), secret: true },
  environment: STRING_MAP,
  logging: reference(LOGGING),
  stdin: STRING,
  create: STRING,
  update: STRING,
  delete: STRING,
  triggers: { type: "array", items: ANY, replaceOnChanges: true },
  addPreviousOutputInEnv: BOOLEAN,
};

export const COMMAND: ResourceSchema = {
  inputProperties: INPUTS,
  requiredInputs: ["connection"],
  properties: { ...INPUTS, stdout: STRING, stderr: STRING },
  required: ["connection", "stdout", "stderr"],
};

/** The endpoint's defaults, and which of its properties are secret. */
export const DEFAULTS = Object.fromEntries(
  Object.entries(ENDPOINT).flatMap(([key, { default: value }]) =>
    value === undefined ? [] : [[key, value]],
  ),
);
export const SECRETS = Object.keys(ENDPOINT).filter((key) => ENDPOINT[key]?.secret);
