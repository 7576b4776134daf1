// The engine as the program and the plugins see it: Pulumi's own protocol, on loopback.
import grpc from "@grpc/grpc-js";
import engineGrpc from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import enginePb from "@pulumi/pulumi/proto/engine_pb.js";
import type * as engineRpc from "@pulumi/pulumi/proto/engine_pb.js";
import providerPb from "@pulumi/pulumi/proto/provider_pb.js";
import resourceGrpc from "@pulumi/pulumi/proto/resource_grpc_pb.js";
import pb from "@pulumi/pulumi/proto/resource_pb.js";
import type * as rpc from "@pulumi/pulumi/proto/resource_pb.js";
import type { Message } from "google-protobuf";
import emptyPb from "google-protobuf/google/protobuf/empty_pb.js";
import { unary } from "../../../provider/server.ts";
import type { Deployment } from "./deployment.ts";
import { StepFailed, type Display } from "./display.ts";
import { decode, encode } from "./wire.ts";

export interface Parts {
  readonly deployment: Deployment;
  readonly display: Display;
  readonly continueOnError: boolean;
}

export async function serve(server: grpc.Server): Promise<string> {
  const port = await new Promise<number>((resolve, reject) => {
    const credentials = grpc.ServerCredentials.createInsecure();
    server.bindAsync("127.0.0.1:0", credentials, (error, bound) => {
      if (error === null) resolve(bound);
      else reject(error);
    });
  });
  return `127.0.0.1:${String(port)}`;
}

/** Takes what the program and the plugins say. */
export function engineService(display: Display): grpc.Server {
  const { INFO, WARNING, ERROR } = enginePb.LogSeverity;
  const severities = new Map<number, "info" | "warning" | "error">([
    [INFO, "info"],
    [WARNING, "warning"],
    [ERROR, "error"],
  ]);
  const server = new grpc.Server();
  server.addService(engineGrpc.EngineService, {
    log: unary((request: engineRpc.LogRequest) => {
      const severity = severities.get(request.getSeverity());
      if (request.getStreamid() !== 0) display.add(request.getStreamid(), request.getMessage());
      else if (severity !== undefined && !request.getEphemeral()) {
        display.say(request.getUrn(), severity, request.getMessage());
      }
      return new emptyPb.Empty();
    }),
    setRootResource: unary(() => new enginePb.SetRootResourceResponse()),
    requirePulumiVersion: unary(() => new enginePb.RequirePulumiVersionResponse()),
  });
  return server;
}

/** Takes what the program registers and calls. */
export class Monitor {
  readonly server = new grpc.Server();
  /** Rejects with the first step that fails, unless the run goes on then. */
  readonly stopped: Promise<never>;
  #stop: (error: unknown) => void = () => undefined;
  readonly #underway = new Set<Promise<unknown>>();
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.stopped = new Promise((_, reject) => (this.#stop = reject));
    this.stopped.catch(() => undefined);
    const known = ["secrets"];
    this.server.addService(resourceGrpc.ResourceMonitorService, {
      supportsFeature: unary((request: rpc.SupportsFeatureRequest) =>
        new pb.SupportsFeatureResponse().setHassupport(known.includes(request.getId())),
      ),
      registerResource: unary((request: rpc.RegisterResourceRequest) => this.#register(request)),
      registerResourceOutputs: unary((request: rpc.RegisterResourceOutputsRequest) => {
        parts.deployment.setOutputs(request.getUrn(), decode(request.getOutputs()));
        return new emptyPb.Empty();
      }),
      invoke: unary((request: rpc.ResourceInvokeRequest) => this.#invoke(request)),
    });
  }

  /** Once no step and no call is under way. */
  get isIdle(): boolean {
    return this.#underway.size === 0;
  }

  async idle(): Promise<void> {
    while (this.#underway.size > 0) await Promise.allSettled(this.#underway);
  }

  async #register(request: rpc.RegisterResourceRequest): Promise<rpc.RegisterResourceResponse> {
    try {
      const made = await this.#follow(
        this.#parts.deployment.register({
          type: request.getType(),
          name: request.getName(),
          custom: request.getCustom(),
          parent: request.getParent(),
          dependencies: request.getDependenciesList(),
          provider: request.getProvider(),
          inputs: decode(request.getObject()),
          ignoreChanges: request.getIgnorechangesList(),
          replaceOnChanges: request.getReplaceonchangesList(),
          secretOutputs: request.getAdditionalsecretoutputsList(),
        }),
      );
      return new pb.RegisterResourceResponse()
        .setUrn(made.urn)
        .setId(made.id)
        .setObject(encode({ ...made.inputs, ...made.outputs }));
    } catch (error) {
      if (!(error instanceof StepFailed)) throw error;
      if (!this.#parts.continueOnError) return this.#halt(error);
      return new pb.RegisterResourceResponse().setUrn(error.message).setResult(pb.Result.FAIL);
    }
  }

  async #invoke(request: rpc.ResourceInvokeRequest): Promise<Message> {
    const args = decode(request.getArgs());
    const answer = this.#parts.deployment.invoke(request.getTok(), args, request.getProvider());
    return new providerPb.InvokeResponse().setReturn(encode(await this.#follow(answer)));
  }

  #follow<T>(work: Promise<T>): Promise<T> {
    this.#underway.add(work);
    const done = (): unknown => this.#underway.delete(work);
    work.then(done, done);
    return work;
  }

  /** The program gets no answer any more. */
  #halt(error: StepFailed): Promise<never> {
    this.#stop(error);
    return new Promise(() => undefined);
  }
}
