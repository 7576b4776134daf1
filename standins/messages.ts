// Between the protocol's messages and the plain values that the plugins work with.
import pb from "@pulumi/pulumi/proto/provider_pb.js";
import type {
  CheckResponse,
  DiffResponse,
  PropertyDiff,
} from "@pulumi/pulumi/proto/provider_pb.js";
import structPb from "google-protobuf/google/protobuf/struct_pb.js";
import type { Struct } from "google-protobuf/google/protobuf/struct_pb.js";
import { property, type Change, type Difference } from "./difference.ts";
import type { Checked, Existing } from "./provider.ts";
import { fromWire, type Values } from "./values.ts";

export function decode(struct: Struct | undefined): Values {
  return struct ? fromWire(struct.toJavaScript()) : {};
}

export function encode(values: Values): Struct {
  return structPb.Struct.fromJavaScript(values);
}

export function existing(
  id: string,
  state: Struct | undefined,
  inputs: Struct | undefined,
): Existing {
  return { id, state: decode(state), inputs: decode(inputs) };
}

export function checkResponse({ inputs, failures = [] }: Checked): CheckResponse {
  const response = new pb.CheckResponse().setInputs(encode(inputs));
  for (const { property, reason } of failures) {
    response.addFailures(new pb.CheckFailure().setProperty(property).setReason(reason));
  }
  return response;
}

export function diffResponse({ changes, detailed }: Difference): DiffResponse {
  const { DIFF_SOME, DIFF_NONE } = pb.DiffResponse.DiffChanges;
  const response = new pb.DiffResponse()
    .setChanges(changes.size > 0 ? DIFF_SOME : DIFF_NONE)
    .setHasdetaileddiff(detailed);
  for (const [path, { kind, replace }] of detailed ? changes : []) {
    response.getDetaileddiffMap().set(path, propertyDiff(kind, replace));
  }
  const replacing = [...changes].filter(([, { replace }]) => replace).map(([path]) => path);
  return response
    .setDiffsList(properties([...changes.keys()]))
    .setReplacesList(properties(replacing));
}

function propertyDiff(kind: Change, replace: boolean): PropertyDiff {
  const { Kind } = pb.PropertyDiff;
  const kinds = {
    add: replace ? Kind.ADD_REPLACE : Kind.ADD,
    delete: replace ? Kind.DELETE_REPLACE : Kind.DELETE,
    update: replace ? Kind.UPDATE_REPLACE : Kind.UPDATE,
  };
  return new pb.PropertyDiff().setKind(kinds[kind]);
}

function properties(paths: string[]): string[] {
  return [...new Set(paths.map(property))];
}
