// The types and names by which the engine knows our resources. States hold them: a resource whose type or name
// changes is created again, and the old one is deleted. For a machine that means restored and set up anew.

/** Components of the program. */
export const componentTypes = {
  fleet: "dockertls:index:Fleet",
  host: "dockertls:index:Host",
  certificateAuthority: "dockertls:index:CertificateAuthority",
  serverCertificate: "dockertls:index:ServerCertificate",
  clientCertificate: "dockertls:index:ClientCertificate",
  /** The class was called Stranger when the first states were written. */
  untrustedClient: "dockertls:index:Stranger",
} as const;

/** Resources of our own plugin. */
export const pluginTypes = {
  hostState: "dockertls-host:index:HostState",
  hostScript: "dockertls-host:index:HostScript",
  endpointProof: "dockertls-host:index:EndpointProof",
  crossCertificate: "dockertls-host:index:CrossCertificate",
} as const;

/** Functions of our own plugin. */
export const pluginFunctions = {
  proveAgain: "dockertls-host:index:proveAgain",
  unreached: "dockertls-host:index:unreached",
} as const;

/** Resources of others that are looked up in a state. */
export const otherTypes = {
  command: "command:remote:Command",
  dockerProvider: "pulumi:providers:docker",
} as const;

/** Names of what a stack has once. */
export const stackNames = {
  fleet: "fleet",
  authority: "ca",
  /** The authority that a rotation leaves behind, and the program's own client under it: no client of that name. */
  formerAuthority: "ca-former",
  client: "client",
  formerClient: "client@former",
  untrustedClient: "stranger",
} as const;

/** Names of what each host has; the host's own component bears the name of the host. */
export const hostNames = {
  state: (host: string) => `${host}-state`,
  undo: (host: string) => `${host}-undo`,
  script: (host: string) => `${host}-script`,
  converge: (host: string) => `${host}-converge`,
  server: (host: string) => `${host}-server`,
  proof: (host: string) => `${host}-proof`,
  dockerProvider: (host: string) => `${host}-docker`,
} as const;

/** Names of what the clients have that the configuration names; no name there holds an @. */
export const clientNames = {
  /** By the group, too, so that a client that changes it has another key. */
  client: (name: string, group: string | undefined) =>
    group === undefined ? `client-${name}` : `client-${name}@${group}`,
  groupAuthority: (group: string) => `group-${group}`,
  /** The client that shows for a group who is let in. */
  groupProof: (group: string) => `group-${group}-proof`,
} as const;

/** Name of the certificate that one generation's authority has from another one. */
export function crossCertificateName(newer: number, older: number): string {
  return `${authorityInGeneration(stackNames.authority, newer)}-by-g${String(older)}`;
}

/** Names of the key and the request behind a certificate. */
export const certificateNames = {
  key: (certificate: string) => `${certificate}-key`,
  request: (certificate: string) => `${certificate}-request`,
} as const;

/** Name of the authority's certificate, which every generation has its own of. */
export function authorityInGeneration(name: string, generation: number): string {
  return `${name}-g${String(generation)}`;
}

/**
 * Name of a leaf certificate that every generation of the authority has its own of. To the engine another name
 * is another resource, so no key of one generation lives on in the next. The first generation keeps the names
 * from before there were generations, so that an upgrade replaces nothing.
 */
export function leafInGeneration(name: string, generation: number): string {
  return generation === 1 ? name : authorityInGeneration(name, generation);
}

/** What a URN says of a resource: `urn:pulumi:STACK::PROJECT::PARENTTYPE$TYPE::NAME`. */
export function parseUrn(urn: string): { readonly type: string; readonly name: string } {
  const [, , types = "", ...name] = urn.split("::");
  return { type: types.split("$").at(-1) ?? "", name: name.join("::") };
}

/** The URN in a reference to a provider, `URN::ID`. */
export function urnOfProvider(reference: string): string {
  return reference.replace(/::[^:]*$/, "");
}
