// What a stack's state (`pulumi stack export`) holds of one machine, and the same state without it. Of
// the engine's format only what is needed is read; all else goes back as it came.

import {
  componentTypes,
  hostNames,
  otherTypes,
  parseUrn,
  pluginTypes,
  urnOfProvider,
} from "../../components/identity.ts";

/** One resource of the state, as the engine wrote it. */
export interface StateResource {
  readonly urn: string;
  readonly type: string;
  readonly parent?: string;
  /** `URN::ID` of the provider that manages it. */
  readonly provider?: string;
  /** Replaced already, and only waiting to be deleted. */
  readonly delete?: boolean;
  readonly dependencies?: readonly string[];
  readonly propertyDependencies?: Readonly<Record<string, readonly string[] | null>>;
  readonly deletedWith?: string;
  readonly replaceWith?: readonly string[];
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly outputs?: Readonly<Record<string, unknown>>;
}

interface PendingOperation {
  readonly resource: StateResource;
}

export interface Exported {
  /** None of a stack that never had an update. */
  readonly deployment: {
    readonly resources?: readonly StateResource[];
    readonly pending_operations?: readonly PendingOperation[];
  } | null;
}

/** What is forgotten: the machine, or only the one that it was before its address changed. */
export type Forgotten = "machine" | "former machine";

export interface Without {
  readonly state: Exported;
  readonly what: Forgotten;
  /** How many resources left the state. */
  readonly resources: number;
}

/**
 * The roots of a machine's resources, each by its type and name. All below them goes along. By type and name, since a host "web-server" may stand beside the server certificate of "web".
 */
const roots: readonly (readonly [type: string, nameOf: (host: string) => string])[] = [
  [componentTypes.host, (host) => host],
  [componentTypes.serverCertificate, hostNames.server],
  [pluginTypes.endpointProof, hostNames.proof],
  [otherTypes.dockerProvider, hostNames.dockerProvider],
];

/** Names of the machines that a state knows, those among them that only wait to be deleted. */
export function machinesIn({ deployment }: Exported): string[] {
  const names = (deployment?.resources ?? []).flatMap(({ urn, parent = "" }) => {
    const own = [urn, parent].find((candidate) => parseUrn(candidate).type === componentTypes.host);
    return own === undefined ? [] : [parseUrn(own).name];
  });
  return [...new Set(names)].sort();
}

/**
 * A state without one machine. Where its address has changed, and the machine at the old address still waits to be
 * restored, only that one is forgotten: the present machine is not gone.
 */
export function without(exported: Exported, host: string): Without {
  const { deployment } = exported;
  const all = deployment?.resources ?? [];
  const mine = all.filter((resource) => isOf(resource, host, all));
  const undo = mine.filter(({ urn }) => isNamed(urn, otherTypes.command, hostNames.undo(host)));
  const former = undo.filter((resource) => resource.delete === true);
  const what = former.length > 0 && former.length < undo.length ? "former machine" : "machine";
  const gone = new Set(what === "machine" ? mine : former);
  const left = all.filter((resource) => !gone.has(resource));
  const known = new Set(left.map(({ urn }) => urn));
  const pending = deployment?.pending_operations?.filter(
    ({ resource }) => !(what === "machine" && isOf(resource, host, all)),
  );
  const resources = left
    .map((resource) => withoutReferences(resource, known))
    .map((resource) => (what === "machine" ? withoutSummary(resource, host) : resource));
  const state = {
    ...exported,
    deployment: {
      ...deployment,
      resources,
      ...(pending === undefined ? {} : { pending_operations: pending }),
    },
  };
  return { state, what, resources: gone.size };
}

/** Whether a resource is a machine's own: one of the roots, or below one, or managed by one. */
function isOf(resource: StateResource, host: string, all: readonly StateResource[]): boolean {
  const above = [
    resource.urn,
    ...ancestors(resource, all),
    ...(resource.provider === undefined ? [] : [urnOfProvider(resource.provider)]),
  ];
  return above.some((urn) => roots.some(([type, nameOf]) => isNamed(urn, type, nameOf(host))));
}

function isNamed(urn: string, type: string, name: string): boolean {
  const parsed = parseUrn(urn);
  return parsed.type === type && parsed.name === name;
}

/** The last may be missing in the state: a component goes even when a child of it could not. */
function ancestors({ parent }: StateResource, all: readonly StateResource[]): string[] {
  if (parent === undefined) return [];
  const above = all.find(({ urn }) => urn === parent);
  return [parent, ...(above === undefined ? [] : ancestors(above, all))];
}

/** The engine takes no state in which something refers to what is not there. */
function withoutReferences(resource: StateResource, known: ReadonlySet<string>): StateResource {
  const { dependencies, propertyDependencies, deletedWith, replaceWith, ...rest } = resource;
  const there = (urns: readonly string[]): string[] => urns.filter((urn) => known.has(urn));
  return {
    ...rest,
    ...(dependencies === undefined ? {} : { dependencies: there(dependencies) }),
    ...(propertyDependencies === undefined
      ? {}
      : {
          propertyDependencies: Object.fromEntries(
            Object.entries(propertyDependencies).map(([key, urns]) => [key, urns && there(urns)]),
          ),
        }),
    ...(deletedWith !== undefined && known.has(deletedWith) ? { deletedWith } : {}),
    ...(replaceWith === undefined ? {} : { replaceWith: there(replaceWith) }),
  };
}

/** What the stack says of each machine is an output of it; an encrypted one stays until the next up. */
function withoutSummary(resource: StateResource, host: string): StateResource {
  const hosts = resource.outputs?.["hosts"];
  if (typeof hosts !== "object" || hosts === null || !Object.hasOwn(hosts, host)) return resource;
  const others = Object.entries(hosts).filter(([name]) => name !== host);
  return { ...resource, outputs: { ...resource.outputs, hosts: Object.fromEntries(others) } };
}
