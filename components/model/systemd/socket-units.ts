// What systemd listens on for dockerd, by the files of its socket units and by what it says of them.
import ipaddr from "ipaddr.js";
import { socketDropInPath } from "../machine-paths.ts";
import { unitSettings } from "./unit-file.ts";

/** A TCP address on which a socket unit listens. */
export interface TcpListen {
  /** An IP address; `::` is every one. */
  readonly address: string;
  readonly port: number;
}

/** Where docker.socket listens by everybody's files but ours, as ListenStream= names it (systemd.socket(5)). */
export function foreignListenStreams(socketText: string): string[] {
  return unitSettings(socketText)
    .filter(({ file, key }) => key === "ListenStream" && file !== socketDropInPath)
    .reduce<string[]>((streams, { value }) => (value === "" ? [] : [...streams, value]), [])
    .map((stream) => stream.replace(/^%t(?=\/)/, "/run"));
}

/** A stream that is a path; undefined where it is a port, an abstract socket or the like. */
export function pathIn(stream: string): string | undefined {
  return /^\/[A-Za-z0-9._/-]+$/.exec(stream)?.[0];
}

/** A stream that is a TCP port, on one address or on every one. */
export function tcpIn(stream: string): TcpListen | undefined {
  const [, address = "::", port] = /^(?:\[?([^\]/@]+?)\]?:)?(\d{1,5})$/.exec(stream) ?? [];
  return port === undefined || !ipaddr.isValid(address)
    ? undefined
    : { address: ipaddr.parse(address).toString(), port: Number(port) };
}

/** What `systemctl show -p Listen` says, such as `/run/docker.sock (Stream)`. */
export function streamsShown(shown: readonly string[]): string[] {
  return shown.flatMap((line) => /^(.+) \(Stream\)$/.exec(line)?.[1] ?? []);
}
