// Serves every stand-in at a port of its own, for many runs of the engine, until its standard input ends. The engine
// makes a connection for each plugin that it would otherwise start, and each connection has a plugin to itself: runs
// share this process and nothing else.
import { flushCompileCache } from "node:module";
import grpc from "@grpc/grpc-js";
import providerGrpc from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import { engineLog } from "../provider/engine-log.ts";
import { commands } from "./command/plugin.ts";
import { docker } from "./docker/plugin.ts";
import type { Plugin } from "./provider.ts";
import { service } from "./serve.ts";
import { tls } from "./tls/plugin.ts";

const makers: Readonly<Record<string, () => Plugin>> = {
  command: () => commands,
  docker,
  tls: () => tls,
};

type Method = grpc.handleUnaryCall<unknown, unknown>;
type Methods = Readonly<Record<string, Method>>;

const methodsOf = (make: () => Plugin): Methods =>
  service(make(), engineLog(undefined)) as unknown as Methods;

async function serve(make: () => Plugin): Promise<number> {
  const byConnection = new Map<string, Methods>();
  const answering =
    (name: string): Method =>
    (call, callback) => {
      const connection = call.getPeer();
      // The engine's first call on a connection, whose port may have been another one's before.
      const begins = name === "attach" || !byConnection.has(connection);
      if (begins) byConnection.set(connection, methodsOf(make));
      byConnection.get(connection)?.[name]?.(call, callback);
    };
  const names = Object.keys(methodsOf(make));
  const server = new grpc.Server({
    "grpc.max_receive_message_length": -1,
    "grpc.max_send_message_length": -1,
  });
  server.addService(
    providerGrpc.ResourceProviderService,
    Object.fromEntries(names.map((name) => [name, answering(name)])),
  );
  return new Promise((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
      if (error === null) resolve(port);
      else reject(error);
    });
  });
}

const ports = await Promise.all(
  Object.entries(makers).map(async ([name, make]) => `${name}:${String(await serve(make))}`),
);
process.stdout.write(`${ports.join(",")}\n`);
setImmediate(flushCompileCache);
process.stdin.resume().once("end", () => process.exit(0));
