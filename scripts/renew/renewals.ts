// Whether a preview is of renewals and of nothing else. A job at night that rolled out somebody's half-finished edit would
// be worse than none, so whatever is not surely a part of a renewal counts as something else.
import type { EngineEvent, StepEventMetadata } from "@pulumi/pulumi/automation/events.js";
import {
  componentTypes,
  hostNames,
  otherTypes,
  parseUrn,
  pluginTypes,
} from "../../components/identity.ts";
import { isMap } from "../../components/model/json-value.ts";
import { oneLine } from "../../components/model/problem.ts";
import { idle } from "../engine-events.ts";
import { hostOf, type HostChange } from "../rollout/changes.ts";
import { ownerOf } from "../expiry/certificates.ts";

export interface Renewal {
  readonly kind: "authority" | "group" | "machine" | "client";
  /** Whose certificate it is, as `npm run expiry` says it. */
  readonly owner: string;
}

export interface Judgement {
  readonly renewals: readonly Renewal[];
  /** What else the preview would do, a line each. */
  readonly others: readonly string[];
}

/** Told beside a step that counts: a replacement is told in three, of which `replace` has both its sides. */
const besides = [
  ...["read-replacement", "create-replacement"],
  ...["delete-replaced", "discard-replaced"],
];

const hour = 3_600_000;

/** @param hosts as the preview found them. */
export function judge(
  events: readonly EngineEvent[],
  hosts: readonly HostChange[],
  now: number,
): Judgement {
  const steps = events
    .flatMap(({ resourcePreEvent }) => resourcePreEvent?.metadata ?? [])
    .filter(({ op }) => !idle.includes(op) && !besides.includes(op));
  const certificates = steps.filter(isCertificate);
  const isAuthorityDue = certificates.some((step) => isAuthority(step) && isDue(step, now));
  const judged = steps.map((step) => ({ step, other: otherIn(step, isAuthorityDue, now) }));
  const renewals = judged.flatMap(({ step, other }) =>
    isCertificate(step) && other === undefined ? (renewalOf(step) ?? []) : [],
  );
  const drifted = hosts.flatMap(({ host, state, drift }) =>
    ["new", "removed"].includes(state) ? [] : drift.map((line) => `${host}: drift: ${line}`),
  );
  return {
    renewals: unique(renewals.map((one) => JSON.stringify(one))).map(
      (text) => JSON.parse(text) as Renewal,
    ),
    others: unique([...drifted, ...judged.flatMap(({ other }) => other ?? [])]),
  };
}

const certificateTypes = [
  "tls:index/selfSignedCert:SelfSignedCert",
  "tls:index/locallySignedCert:LocallySignedCert",
];

const isCertificate = ({ type }: StepEventMetadata): boolean => certificateTypes.includes(type);
const isAuthority = (step: StepEventMetadata): boolean =>
  parseUrn(step.old?.parent ?? "").type === componentTypes.certificateAuthority;

/** Inputs that may change in what follows from a renewal, as paths; of a type that is not here, none may. */
const follows: Readonly<Record<string, RegExp>> = {
  [pluginTypes.hostState]: /^desired\.tlsFiles\.(ca|cert)$/,
  // Who is let in beside the stack's own clients is for a person to say.
  [pluginTypes.endpointProof]: /^(converged$|tls\.(?!alsoTrusted))/,
  [pluginTypes.crossCertificate]: /^(newer|older)$/,
  [otherTypes.command]: /^(stdin|triggers)(\.|$)/,
  [otherTypes.dockerProvider]: /^(caMaterial|certMaterial|keyMaterial)$/,
};

/** What a step does beside a renewal, in a line; undefined: nothing. */
function otherIn(
  step: StepEventMetadata,
  isAuthorityDue: boolean,
  now: number,
): string | undefined {
  const { op, urn, type } = step;
  const { name } = parseUrn(urn);
  if (op !== "update" && op !== "replace") return `${name}: is ${pastOf[op] ?? op}`;
  const paths = changedPaths(step.old?.inputs, step.new?.inputs);
  if (isCertificate(step)) {
    const own = paths.filter((path) => !(isAuthorityDue && path === "caCertPem"));
    if (own.length > 0) return `${name}: changes ${few(own)}`;
    return isDue(step, now) || paths.length > 0
      ? undefined
      : `${name}: is issued again, and it is not due`;
  }
  const allowed = follows[type];
  if (allowed === undefined || (type === otherTypes.command && !isConverge(urn, name))) {
    return `${name}: ${paths.length === 0 ? `is ${pastOf[op] ?? op}` : `changes ${few(paths)}`}`;
  }
  const own = paths.filter(
    (path) => !allowed.test(path) || (path === "desired.tlsFiles.ca" && !isAuthorityDue),
  );
  return own.length === 0 ? undefined : `${name}: changes ${few(own)}`;
}

const pastOf: Readonly<Record<string, string>> = {
  create: "created",
  delete: "deleted",
  update: "updated",
  replace: "replaced",
};

function isConverge(urn: string, name: string): boolean {
  const host = hostOf(urn);
  return host !== undefined && name === hostNames.converge(host);
}

/** Whether the time of its renewal has come, by what is recorded of it; the provider decides by the same. */
function isDue({ old }: StepEventMetadata, now: number): boolean {
  const outputs: unknown = old?.outputs;
  if (!isMap(outputs)) return false;
  const { validityEndTime, earlyRenewalHours } = outputs;
  if (typeof validityEndTime !== "string") return false;
  const early = typeof earlyRenewalHours === "number" ? earlyRenewalHours : 0;
  return now >= Date.parse(validityEndTime) - early * hour;
}

function renewalOf({ urn, old }: StepEventMetadata): Renewal | undefined {
  return ownerOf(parseUrn(old?.parent ?? ""), parseUrn(urn).name);
}

/** Paths of inputs that are others than before; where one is a secret, the engine shows both as hidden. */
export function changedPaths(before: unknown, after: unknown, path = ""): string[] {
  if (isMap(before) && isMap(after)) {
    const keys = unique([...Object.keys(before), ...Object.keys(after)]);
    return keys
      .filter((key) => !key.startsWith("__"))
      .flatMap((key) =>
        changedPaths(before[key], after[key], path === "" ? key : `${path}.${key}`),
      );
  }
  return JSON.stringify(before) === JSON.stringify(after) ? [] : [path];
}

function few(paths: readonly string[]): string {
  const shown = paths.slice(0, 3).map((path) => oneLine(path, 80));
  const more = paths.length - shown.length;
  return more === 0 ? shown.join(", ") : `${shown.join(", ")} and ${String(more)} more`;
}

const unique = <T>(list: readonly T[]): T[] => [...new Set(list)];
