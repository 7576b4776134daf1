import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Remote programs: the functions that they share come first, each in a file of its own. */
const parts = {
  probe: ["run.sh", "paths.sh", "state.sh", "docker.sh", "probe.sh"],
  apply: [...changing(), "paths.sh", "effect.sh", "apply.sh"],
  remove: [...changing(), "remove.sh"],
} as const;

/** Those of the programs that change a machine. */
function changing(): readonly string[] {
  return [
    ...["run.sh", "state.sh", "ownership.sh", "docker.sh", "docker-socket.sh"],
    ...["containers.sh", "swap.sh"],
  ];
}

/** Text of a remote program. It is a resource input: editing a script is a deployment. */
export function remoteProgram(name: keyof typeof parts): string {
  return parts[name]
    .map((file) => readFileSync(join(import.meta.dirname, file), "utf8"))
    .join("\n");
}
