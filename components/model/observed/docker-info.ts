import { isDeep } from "../daemon-json/json-text.ts";
import { inside } from "../json-value.ts";
import { fewLines, oneLine } from "../problem.ts";

/** The part of dockerd's `GET /info` that this program reads. */
export interface DaemonInfo {
  /** Host name that dockerd gives itself. */
  readonly name: string;
  readonly serverVersion: string;
  readonly operatingSystem: string;
  /** Whether live-restore is in effect. */
  readonly liveRestore: boolean;
  /** Whether this is a node of a Docker Swarm, which excludes live-restore. */
  readonly swarm: boolean;
  /** Paused ones included. */
  readonly containersRunning: number;
  /** Stopped ones as well. */
  readonly containers: number;
  readonly images: number;
  /** Registry mirrors in effect, as dockerd writes them: with a slash at the end. */
  readonly registryMirrors: readonly string[];
  /** The whole answer; drift/in-effect.ts judges other settings by it. */
  readonly whole: unknown;
}

/** Characters of a name that dockerd gives itself. */
const nameLimit = 120;
/** Characters of an answer of dockerd's; to `GET /info` it has some ten thousand. */
const answerLimit = 1024 * 1024;

/** What dockerd answered; undefined when the text is no JSON. */
export function readAnswer(text: string): unknown {
  if (text.length > answerLimit || isDeep(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** dockerd's answer to `GET /info`; undefined when the text is none. */
export function readInfo(text: string): DaemonInfo | undefined {
  const info = readAnswer(text);
  const name = inside(info, "Name");
  const serverVersion = inside(info, "ServerVersion");
  const operatingSystem = inside(info, "OperatingSystem");
  const liveRestore = inside(info, "LiveRestoreEnabled");
  const mirrors = inside(inside(info, "RegistryConfig"), "Mirrors");
  // A CLI whose daemon is down prints an info of its own, in which these are missing.
  if (typeof serverVersion !== "string" || typeof liveRestore !== "boolean") return undefined;
  const containersRunning = countOf(info, "ContainersRunning") + countOf(info, "ContainersPaused");
  return {
    name: oneLine(String(name), nameLimit),
    serverVersion: oneLine(serverVersion, nameLimit),
    operatingSystem: oneLine(String(operatingSystem), nameLimit),
    liveRestore,
    swarm: !["inactive", "", undefined].includes(
      inside(inside(info, "Swarm"), "LocalNodeState") as string | undefined,
    ),
    containersRunning,
    containers: Math.max(countOf(info, "Containers"), containersRunning),
    images: countOf(info, "Images"),
    registryMirrors: Array.isArray(mirrors) ? fewLines(mirrors.map(String)) : [],
    whole: info,
  };
}

function countOf(info: unknown, key: string): number {
  const count = inside(info, key);
  return typeof count === "number" ? count : 0;
}
