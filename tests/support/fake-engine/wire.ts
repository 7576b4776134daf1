// Properties on the wire as the engine passes them on: with secrets in their wrappers, and with nulls.
import structPb from "google-protobuf/google/protobuf/struct_pb.js";
import type { Struct } from "google-protobuf/google/protobuf/struct_pb.js";
import type { Values } from "../../../standins/values.ts";

export function decode(struct: Struct | undefined): Values {
  return struct?.toJavaScript() ?? {};
}

export function encode(values: Values): Struct {
  return structPb.Struct.fromJavaScript(values);
}
