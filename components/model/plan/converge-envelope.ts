import { recordedPath } from "../daemon-json/members.ts";
import { restartSettings, stickyKeys } from "../daemon-json/change.ts";
import { readSettings } from "../daemon-json/merge.ts";
import { takenPaths, type DesiredHost } from "../desired/desired-host.ts";
import { daemonJsonMode, desiredFiles } from "../desired/desired-files.ts";
import { digestOf } from "../digest.ts";
import { keepsContainers } from "../systemd/dockerd-flags.ts";
import type { Envelope } from "../envelope.ts";
import { foreignWords } from "../daemon-json/foreign-words.ts";
import type { Baseline } from "../desired/baseline.ts";
import type { Listener, TlsFile } from "../daemon-json/listener.ts";
import type { Repair } from "./repair.ts";
import { bridge, undoFiles } from "./undo.ts";
import { localSocket, socketPaths } from "../desired/local-socket.ts";

/** Everything that remote/apply.sh works on. `contents` are those of the TLS files, the key among them. */
export function convergeEnvelope(
  desired: DesiredHost,
  baseline: Baseline,
  contents: Readonly<Record<TlsFile, string>> | undefined,
  repair: Repair,
): Envelope {
  const { listener } = desired;
  const files = desiredFiles(desired, baseline);
  const local = localSocket(listener, baseline);
  const settings = readSettings(files.daemonJson);
  const current = readSettings(baseline.current);
  const words = foreignWords([baseline.base, baseline.current], [desired.daemon]);
  const liveRestore = settings["live-restore"] === true;
  const currentLiveRestore = keepsContainers(baseline.execStart, current);
  const undoLiveRestore = keepsContainers(baseline.execStart, readSettings(baseline.base));
  return {
    settings: {
      owner: desired.owner,
      api: listener.api,
      ...tlsPaths(listener),
      port: String(listener.port),
      addresses: listener.addresses.join(" "),
      socket: local.path,
      socket_of: local.isSystemds ? "systemd" : "dockerd",
      present_sockets: socketPaths(baseline.execStart, current["hosts"]).join(" "),
      base_sha: baseline.baseSha,
      restart: digestOf(restartSettings(settings)),
      sticky: stickyKeys(settings).join(" "),
      live_restore: String(liveRestore),
      current_live_restore: String(currentLiveRestore),
      undo_live_restore: String(undoLiveRestore),
      managed: takenPaths(desired, baseline.base).map(recordedPath).sort().join(" "),
      repair: repair.id,
      repair_effect: repair.effect,
      repair_from: repair.from,
      allow_container_restart: String(desired.allowContainerRestart),
      // With too many words to mask, what dockerd says is not shown at all.
      hidden: String(desired.daemonIsSecret || words === undefined),
      foreign_words: (words ?? []).join(" "),
    },
    files: [
      ...(contents === undefined
        ? []
        : [
            { name: "ca.pem", mode: "0444", content: contents.ca },
            { name: "cert.pem", mode: "0444", content: contents.cert },
            { name: "key.pem", mode: "0400", content: contents.key },
          ]),
      {
        name: "daemon.json",
        mode: `0${daemonJsonMode(desired).toString(8)}`,
        content: files.daemonJson,
      },
      { name: "dropin.conf", mode: "0644", content: files.dropIn },
      ...(files.socketDropIn === undefined
        ? []
        : [{ name: "socket.conf", mode: "0644", content: files.socketDropIn }]),
      { name: "restart.conf", mode: "0644", content: files.restartDropIn },
      ...(files.apiUnits === undefined
        ? []
        : [
            { name: "api.socket", mode: "0644", content: files.apiUnits.socket },
            { name: "api.service", mode: "0644", content: files.apiUnits.guard },
          ]),
      { name: "base.json", mode: "0600", content: baseline.base },
      { name: "current.json", mode: "0600", content: baseline.current },
      ...(liveRestore ? [] : bridge("daemon", files.daemonJson)),
      ...(currentLiveRestore ? [] : bridge("current", baseline.current)),
      ...(baseline.edited ? undoFiles(baseline.base, undoLiveRestore) : []),
    ],
  };
}

/** Where the TLS files of a machine belong, in the words of the remote scripts. */
export function tlsPaths({ files }: Listener): Readonly<Record<string, string>> {
  return files === undefined
    ? {}
    : { ca_path: files.ca, cert_path: files.cert, key_path: files.key };
}
