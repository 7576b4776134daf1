// Speaks to a plugin as the engine does.
import grpc from "@grpc/grpc-js";
import providerGrpc from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import pluginPb from "@pulumi/pulumi/proto/plugin_pb.js";
import pb from "@pulumi/pulumi/proto/provider_pb.js";
import type * as rpc from "@pulumi/pulumi/proto/provider_pb.js";
import type { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb.js";
import type { Empty } from "google-protobuf/google/protobuf/empty_pb.js";
import emptyPb from "google-protobuf/google/protobuf/empty_pb.js";
import structPb from "google-protobuf/google/protobuf/struct_pb.js";
import type { Struct } from "google-protobuf/google/protobuf/struct_pb.js";
import { fromWire, text, type Values } from "../values.ts";
import { startEngine, type EngineLogLine, type FakeEngine } from "./fake-engine.ts";
import { startPlugin, type PluginProcess } from "./plugin-process.ts";

export interface Old {
  readonly id: string;
  readonly state: Values;
  readonly inputs: Values;
}

export interface Diff {
  readonly changes: boolean;
  /** The properties that changed, and those of them that force a replacement. */
  readonly diffs: string[];
  readonly replaces: string[];
  /** Path of the property to kind of change: `stdin: "update"`, `triggers: "add-replace"`. */
  readonly detail: Readonly<Record<string, string>>;
}

const KINDS = ["add", "add-replace", "delete", "delete-replace", "update", "update-replace"];

export class PluginClient {
  readonly #client: InstanceType<typeof providerGrpc.ResourceProviderClient>;
  readonly #process: PluginProcess;
  readonly #engine: FakeEngine;

  private constructor(process: PluginProcess, engine: FakeEngine) {
    this.#client = new providerGrpc.ResourceProviderClient(
      `127.0.0.1:${process.port}`,
      grpc.credentials.createInsecure(),
      // A connection of its own, as the engine makes for each.
      { "grpc.use_local_subchannel_pool": 1 },
    );
    this.#process = process;
    this.#engine = engine;
  }

  static async start(name: string, env: Record<string, string> = {}): Promise<PluginClient> {
    const engine = await startEngine();
    return new PluginClient(await startPlugin(name, engine.address, env), engine);
  }

  /** One that runs already, and stays when this client stops. */
  static async attach(port: string): Promise<PluginClient> {
    const engine = await startEngine();
    const plugin = new PluginClient({ port, kill: () => Promise.resolve() }, engine);
    const request = new pluginPb.PluginAttach().setAddress(engine.address);
    await answer<Empty>((done) => plugin.#client.attach(request, done));
    return plugin;
  }

  /** What the plugin has told the engine so far. */
  get log(): readonly EngineLogLine[] {
    return this.#engine.lines;
  }

  async stop(): Promise<void> {
    this.#client.close();
    await this.#process.kill();
    this.#engine.stop();
  }

  async version(): Promise<string> {
    const info = await answer<PluginInfo>((done) =>
      this.#client.getPluginInfo(new emptyPb.Empty(), done),
    );
    return info.getVersion();
  }

  /** What the plugin says of itself: tokens, properties, types. */
  async schema(): Promise<unknown> {
    const response = await answer<rpc.GetSchemaResponse>((done) =>
      this.#client.getSchema(new pb.GetSchemaRequest().setVersion(0), done),
    );
    return JSON.parse(response.getSchema()) as unknown;
  }

  async cancel(): Promise<void> {
    await answer<Empty>((done) => this.#client.cancel(new emptyPb.Empty(), done));
  }

  async checkConfig(news: Values): Promise<{ inputs: Values; failures: string[] }> {
    const request = new pb.CheckRequest().setUrn(providerUrn).setOlds(struct({}));
    const response = await answer<rpc.CheckResponse>((done) =>
      this.#client.checkConfig(request.setNews(struct(news)), done),
    );
    return checked(response);
  }

  async diffConfig(olds: Values, news: Values): Promise<Diff> {
    const request = new pb.DiffRequest()
      .setId("default")
      .setUrn(providerUrn)
      .setOlds(struct(olds))
      .setOldInputs(struct(olds))
      .setNews(struct(news));
    return changed(
      await answer<rpc.DiffResponse>((done) => this.#client.diffConfig(request, done)),
    );
  }

  async configure(args: Values = {}): Promise<{ secrets: boolean; preview: boolean }> {
    const request = new pb.ConfigureRequest()
      .setArgs(struct(args))
      .setAcceptsecrets(true)
      .setAcceptresources(true)
      .setSendsOldInputs(true)
      .setSendsOldInputsToDelete(true);
    for (const [key, value] of Object.entries(args)) {
      request.getVariablesMap().set(`docker:config:${key}`, text(value));
    }
    const response = await answer<rpc.ConfigureResponse>((done) =>
      this.#client.configure(request, done),
    );
    return { secrets: response.getAcceptsecrets(), preview: response.getSupportspreview() };
  }

  async check(type: string, news: Values): Promise<{ inputs: Values; failures: string[] }> {
    const request = new pb.CheckRequest().setUrn(urnOf(type)).setOlds(struct({}));
    return checked(
      await answer<rpc.CheckResponse>((done) =>
        this.#client.check(request.setNews(struct(news)), done),
      ),
    );
  }

  async diff(type: string, old: Old, news: Values): Promise<Diff> {
    const request = new pb.DiffRequest()
      .setId(old.id)
      .setUrn(urnOf(type))
      .setOlds(struct(old.state))
      .setOldInputs(struct(old.inputs))
      .setNews(struct(news));
    return changed(await answer<rpc.DiffResponse>((done) => this.#client.diff(request, done)));
  }

  async create(type: string, inputs: Values, { preview = false } = {}): Promise<Old> {
    const request = new pb.CreateRequest()
      .setUrn(urnOf(type))
      .setProperties(struct(inputs))
      .setPreview(preview);
    const response = await answer<rpc.CreateResponse>((done) => this.#client.create(request, done));
    return { id: response.getId(), state: values(response.getProperties()), inputs };
  }

  /** Check and create, as the engine does it. */
  async make(type: string, news: Values): Promise<Old> {
    const { inputs, failures } = await this.check(type, news);
    if (failures.length > 0) throw new Error(failures.join("; "));
    return this.create(type, inputs);
  }

  async update(type: string, old: Old, inputs: Values, { preview = false } = {}): Promise<Old> {
    const request = new pb.UpdateRequest()
      .setId(old.id)
      .setUrn(urnOf(type))
      .setOlds(struct(old.state))
      .setOldInputs(struct(old.inputs))
      .setNews(struct(inputs))
      .setPreview(preview);
    const response = await answer<rpc.UpdateResponse>((done) => this.#client.update(request, done));
    return { id: old.id, state: values(response.getProperties()), inputs };
  }

  async read(type: string, old: Old): Promise<Old> {
    const request = new pb.ReadRequest()
      .setId(old.id)
      .setUrn(urnOf(type))
      .setProperties(struct(old.state))
      .setInputs(struct(old.inputs));
    const response = await answer<rpc.ReadResponse>((done) => this.#client.read(request, done));
    return {
      id: response.getId(),
      state: values(response.getProperties()),
      inputs: values(response.getInputs()),
    };
  }

  async delete(type: string, old: Old): Promise<void> {
    const request = new pb.DeleteRequest()
      .setId(old.id)
      .setUrn(urnOf(type))
      .setProperties(struct(old.state))
      .setOldInputs(struct(old.inputs));
    await answer<Empty>((done) => this.#client.delete(request, done));
  }

  async invoke(token: string, args: Values): Promise<Values> {
    const request = new pb.InvokeRequest().setTok(token).setArgs(struct(args));
    const response = await answer<rpc.InvokeResponse>((done) => this.#client.invoke(request, done));
    const failures = failuresOf(response.getFailuresList());
    if (failures.length > 0) throw new Error(failures.join("; "));
    return values(response.getReturn());
  }
}

const providerUrn = "urn:pulumi:test::plugins::pulumi:providers:docker::default";

function urnOf(type: string): string {
  return `urn:pulumi:test::plugins::${type}::subject`;
}

/** One call; fails with the plugin's own words, without what gRPC puts in front of them. */
function answer<Response>(
  send: (done: (error: grpc.ServiceError | null, response: Response) => void) => unknown,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    send((error, response) => {
      if (error) reject(new Error(error.details));
      else resolve(response);
    });
  });
}

function changed(response: rpc.DiffResponse): Diff {
  const detail: Record<string, string> = {};
  response.getDetaileddiffMap().forEach((change, path) => {
    detail[path] = KINDS[change.getKind()] ?? "unknown";
  });
  return {
    changes: response.getChanges() === pb.DiffResponse.DiffChanges.DIFF_SOME,
    diffs: response.getDiffsList().toSorted(),
    replaces: response.getReplacesList().toSorted(),
    detail,
  };
}

function checked(response: rpc.CheckResponse): { inputs: Values; failures: string[] } {
  return {
    inputs: values(response.getInputs()),
    failures: failuresOf(response.getFailuresList()),
  };
}

function failuresOf(failures: rpc.CheckFailure[]): string[] {
  return failures.map((failure) => `${failure.getProperty()}: ${failure.getReason()}`);
}

function struct(plain: Values): Struct {
  return structPb.Struct.fromJavaScript(plain);
}

function values(message: Struct | undefined): Values {
  return message ? fromWire(message.toJavaScript()) : {};
}
