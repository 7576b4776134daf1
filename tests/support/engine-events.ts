// What the engine tells of a stack's machines, as the Automation API hands it on.
import type { EngineEvent } from "@pulumi/pulumi/automation/events.js";

export const stateVersions = { hostState: 3, endpointProof: 2 };

const types = {
  component: "dockertls:index:Host",
  state: "dockertls-host:index:HostState",
  proof: "dockertls-host:index:EndpointProof",
  converge: "command:remote:Command",
};

/** Only what is read of it. */
const event = (members: object): EngineEvent => ({ sequence: 1, timestamp: 1, ...members });

function step(
  kind: "resourcePreEvent" | "resOutputsEvent" | "resOpFailedEvent",
  op: string,
  type: string,
  name: string,
  outputs: object = {},
): EngineEvent {
  const urn = `urn:pulumi:s::dockertls::dockertls:index:Fleet$${type}::${name}`;
  return event({
    [kind]: { metadata: { op, urn, type, new: { urn, type, inputs: {}, outputs } } },
  });
}

/** A machine that the state knows, as a look found it. */
export function looked(
  host: string,
  found: object = {},
  problems: readonly string[] = [],
): EngineEvent[] {
  const state = { stateVersion: 3, drift: [], findings: [], unreachable: "", blocked: "" };
  return [
    step("resourcePreEvent", "refresh", types.component, host),
    step("resourcePreEvent", "refresh", types.state, `${host}-state`),
    step("resOutputsEvent", "refresh", types.state, `${host}-state`, { ...state, ...found }),
    step("resOutputsEvent", "refresh", types.proof, `${host}-proof`, { stateVersion: 2, problems }),
  ];
}

/** What is done to the machine itself, or a part of it. */
export const turnOf = (op: string, host: string): EngineEvent =>
  step("resourcePreEvent", op, types.component, host);
export const convergeOf = (op: string, host: string): EngineEvent =>
  step("resourcePreEvent", op, types.converge, `${host}-converge`);
export const proofOf = (op: string, host: string): EngineEvent =>
  step("resOutputsEvent", op, types.proof, `${host}-proof`);

/** The step that failed of a machine. */
export const failedConvergeOf = (host: string): EngineEvent =>
  step("resOpFailedEvent", "update", types.converge, `${host}-converge`);
export const failedLookOf = (host: string): EngineEvent =>
  step("resOpFailedEvent", "update", types.state, `${host}-state`);

export function said(host: string, severity: string, message: string): EngineEvent {
  const urn = `urn:pulumi:s::dockertls::dockertls:index:Fleet$${types.component}$${types.state}::${host}-state`;
  return event({ diagnosticEvent: { severity, urn, message: `${message}\n`, color: "never" } });
}

export const objected = (
  enforcementLevel: string,
  policyName: string,
  message: string,
): EngineEvent => event({ policyEvent: { enforcementLevel, policyName, message, color: "never" } });

export const counted = (resourceChanges: object): EngineEvent =>
  event({ summaryEvent: { resourceChanges, result: "succeeded" } });
