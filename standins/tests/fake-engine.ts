// The engine's side of the plugin protocol: somewhere for a plugin to log to.
import grpc from "@grpc/grpc-js";
import engineGrpc from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import type { LogRequest } from "@pulumi/pulumi/proto/engine_pb.js";
import emptyPb from "google-protobuf/google/protobuf/empty_pb.js";

export interface EngineLogLine {
  readonly message: string;
  readonly ephemeral: boolean;
}

export interface FakeEngine {
  readonly address: string;
  readonly lines: readonly EngineLogLine[];
  stop(): void;
}

export function startEngine(): Promise<FakeEngine> {
  const lines: EngineLogLine[] = [];
  const server = new grpc.Server();
  server.addService(engineGrpc.EngineService, {
    log(
      call: grpc.ServerUnaryCall<LogRequest, object>,
      callback: grpc.sendUnaryData<object>,
    ): void {
      lines.push({ message: call.request.getMessage(), ephemeral: call.request.getEphemeral() });
      callback(null, new emptyPb.Empty());
    },
  });
  return new Promise((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
      if (error) reject(error);
      else resolve({ address: `127.0.0.1:${port}`, lines, stop: () => server.forceShutdown() });
    });
  });
}
