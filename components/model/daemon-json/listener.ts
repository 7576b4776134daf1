import ipaddr from "ipaddr.js";
import { bracketed } from "../address.ts";
import type { DaemonSettings } from "./keys.ts";

/** How a Docker API is reached over the network; see the setting `api`. */
export const apis = ["mutual-tls", "plain-tcp"] as const;
export type Api = (typeof apis)[number];

/**
 * Who tells dockerd where to listen: its `hosts` in daemon.json, `-H` on its command line, or a socket unit of ours,
 * with which systemd holds the port.
 */
export const listenerSources = ["daemon-json", "command-line", "socket"] as const;
export type ListenerSource = (typeof listenerSources)[number];

/** Ports that Docker clients know (IANA): plaintext and TLS. */
export const defaultPorts: Readonly<Record<Api, number>> = {
  "mutual-tls": 2376,
  "plain-tcp": 2375,
};

/** Where dockerd makes its socket unless it is told otherwise, and where local clients look. */
export const defaultSocket = "/var/run/docker.sock";

/** The three files of a TLS server: trusted authorities, certificate, private key. */
export const tlsFiles = ["ca", "cert", "key"] as const;
export type TlsFile = (typeof tlsFiles)[number];

/** Where dockerd of one machine listens. */
export interface Listener {
  readonly api: Api;
  /** IP addresses of the machine; `0.0.0.0` is every one, of IPv6 too (net.Listen of Go). */
  readonly addresses: readonly string[];
  readonly port: number;
  readonly configuredBy: ListenerSource;
  /**
   * Path where dockerd makes the socket for clients on the machine itself; undefined: they are served as the
   * machine serves them by its own files.
   */
  readonly socket?: string;
  /** Paths of the TLS files on the machine; none with plain TCP. */
  readonly files?: Readonly<Record<TlsFile, string>>;
}

/** What dockerd listens on, as `hosts` and `-H` name it. `local` is what serves the machine's own clients. */
function hostsOf({ addresses, port }: Listener, local: readonly string[]): string[] {
  return [...addresses.map((address) => `tcp://${bracketed(address)}:${String(port)}`), ...local];
}

/** The keys of daemon.json that say where dockerd listens and how. */
export function listenerSettings(listener: Listener, local: readonly string[]): DaemonSettings {
  const { files, configuredBy: place } = listener;
  // What daemon.json says nothing of, nobody can turn off there.
  if (place === "socket") return {};
  return {
    ...(place === "daemon-json" ? { hosts: hostsOf(listener, local) } : {}),
    ...(files === undefined
      ? // Explicit, since dockerd (from 26 on) would otherwise wait 16 s before it listens.
        { tls: false }
      : {
          tls: true,
          tlsverify: true,
          tlscacert: files.ca,
          tlscert: files.cert,
          tlskey: files.key,
        }),
  };
}

/** Keys that daemon.json must not have, whoever set them: dockerd would obey them. */
export function forbiddenKeys({ files, configuredBy: place }: Listener): string[] {
  const tlsKeys = ["tlsverify", "tlscacert", "tlscert", "tlskey"];
  if (place === "socket") return ["hosts", "tls", ...tlsKeys];
  return [...(place === "command-line" ? ["hosts"] : []), ...(files === undefined ? tlsKeys : [])];
}

/** What dockerd's command line says of where it listens, last of all: of two flags the last one counts. */
export function listenerFlags(listener: Listener, local: readonly string[]): string[] {
  switch (listener.configuredBy) {
    case "daemon-json":
      return [];
    case "command-line":
      return hostsOf(listener, local).map((host) => `-H ${host}`);
    case "socket":
      return [...handedOver(local).map((host) => `-H ${host}`), ...tlsFlags(listener)];
  }
}

/** Once: whatever systemd holds for dockerd, it hands over with the first `fd://`. */
function handedOver(local: readonly string[]): string[] {
  return ["fd://", ...local.filter((host) => !host.startsWith("fd://"))];
}

/**
 * Flags that no daemon.json can take back: dockerd refuses to start on a file that has one of their keys. The first
 * is there twice, since a flag in front that lacks its value would take the next word for that.
 */
export function tlsFlags({ files }: Pick<Listener, "files">): string[] {
  return files === undefined
    ? []
    : [
        ...["--tls", "--tls", "--tlsverify"],
        ...tlsFiles.map((file) => `--tls${file === "ca" ? "cacert" : file}=${files[file]}`),
      ];
}

/** Whether only the machine itself can connect; then clients come through an SSH tunnel. */
export function isLocalOnly({ addresses }: Pick<Listener, "addresses">): boolean {
  return addresses.every(isLoopback);
}

/** Whether the API is reached over SSH alone: only the machine itself can connect, or a bastion is in between. */
export function isBehindSsh(
  listener: Pick<Listener, "addresses">,
  { bastion }: { readonly bastion?: unknown },
): boolean {
  return isLocalOnly(listener) || bastion !== undefined;
}

/** Those that a machine may not have, or not yet: dockerd starts only once it has all of them. systemd needs none. */
export function particularAddresses({
  addresses,
  configuredBy,
}: Pick<Listener, "addresses" | "configuredBy">): string[] {
  if (configuredBy === "socket") return [];
  return addresses.filter((address) => !isEveryAddress(address) && !isAlwaysThere(address));
}

/** Where a client connects to: over the network, or, at the end of a tunnel, on the machine itself. */
export function dialled(listener: Listener, address: string): string {
  return isLocalOnly(listener) ? (listener.addresses[0] ?? address) : address;
}

/** Names beside the machine's address by which clients may reach it, for its certificate. */
export function namesOf({ addresses }: Pick<Listener, "addresses">): string[] {
  return [
    ...addresses.filter((address) => !isEveryAddress(address)),
    ...(addresses.some(isLoopback) ? ["localhost"] : []),
  ];
}

/** Whether a listener on an address of the machine keeps dockerd from listening on the same port. */
export function isInTheWay(address: string, { addresses }: Pick<Listener, "addresses">): boolean {
  return [address, ...addresses].some(isEveryAddress) || addresses.includes(address);
}

export function isEveryAddress(address: string): boolean {
  return /^(0\.0\.0\.0|::)$/.test(ipaddr.parse(address).toString());
}

/** A machine without IPv6 has no ::1. */
const isAlwaysThere = (address: string): boolean =>
  isLoopback(address) && ipaddr.parse(address).kind() === "ipv4";

export function isLoopback(address: string): boolean {
  return ipaddr.parse(address).range() === "loopback";
}
