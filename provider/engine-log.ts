import grpc from "@grpc/grpc-js";
import engineGrpc from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import pb from "@pulumi/pulumi/proto/engine_pb.js";
import type { LogSeverity } from "@pulumi/pulumi/proto/engine_pb.js";

export interface EngineLog {
  /** Speaks to this engine from now on: one that a person started to debug the plugin. */
  attach(address: string): void;
  /** Shows a line beside the resource for as long as its operation runs. */
  status(urn: string, message: string): void;
  /** Shows a line, and keeps it. */
  info(urn: string, message: string): void;
  /** Adds to the one line that is the stack's own, and keeps it. */
  add(text: string): void;
  /** Shows a warning, and keeps it. */
  warn(urn: string, message: string): void;
  /** Once every line sent so far has arrived; the engine ends its plugins without a warning. */
  delivered(): Promise<void>;
}

/** The engine counts the output of its plugins from 1. */
const ownStream = 0x64746c73;

/** Without an address the lines go nowhere, as in tests. */
export function engineLog(address: string | undefined): EngineLog {
  let client = address === undefined ? undefined : connect(address);
  const underway = new Set<Promise<void>>();

  const send = (
    urn: string,
    message: string,
    severity: LogSeverity,
    { kept = true, stream = 0 } = {},
  ) => {
    if (!client) return;
    const engine = client;
    const request = new pb.LogRequest()
      .setUrn(urn)
      .setSeverity(severity)
      .setMessage(message)
      .setStreamid(stream)
      .setEphemeral(!kept);
    // Resolves whatever happens: a lost line must not fail the operation that it tells about.
    const sent = new Promise<void>((resolve) => engine.log(request, () => resolve()));
    underway.add(sent);
    void sent.then(() => underway.delete(sent));
  };

  return {
    attach(next) {
      client?.close();
      client = connect(next);
    },
    status: (urn, message) => send(urn, message, pb.LogSeverity.INFO, { kept: false }),
    info: (urn, message) => send(urn, message, pb.LogSeverity.INFO),
    // The engine puts lines of one stream together; those of no resource are the stack's.
    add: (text) => send("", text, pb.LogSeverity.INFO, { stream: ownStream }),
    warn: (urn, message) => send(urn, message, pb.LogSeverity.WARNING),
    async delivered() {
      await Promise.all(underway);
    },
  };
}

function connect(address: string) {
  return new engineGrpc.EngineClient(address, grpc.credentials.createInsecure());
}
