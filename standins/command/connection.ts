// The `connection` input: its fields, their defaults, and which of them are secret.
import { DEFAULTS, SECRETS } from "./schema.ts";
import {
  isObject,
  isSecret,
  isUnknown,
  secret,
  UNKNOWN,
  type Value,
  type Values,
} from "../values.ts";

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

/** The connection with its defaults, for they too are part of the state. */
export function withDefaults(connection: Value): Value {
  return within(connection, (inputs) => {
    const proxy = inputs["proxy"];
    const completed = whole({ ...DEFAULTS, ...inputs });
    return proxy === undefined ? completed : { ...completed, proxy: withDefaults(proxy) };
  });
}

/** Both are integers, and what is behind the decimal point is dropped. */
function whole({ dialErrorLimit, perDialTimeout, ...others }: Values): Values {
  const cut = (value: Value | undefined) =>
    typeof value === "number" ? Math.trunc(value) : (value ?? null);
  return {
    ...others,
    dialErrorLimit: cut(dialErrorLimit),
    perDialTimeout: cut(perDialTimeout),
  };
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

/** In a preview one credential that is unknown makes the whole connection unknown. */
export function foreseenConnection(connection: Value): Value {
  const bare = isSecret(connection) ? connection.value : connection;
  const hidden =
    isObject(bare) && SECRETS.some((key) => isSecret(bare[key]) && isUnknown(bare[key]));
  return hidden ? secret(UNKNOWN) : connection;
}
