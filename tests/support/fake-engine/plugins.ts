// The plugins, without a process and a connection for each: the methods are those that the real engine calls.
import type grpc from "@grpc/grpc-js";
import pb from "@pulumi/pulumi/proto/provider_pb.js";
import type * as rpc from "@pulumi/pulumi/proto/provider_pb.js";
import { isSecret, revealAll, secret, type Values } from "../../../standins/values.ts";
import type { Recorded } from "./recorded.ts";
import { decode, encode } from "./wire.ts";

export type Change = "same" | "update" | "replace";

/** What a resource is to become of. */
export interface Wanted {
  readonly inputs: Values;
  readonly ignoreChanges: readonly string[];
  readonly replaceOnChanges: readonly string[];
}

/** One plugin, with its configuration. */
export class Plugin {
  readonly #methods: grpc.UntypedServiceImplementation;
  #takesSecrets = false;

  constructor(methods: grpc.UntypedServiceImplementation) {
    this.#methods = methods;
  }

  async configure(inputs: Values): Promise<void> {
    const request = new pb.ConfigureRequest().setArgs(encode(inputs)).setAcceptsecrets(true);
    const answer = await this.#call<rpc.ConfigureResponse>("configure", request);
    this.#takesSecrets = answer.getAcceptsecrets();
  }

  async check(urn: string, olds: Values, news: Values): Promise<Values> {
    const request = new pb.CheckRequest().setUrn(urn);
    request.setOlds(this.#encode(olds)).setNews(this.#encode(news));
    const answer = await this.#call<rpc.CheckResponse>("check", request);
    failOn(answer.getFailuresList());
    return this.#withSecretsOf(news, decode(answer.getInputs()));
  }

  async diff(old: Recorded, { inputs, ignoreChanges, replaceOnChanges }: Wanted): Promise<Change> {
    const request = this.#about(new pb.DiffRequest(), old)
      .setOlds(this.#encode(old.outputs))
      .setNews(this.#encode(inputs))
      .setIgnorechangesList([...ignoreChanges]);
    const answer = await this.#call<rpc.DiffResponse>("diff", request);
    if (answer.getChanges() === pb.DiffResponse.DiffChanges.DIFF_NONE) return "same";
    const changed = [...answer.getDetaileddiffMap().keys(), ...answer.getDiffsList()];
    // `triggers[*]` is any of them.
    const whole = (path: string): string => path.replace(/\[[^\]]*\]$/, "");
    const isReplaced = changed.some((path) => replaceOnChanges.map(whole).includes(whole(path)));
    return isReplaced || answer.getReplacesList().length > 0 ? "replace" : "update";
  }

  async create(
    urn: string,
    inputs: Values,
    preview: boolean,
  ): Promise<{ readonly id: string; readonly outputs: Values }> {
    const request = new pb.CreateRequest()
      .setUrn(urn)
      .setProperties(this.#encode(inputs))
      .setPreview(preview);
    const answer = await this.#call<rpc.CreateResponse>("create", request);
    const outputs = this.#withSecretsOf(inputs, decode(answer.getProperties()));
    return { id: answer.getId(), outputs };
  }

  async update(old: Recorded, inputs: Values, preview: boolean): Promise<Values> {
    const request = this.#about(new pb.UpdateRequest(), old)
      .setOlds(this.#encode(old.outputs))
      .setNews(this.#encode(inputs))
      .setPreview(preview);
    const answer = await this.#call<rpc.UpdateResponse>("update", request);
    return this.#withSecretsOf(inputs, decode(answer.getProperties()));
  }

  async read(old: Recorded): Promise<Recorded> {
    const request = new pb.ReadRequest()
      .setUrn(old.urn)
      .setId(old.id)
      .setProperties(this.#encode(old.outputs))
      .setInputs(this.#encode(old.inputs));
    const answer = await this.#call<rpc.ReadResponse>("read", request);
    const inputs = answer.hasInputs() ? decode(answer.getInputs()) : old.inputs;
    return {
      ...old,
      inputs: this.#withSecretsOf(old.inputs, inputs),
      outputs: this.#withSecretsOf(old.outputs, decode(answer.getProperties())),
    };
  }

  async delete(old: Recorded): Promise<void> {
    const request = this.#about(new pb.DeleteRequest(), old);
    await this.#call("delete", request.setProperties(this.#encode(old.outputs)));
  }

  async invoke(token: string, args: Values): Promise<Values> {
    const request = new pb.InvokeRequest().setTok(token).setArgs(this.#encode(args));
    const answer = await this.#call<rpc.InvokeResponse>("invoke", request);
    failOn(answer.getFailuresList());
    return decode(answer.getReturn());
  }

  #about<Request extends rpc.DiffRequest | rpc.UpdateRequest | rpc.DeleteRequest>(
    request: Request,
    { urn, id, inputs }: Recorded,
  ): Request {
    request.setUrn(urn).setId(id).setOldInputs(this.#encode(inputs));
    return request;
  }

  /** A plugin that knows no secrets gets the bare values; what it makes of a secret is one again. */
  #encode(values: Values) {
    return encode(this.#takesSecrets ? values : revealAll(values));
  }

  #withSecretsOf(source: Values, values: Values): Values {
    if (this.#takesSecrets) return values;
    const marked = Object.entries(values).map(([key, value]) => {
      const before = source[key];
      return [key, isSecret(before) ? secret(value) : value] as const;
    });
    return Object.fromEntries(marked);
  }

  #call<Answer>(name: string, request: unknown): Promise<Answer> {
    const method = this.#methods[name] as unknown as Method<Answer> | undefined;
    if (method === undefined) throw new Error(`${name}: no method of this plugin`);
    return new Promise((resolve, reject) => {
      method({ request }, (error, answer) => {
        if (error === null && answer) resolve(answer);
        else reject(new Error(error?.details ?? "no answer"));
      });
    });
  }
}

/** A method of the protocol, as far as its callers here need it. */
type Method<Answer> = (
  call: { readonly request: unknown },
  answer: (error: { readonly details?: string } | null, answer?: Answer) => void,
) => void;

function failOn(failures: readonly rpc.CheckFailure[]): void {
  if (failures.length === 0) return;
  throw new Error(failures.map((failure) => failure.getReason()).join("\n"));
}
