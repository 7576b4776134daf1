// The `connection` input: its fields, their defaults, and which of them are secret.
import type { Fields } from "./shape.ts";
import { isObject, isSecret, isUnknown, secret, type Value, type Values } from "../values.ts";

export interface Endpoint {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password?: string;
  readonly privateKey?: string;
  readonly privateKeyPassword?: string;
  readonly agentSocketPath?: string;
  /** One line of authorized_keys; left out, any host key is accepted. */
  readonly hostKey?: string;
  /** Failed dials that are forgiven; -1: all of them. */
  readonly dialErrorLimit: number;
  /** Seconds for the TCP connection alone; 0: no limit. */
  readonly perDialTimeout: number;
}

export interface ConnectionInputs extends Endpoint {
  readonly proxy?: Endpoint;
}

const DEFAULTS = { user: "root", port: 22, dialErrorLimit: 10, perDialTimeout: 15 };
const SECRETS = ["password", "privateKey", "privateKeyPassword"];
const ENDPOINT: Fields = {
  host: { type: "string", required: true },
  port: { type: "number" },
  user: { type: "string" },
  password: { type: "string" },
  privateKey: { type: "string" },
  privateKeyPassword: { type: "string" },
  agentSocketPath: { type: "string" },
  hostKey: { type: "string" },
  dialErrorLimit: { type: "number" },
  perDialTimeout: { type: "number" },
};

export const CONNECTION: Fields = {
  ...ENDPOINT,
  proxy: { type: "object", fields: ENDPOINT, named: "remote.ProxyConnection" },
};

/** The connection with its defaults, for they too are part of the state. */
export function withDefaults(connection: Value): Value {
  return within(connection, (inputs) => {
    const proxy = inputs["proxy"];
    const completed = { ...DEFAULTS, ...inputs };
    return proxy === undefined ? completed : { ...completed, proxy: withDefaults(proxy) };
  });
}

/** The connection with its secrets marked: the whole, and in it each credential. */
export function withSecrets(connection: Value): Value {
  return secret(marked(connection));
}

function marked(endpoint: Value): Value {
  return within(endpoint, (inputs) => {
    const result = { ...inputs };
    for (const key of SECRETS) {
      const value = inputs[key];
      if (value !== undefined) result[key] = secret(value);
    }
    const proxy = inputs["proxy"];
    return proxy === undefined ? result : { ...result, proxy: marked(proxy) };
  });
}

/** Changes the object inside a value, which may be marked secret or not be known yet. */
function within(value: Value, change: (object: Values) => Values): Value {
  if (isUnknown(value)) return value;
  if (isSecret(value)) return secret(within(value.value, change));
  return isObject(value) ? change(value) : value;
}
