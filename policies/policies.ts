// The pack: what `--policy-pack policies` checks. A policy sees the inputs of one resource, before anything is done to it.
import type { ResourceValidationPolicy } from "@pulumi/policy";
import { certificateLifetime } from "./certificate-lifetime.ts";
import { hostKeyByFile } from "./host-key-by-file.ts";
import { listenAddresses } from "./listen-addresses.ts";
import { liveRestore } from "./live-restore.ts";
import { noPlainTcp } from "./no-plain-tcp.ts";

export const policies: ResourceValidationPolicy[] = [
  noPlainTcp,
  liveRestore,
  listenAddresses,
  certificateLifetime,
  hostKeyByFile,
];
