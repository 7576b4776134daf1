// The provider protocol's requests, passed on to HostProvider. What is left out here, the engine does without.
import type grpc from "@grpc/grpc-js";
import type { PluginAttach } from "@pulumi/pulumi/proto/plugin_pb.js";
import pluginPb from "@pulumi/pulumi/proto/plugin_pb.js";
import type * as rpc from "@pulumi/pulumi/proto/provider_pb.js";
import pb from "@pulumi/pulumi/proto/provider_pb.js";
import emptyPb from "google-protobuf/google/protobuf/empty_pb.js";
import type { Struct } from "google-protobuf/google/protobuf/struct_pb.js";
import structPb from "google-protobuf/google/protobuf/struct_pb.js";
import type { Detail } from "./details.ts";
import type { EngineLog } from "./engine-log.ts";
import type { HostProvider, Properties } from "./provider.ts";
import { unary } from "./server.ts";

/** Version that the engine is told. */
const pluginVersion = "0.1.0";

/**
 * The methods of the protocol. The provider is loaded when it is configured: the engine starts this plugin twice a run,
 * and asks one of the two for nothing but its version.
 */
export function service(
  load: () => Promise<HostProvider>,
  log: EngineLog,
): grpc.UntypedServiceImplementation {
  const { DIFF_SOME, DIFF_NONE } = pb.DiffResponse.DiffChanges;
  return {
    getPluginInfo: unary(() => new pluginPb.PluginInfo().setVersion(pluginVersion)),
    getSchema: unary(() => new pb.GetSchemaResponse().setSchema("{}")),
    attach: unary((request: PluginAttach) => {
      log.attach(request.getAddress());
      return new emptyPb.Empty();
    }),
    cancel: unary(() => new emptyPb.Empty()),
    configure: unary(async () => {
      await load();
      return new pb.ConfigureResponse()
        .setAcceptsecrets(true)
        .setAcceptresources(true)
        .setAcceptoutputs(true)
        .setSupportspreview(true);
    }),
    check: unary(async (request: rpc.CheckRequest) => {
      const provider = await load();
      const inputs = provider.check(
        request.getUrn(),
        decode(request.getOlds()),
        decode(request.getNews()),
      );
      return new pb.CheckResponse().setInputs(encode(inputs));
    }),
    diff: unary(async (request: rpc.DiffRequest) => {
      const provider = await load();
      const { changes, replaces, details } = await provider.diff(
        request.getUrn(),
        decode(request.getOlds()),
        decode(request.getOldInputs()),
        decode(request.getNews()),
      );
      const response = new pb.DiffResponse()
        .setChanges(changes ? DIFF_SOME : DIFF_NONE)
        .setReplacesList([...replaces])
        .setHasdetaileddiff(details !== undefined);
      for (const detail of details ?? []) {
        response.getDetaileddiffMap().set(detail.path, propertyDiff(detail, replaces));
      }
      return response;
    }),
    create: unary(async (request: rpc.CreateRequest) => {
      const provider = await load();
      const { id, state } = await provider.create(
        request.getUrn(),
        decode(request.getProperties()),
        request.getPreview(),
      );
      return new pb.CreateResponse().setId(id).setProperties(encode(state));
    }),
    read: unary(async (request: rpc.ReadRequest) => {
      const provider = await load();
      const { state, inputs } = await provider.read(
        request.getUrn(),
        decode(request.getProperties()),
        decode(request.getInputs()),
      );
      const response = new pb.ReadResponse().setId(request.getId()).setProperties(encode(state));
      return inputs === undefined ? response : response.setInputs(encode(inputs));
    }),
    update: unary(async (request: rpc.UpdateRequest) => {
      const provider = await load();
      const state = await provider.update(
        request.getUrn(),
        decode(request.getOlds()),
        decode(request.getOldInputs()),
        decode(request.getNews()),
        request.getPreview(),
      );
      return new pb.UpdateResponse().setProperties(encode(state));
    }),
    invoke: unary(async (request: rpc.InvokeRequest) => {
      const provider = await load();
      const answer = await provider.call(request.getTok(), decode(request.getArgs()));
      return new pb.InvokeResponse().setReturn(encode(answer));
    }),
    delete: unary(async (request: rpc.DeleteRequest) => {
      const provider = await load();
      await provider.delete(
        request.getUrn(),
        decode(request.getProperties()),
        decode(request.getOldInputs()),
      );
      return new emptyPb.Empty();
    }),
  };
}

function propertyDiff(
  { path, kind, ofInputs }: Detail,
  replaces: readonly string[],
): rpc.PropertyDiff {
  const { Kind } = pb.PropertyDiff;
  const kinds = replaces.includes(path)
    ? { add: Kind.ADD_REPLACE, delete: Kind.DELETE_REPLACE, update: Kind.UPDATE_REPLACE }
    : { add: Kind.ADD, delete: Kind.DELETE, update: Kind.UPDATE };
  return new pb.PropertyDiff().setKind(kinds[kind]).setInputdiff(ofInputs);
}

function decode(struct: Struct | undefined): Properties {
  return struct?.toJavaScript() ?? {};
}

function encode(properties: Properties): Struct {
  return structPb.Struct.fromJavaScript(
    properties as Parameters<typeof structPb.Struct.fromJavaScript>[0],
  );
}
