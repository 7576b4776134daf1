import { foreignListenStreams, pathIn } from "../systemd/socket-units.ts";
import type { MachineFacts } from "./facts.ts";

/**
 * Path on which systemd listens for dockerd by the machine's own files; "" where it has no docker.socket that
 * comes up with dockerd.
 */
export function systemdSocketOf(facts: MachineFacts): string {
  return dockerSocketStreams(facts).map(pathIn).find(Boolean) ?? "";
}

/** Where docker.socket listens by the machine's own files, where it comes up with dockerd. */
export function dockerSocketStreams({ unit, dockerSocket, socketText }: MachineFacts): string[] {
  const isRequired = (unit.get("Requires") ?? "").split(" ").includes("docker.socket");
  const comesUp = isRequired || (dockerSocket.get("UnitFileState") ?? "").startsWith("enabled");
  return dockerSocket.get("LoadState") === "loaded" && comesUp
    ? foreignListenStreams(socketText)
    : [];
}
