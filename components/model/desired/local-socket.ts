import { defaultSocket, type Listener } from "../daemon-json/listener.ts";
import { readSettings } from "../daemon-json/merge.ts";
import { flagsOf } from "../systemd/dockerd-flags.ts";
import { wordsOf } from "../systemd/words.ts";
import type { Baseline } from "./baseline.ts";

/** How clients on the machine itself reach dockerd. */
export interface LocalSocket {
  /** What stands for it in dockerd's `hosts`. */
  readonly hosts: readonly string[];
  /** Path where clients connect. */
  readonly path: string;
  /** Whether it is systemd's: such a one stays while dockerd restarts, and clients wait. */
  readonly isSystemds: boolean;
}

/**
 * As the configuration says; without a word of it, as the machine serves them by its own files: a container that
 * has mounted the socket keeps only the one that was there.
 */
export function localSocket(
  { socket }: Listener,
  { base, execStart, systemdSocket }: Baseline,
): LocalSocket {
  if (socket !== undefined) return ownSocket([`unix://${socket}`]);
  const hosts = localHosts(execStart, readSettings(base)["hosts"]).filter(
    (host) => !isOfSystemd(host) || systemdSocket !== "",
  );
  return hosts.some(isOfSystemd)
    ? { hosts, path: systemdSocket, isSystemds: true }
    : ownSocket(hosts.length === 0 ? [`unix://${defaultSocket}`] : hosts);
}

/** Hosts of a command line and of a daemon.json that only clients on the machine can reach. */
export function localHosts(command: string, hosts: unknown): string[] {
  const flags = flagsOf(wordsOf(command).map(({ text }) => text));
  const named = [
    ...(Array.isArray(hosts) ? hosts.map(String) : []),
    ...flags.flatMap(({ name, value }) => (name === "host" && value !== undefined ? [value] : [])),
  ];
  return named.filter((host) => isOfSystemd(host) || unixPath(host) !== undefined);
}

/** Paths on which a dockerd with this command line and these `hosts` makes sockets for local clients. */
export function socketPaths(command: string, hosts: unknown): string[] {
  return localHosts(command, hosts).flatMap((host) => unixPath(host) ?? []);
}

function ownSocket(hosts: readonly string[]): LocalSocket {
  return { hosts, path: hosts.map(unixPath).find(Boolean) ?? defaultSocket, isSystemds: false };
}

/** Whether a host is what systemd hands over. */
export const isOfSystemd = (host: string): boolean => host.startsWith("fd://");

/** Path of a plain `unix://PATH`, by dockerd's default where it names none. */
function unixPath(host: string): string | undefined {
  const path = /^unix:\/\/([A-Za-z0-9._/-]*)$/.exec(host)?.[1];
  return path === "" ? defaultSocket : path;
}
