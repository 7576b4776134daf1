// Serves a plugin over Pulumi's provider protocol. `provider.main` of @pulumi/pulumi won't do: it
// keeps `configure` from the provider, reports no preview support, and takes half a second to load.
import { flushCompileCache } from "node:module";
import grpc from "@grpc/grpc-js";
import pluginPb from "@pulumi/pulumi/proto/plugin_pb.js";
import providerGrpc from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import pb from "@pulumi/pulumi/proto/provider_pb.js";
import type * as rpc from "@pulumi/pulumi/proto/provider_pb.js";
import type { PluginAttach } from "@pulumi/pulumi/proto/plugin_pb.js";
import type { Message } from "google-protobuf";
import emptyPb from "google-protobuf/google/protobuf/empty_pb.js";
import { NO_DIFFERENCE } from "./difference.ts";
import { engineLog, type EngineLog } from "../provider/engine-log.ts";
import { checkResponse, decode, diffResponse, encode, existing } from "./messages.ts";
import { schemaOf, wrongArguments } from "./package-schema.ts";
import type { Operation, Plugin, Resource } from "./provider.ts";

/** Starts the server and prints its port on stdout, which is how the engine finds it. */
export function serve(plugin: Plugin): void {
  const address = process.argv.slice(2).find((argument) => !argument.startsWith("-"));
  const server = new grpc.Server({
    "grpc.max_receive_message_length": -1,
    "grpc.max_send_message_length": -1,
  });
  server.addService(providerGrpc.ResourceProviderService, methods(plugin, engineLog(address)));
  server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
    if (error) throw error;
    process.stdout.write(`${port}\n`);
    // The engine kills its plugins, and it is at a proper exit that Node would write the cache.
    setImmediate(flushCompileCache);
  });
  exitWithEngine();
}

function methods(plugin: Plugin, engine: EngineLog): grpc.UntypedServiceImplementation {
  const cancelled = new AbortController();

  const operate = async <T>(
    urn: string,
    preview: boolean,
    work: (resource: Resource, operation: Operation) => Promise<T>,
  ): Promise<T> => {
    try {
      return await work(resourceOf(plugin, urn), {
        name: nameOf(urn),
        preview,
        status: (message) => engine.status(urn, message),
        warn: (message) => engine.warn(urn, message),
        signal: cancelled.signal,
      });
    } finally {
      flushCompileCache();
      await engine.delivered();
    }
  };

  return {
    getPluginInfo: unary(() => new pluginPb.PluginInfo().setVersion(plugin.version)),
    getSchema: unary(() => new pb.GetSchemaResponse().setSchema(schemaOf(plugin))),
    attach: unary((request: PluginAttach) => {
      engine.attach(request.getAddress());
      return new emptyPb.Empty();
    }),
    cancel: unary(() => {
      cancelled.abort();
      return new emptyPb.Empty();
    }),

    checkConfig: unary((request: rpc.CheckRequest) => {
      const news = decode(request.getNews());
      return checkResponse(plugin.checkConfig?.(news) ?? { inputs: news });
    }),
    diffConfig: unary((request: rpc.DiffRequest) => {
      const olds = request.hasOldInputs() ? request.getOldInputs() : request.getOlds();
      const difference = plugin.diffConfig?.(decode(olds), decode(request.getNews()));
      return diffResponse(difference ?? NO_DIFFERENCE);
    }),
    configure: unary(async (request: rpc.ConfigureRequest) => {
      await plugin.configure?.(decode(request.getArgs()));
      return new pb.ConfigureResponse()
        .setAcceptsecrets(plugin.acceptsSecrets)
        .setSupportspreview(true)
        .setAcceptresources(true);
    }),

    check: unary((request: rpc.CheckRequest) => {
      const resource = resourceOf(plugin, request.getUrn());
      return checkResponse(resource.check(decode(request.getNews()), nameOf(request.getUrn())));
    }),
    diff: unary((request: rpc.DiffRequest) => {
      const old = existing(request.getId(), request.getOlds(), request.getOldInputs());
      const news = decode(request.getNews());
      for (const key of request.getIgnorechangesList()) {
        const kept = old.inputs[key];
        if (kept !== undefined) news[key] = kept;
      }
      return diffResponse(resourceOf(plugin, request.getUrn()).diff(old, news));
    }),
    create: unary((request: rpc.CreateRequest) =>
      operate(request.getUrn(), request.getPreview(), async (resource, operation) => {
        const { id, state } = await resource.create(decode(request.getProperties()), operation);
        return new pb.CreateResponse().setId(id).setProperties(encode(state));
      }),
    ),
    read: unary((request: rpc.ReadRequest) => {
      const old = existing(request.getId(), request.getProperties(), request.getInputs());
      const state = resourceOf(plugin, request.getUrn()).read?.(old) ?? old.state;
      return new pb.ReadResponse()
        .setId(old.id)
        .setProperties(encode(state))
        .setInputs(encode(old.inputs));
    }),
    update: unary((request: rpc.UpdateRequest) =>
      operate(request.getUrn(), request.getPreview(), async (resource, operation) => {
        const old = existing(request.getId(), request.getOlds(), request.getOldInputs());
        const state = await resource.update(old, decode(request.getNews()), operation);
        return new pb.UpdateResponse().setProperties(encode(state));
      }),
    ),
    delete: unary((request: rpc.DeleteRequest) =>
      operate(request.getUrn(), false, async (resource, operation) => {
        const old = existing(request.getId(), request.getProperties(), request.getOldInputs());
        await resource.delete?.(old, operation);
        return new emptyPb.Empty();
      }),
    ),

    invoke: unary(async (request: rpc.InvokeRequest) => {
      const asked = plugin.functions?.[request.getTok()];
      if (!asked) throw new Error(absent(plugin, request.getTok()));
      const args = decode(request.getArgs());
      const failures = wrongArguments(asked, args).map((reason) =>
        new pb.CheckFailure().setReason(reason),
      );
      if (failures.length > 0) return new pb.InvokeResponse().setFailuresList(failures);
      return new pb.InvokeResponse().setReturn(encode(await asked.call(args)));
    }),
  };
}

/** A method that answers one message; whatever it throws is the engine's error, word for word. */
function unary<Request extends Message, Response extends Message>(
  answer: (request: Request) => Response | Promise<Response>,
): grpc.handleUnaryCall<Request, Response> {
  return (call, callback) => {
    const respond = async () => answer(call.request);
    respond().then(
      (response) => callback(null, response),
      (error: unknown) => {
        const details = error instanceof Error ? error.message : String(error);
        callback({ code: grpc.status.UNKNOWN, details });
      },
    );
  };
}

function typeOf(urn: string): string {
  // urn:pulumi:stack::project::parentType$type::name
  return urn.split("::")[2]?.split("$").at(-1) ?? "";
}

function nameOf(urn: string): string {
  return urn.split("::").slice(3).join("::");
}

function resourceOf(plugin: Plugin, urn: string): Resource {
  const resource = plugin.resources[typeOf(urn)];
  if (!resource) throw new Error(absent(plugin, typeOf(urn)));
  return resource;
}

function absent({ name, version }: Plugin, token: string): string {
  return (
    `${token}: missing; the ${name} plugin in use is the stand-in of standins, which has only ` +
    `what this project uses; run: pulumi plugin install resource ${name} ${version}`
  );
}

/** An engine that was killed can't end its plugins: without this they would stay for good. */
function exitWithEngine(): void {
  const engine = process.ppid;
  setInterval(() => {
    if (process.ppid !== engine) process.exit(1);
  }, 1000).unref();
}
