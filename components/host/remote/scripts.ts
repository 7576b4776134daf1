import { readFileSync } from "node:fs";
import { join } from "node:path";
import { sha256 } from "../../model/digest.ts";

/** What more than one script begins with. */
const seen = ["saved-state.sh", "dependents.sh", "unit.sh", "docker-api.sh", "paths.sh"];

/** The scripts that run on a machine, each put together from parts, from the ground up. */
const parts = {
  /** Reads a machine and changes nothing; sent for each look. */
  probe: ["environment.sh", ...seen, "looking.sh", "docker-units.sh", "probe.sh"],
  /** Says who uses dockerd at this moment, and changes nothing; sent for a plan. */
  census: [
    "environment.sh",
    "saved-state.sh",
    "docker-api.sh",
    "paths.sh",
    "looking.sh",
    "docker-units.sh",
    "census.sh",
  ],
  /** Says who failed to get in, and changes nothing; sent for the status of a rotation. */
  handshakes: [
    "environment.sh",
    "saved-state.sh",
    "paths.sh",
    "looking.sh",
    "docker-units.sh",
    "handshakes.sh",
  ],
  /** Says which firewall closes a port, and changes nothing; sent where one does not answer. */
  firewall: ["environment.sh", "looking.sh", "firewall.sh"],
  /** Puts the next one on a machine; sent when that is missing there. */
  install: ["environment.sh", "lock.sh", "install-script.sh"],
  /** Changes a machine and restores it; lies there as a file. */
  machine: [
    ...["environment.sh", "lock.sh", "run.sh", "envelope.sh", ...seen, "files.sh", "journal.sh"],
    ...["ownership.sh", "leftovers.sh", "transaction.sh", "snapshot.sh"],
    ...["preconditions.sh", "validate.sh", "desired-state.sh", "stage.sh", "install-files.sh"],
    ...[
      "reload.sh",
      "containers.sh",
      "taken-along.sh",
      "storage-location.sh",
      "health-check.sh",
      "restart.sh",
      "autostart.sh",
    ],
    ...["effect.sh", "rollback.sh", "record.sh", "original-state.sh", "revise-undo.sh"],
    ...["apply.sh", "remove.sh", "script.sh"],
  ],
} as const;

export type RemoteScript = keyof typeof parts;

/** Text of a remote script, without the call that starts it. */
export function remoteScript(name: RemoteScript): string {
  return parts[name]
    .map((file) => readFileSync(join(import.meta.dirname, file), "utf8"))
    .join("\n");
}

/** An edited script does nothing; one that was cut short is an incomplete group of commands and does not even begin. */
const wholeness =
  'case "$(readlink -f "$0")" in *-"$(sha256sum <"$0" | cut -c 1-64)") ;; ' +
  '*) echo "$0: was changed; nothing was touched; run pulumi up, which replaces it" >&2; exit 10 ;; esac';

let text: string | undefined;
let digest: string | undefined;

/**
 * The script that lies on a machine: one group of commands, so that a shell reads all of it before it runs any.
 * Editing a part changes the digest, and so is a deployment.
 */
export function machineScript(): { readonly text: string; readonly digest: string } {
  text ??= `{\n${wholeness}\n${remoteScript("machine").trimEnd()}\nmain "$@"\nexit\n}\n`;
  digest ??= sha256(text);
  return { text, digest };
}

/**
 * What puts it on a machine, as the standard input of `remoteShell`.
 * @param where `used`: only on a machine that has our folder.
 */
export function installation(where: "anywhere" | "used"): string {
  const script = machineScript();
  const call = `install_script ${script.digest} ${where} <<'DOCKERTLS_SCRIPT'`;
  return `{\n${remoteScript("install")}\n${call}\n${script.text}DOCKERTLS_SCRIPT\n}\n`;
}
