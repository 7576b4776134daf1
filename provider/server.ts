// A plugin's side of Pulumi's provider protocol, for this plugin and for the stand-ins. `provider.main` of
// @pulumi/pulumi won't do: it supports no previews, keeps old inputs from the provider, and takes half a second
// to load.
import { flushCompileCache } from "node:module";
import grpc from "@grpc/grpc-js";
import type { Message } from "google-protobuf";
import providerGrpc from "@pulumi/pulumi/proto/provider_grpc_pb.js";

/** The engine's own address, which it starts a plugin with. */
export function engineAddress(): string | undefined {
  return process.argv.slice(2).find((argument) => !argument.startsWith("-"));
}

/** Starts the server and prints its port on stdout, which is how the engine finds it. */
export function startServer(methods: grpc.UntypedServiceImplementation): void {
  const server = new grpc.Server({
    "grpc.max_receive_message_length": -1,
    "grpc.max_send_message_length": -1,
  });
  server.addService(providerGrpc.ResourceProviderService, methods);
  server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
    if (error) throw error;
    process.stdout.write(`${String(port)}\n`);
    // The engine kills its plugins, and it is at a proper exit that Node would write the cache.
    setImmediate(flushCompileCache);
  });
  exitWithEngine();
}

/** A method that answers one message; whatever it throws is the engine's error, word for word. */
export function unary<Request extends Message, Response extends Message>(
  answer: (request: Request) => Response | Promise<Response>,
): grpc.handleUnaryCall<Request, Response> {
  return (call, callback) => {
    const respond = async (): Promise<Response> => answer(call.request);
    respond().then(
      (response) => callback(null, response),
      (error: unknown) => {
        const details = error instanceof Error ? error.message : String(error);
        callback({ code: grpc.status.UNKNOWN, details });
      },
    );
  };
}

/** An engine that was killed can't end its plugins: without this they would stay for good. */
function exitWithEngine(): void {
  const engine = process.ppid;
  setInterval(() => {
    if (process.ppid !== engine) process.exit(1);
  }, 1000).unref();
}
