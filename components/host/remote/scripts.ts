import { readFileSync } from "node:fs";
import { join } from "node:path";
import { sha256 } from "../../model/digest.ts";

/** Scripts that run on a machine, each put together from these files. */
const parts = {
  /** Reads a machine and changes nothing; sent for each look. */
  probe: ["run.sh", "paths.sh", "state.sh", "docker.sh", "probe.sh"],
  /** Puts the next one on a machine; sent when that is missing there. */
  install: ["install.sh"],
  /** Changes and restores a machine; lies there as a file. */
  machine: [
    ...["run.sh", "state.sh", "ownership.sh", "docker.sh", "docker-socket.sh", "containers.sh"],
    ...["swap.sh", "paths.sh", "effect.sh", "apply.sh", "remove.sh", "script.sh"],
  ],
} as const;

export type RemoteScript = keyof typeof parts;

/** Text of a remote script, without the call that starts it. */
export function remoteScript(name: RemoteScript): string {
  return parts[name]
    .map((file) => readFileSync(join(import.meta.dirname, file), "utf8"))
    .join("\n");
}

/** A script that was edited refuses to run; one that was cut short is no whole group of commands, and does not start. */
const wholeness =
  'case "$(readlink -f "$0")" in *-"$(sha256sum <"$0" | cut -c 1-64)") ;; ' +
  '*) echo "$0: was changed; nothing was touched; run pulumi up, which puts it right" >&2; exit 10 ;; esac';

let text: string | undefined;
let digest: string | undefined;

/**
 * The script that lies on a machine, whole: a shell reads all of it before it runs any. Editing one of its
 * parts is another digest, and so a deployment.
 */
export function machineScript(): { readonly text: string; readonly digest: string } {
  text ??= `{\n${wholeness}\n${remoteScript("machine").trimEnd()}\nmain "$@"\nexit\n}\n`;
  digest ??= sha256(text);
  return { text, digest };
}

/**
 * What puts it on a machine, as the standard input of `remoteShell`.
 * @param where `used`: only on a machine with a folder of ours.
 */
export function installation(where: "anywhere" | "used"): string {
  const script = machineScript();
  const call = `install_script ${script.digest} ${where} <<'DOCKERTLS_SCRIPT'`;
  return `{\n${remoteScript("install")}\n${call}\n${script.text}DOCKERTLS_SCRIPT\n}\n`;
}
