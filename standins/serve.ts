// Serves a stand-in over Pulumi's provider protocol.
import { flushCompileCache } from "node:module";
import type grpc from "@grpc/grpc-js";
import pluginPb from "@pulumi/pulumi/proto/plugin_pb.js";
import pb from "@pulumi/pulumi/proto/provider_pb.js";
import type * as rpc from "@pulumi/pulumi/proto/provider_pb.js";
import type { PluginAttach } from "@pulumi/pulumi/proto/plugin_pb.js";
import emptyPb from "google-protobuf/google/protobuf/empty_pb.js";
import { NO_DIFFERENCE } from "./difference.ts";
import { engineLog, type EngineLog } from "../provider/engine-log.ts";
import { engineAddress, startServer, unary } from "../provider/server.ts";
import { checkResponse, decode, diffResponse, encode, existing } from "./messages.ts";
import { schemaOf, wrongArguments } from "./package-schema.ts";
import type { Operation, Plugin, Resource } from "./provider.ts";

/** Starts the plugin. */
export function serve(plugin: Plugin): void {
  startServer(service(plugin, engineLog(engineAddress())));
}

/** The methods of the protocol, answered by the plugin. */
export function service(plugin: Plugin, engine: EngineLog): grpc.UntypedServiceImplementation {
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
