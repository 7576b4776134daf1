// Who uses a machine's dockerd at one moment; see remote/census.sh.
import ipaddr from "ipaddr.js";
import { parseAnswer } from "../envelope.ts";
import { oneLine } from "../problem.ts";
import { readInfo } from "./docker-info.ts";

/** A container that runs, paused ones included. */
export interface RunningContainer {
  readonly name: string;
  /** Whether this dockerd removes it when it restarts: it was started with `--rm`, and dockerd is older than 24.0. */
  readonly isRemoved: boolean;
}

/** Who has connections open to the API's port. */
export interface ApiClient {
  /** Its IP address. */
  readonly address: string;
  readonly connections: number;
}

export interface Census {
  /** Undefined where dockerd could not be asked. */
  readonly containers: readonly RunningContainer[] | undefined;
  /** Why it could not; empty where it could. */
  readonly silence: string;
  /** Whether this is a node of a Docker Swarm, which excludes live-restore. */
  readonly swarm: boolean;
  /** Undefined where the machine does not show them. */
  readonly clients: readonly ApiClient[] | undefined;
}

/** Characters of a name that others gave. */
const nameLimit = 80;

/** What remote/census.sh printed; undefined when the answer was cut short. A machine may send anything. */
export function readCensus(answer: string, boundary: string): Census | undefined {
  const values = parseAnswer(answer, boundary);
  if (values === undefined) return undefined;
  const listed = values.get("containers");
  const connections = values.get("connections");
  const removed = new Set((values.get("removed") ?? "").split("\n"));
  const silence = oneLine(values.get("silence") ?? "", nameLimit);
  return {
    containers: listed === undefined ? undefined : containersIn(listed, removed),
    silence: listed === undefined && silence === "" ? "the machine did not say" : silence,
    swarm: readInfo(values.get("docker_info") ?? "")?.swarm ?? false,
    clients: connections === undefined ? undefined : clientsIn(connections),
  };
}

/**
 * In dockerd's list, as `GET /containers/json` has it. A quote inside a string is escaped there, so no label can look
 * like one. A container that others are linked to has their names for it as well, `/other/alias`.
 */
function containersIn(text: string, removed: ReadonlySet<string>): RunningContainer[] {
  return [...text.matchAll(/"Id":"([0-9a-f]{12,64})","Names":\[([^\]]*)\]/g)]
    .map(([, id = "", names = ""]) => {
      const [, name = ""] = /"\/([^"/]+)"/.exec(names) ?? [];
      return { name: oneLine(name, nameLimit) || id.slice(0, 12), isRemoved: removed.has(id) };
    })
    .sort((one, other) => (one.name < other.name ? -1 : 1));
}

/** A line each: how many, and the address. */
function clientsIn(text: string): ApiClient[] {
  const counts = new Map<string, number>();
  for (const line of text.split("\n")) {
    const [, count = "", hex = ""] = /^\s*(\d{1,9}) ((?:[0-9A-F]{8}){1,4})$/.exec(line) ?? [];
    const address = addressOf(hex);
    // One that speaks IPv4 to a socket for both counts as the same.
    if (address !== undefined) counts.set(address, (counts.get(address) ?? 0) + Number(count));
  }
  return [...counts].map(([address, connections]) => ({ address, connections }));
}

/** As /proc/net/tcp has it: words of 32 bits, each with its lowest byte first. */
function addressOf(hex: string): string | undefined {
  if (hex.length !== 8 && hex.length !== 32) return undefined;
  const words = hex.match(/.{8}/g) ?? [];
  const bytes = words.flatMap((word) => [...Buffer.from(word, "hex").reverse()]);
  return ipaddr.process(ipaddr.fromByteArray(bytes).toString()).toString();
}
