import { isListener, withoutFlags } from "./dockerd-flags.ts";
import { listenerFlags, type Listener } from "../daemon-json/listener.ts";
import { guardedStart, handedToDockerd } from "./api-socket.ts";
import { unitSettings, type UnitSetting } from "./unit-file.ts";
import { dropInPath, unusedSocket } from "../machine-paths.ts";

/**
 * The command line that docker.service would run without us, as `systemctl cat docker.service`
 * shows it: the last ExecStart of the vendor's unit and of foreign drop-ins. Undefined when no file
 * of the unit has one.
 */
export function foreignExecStart(unitText: string): string | undefined {
  return foreignCommand(unitText)?.value;
}

/** The same, with the file that sets it. */
export function foreignCommand(unitText: string): UnitSetting | undefined {
  const commands = unitSettings(unitText).filter(
    ({ file, key }) => key === "ExecStart" && file !== dropInPath,
  );
  const last = commands.at(-1);
  return last?.value === "" ? undefined : last;
}

/**
 * A unit's command line without the flags that say where dockerd listens and how: the same key in
 * daemon.json and on the command line is a start failure. Every other flag stays as it was written.
 */
export function withoutListenerFlags(command: string): string {
  return withoutFlags(command, ({ name }) => isListener(name));
}

/** Path of the dockerd that a command line starts, without systemd's prefixes (systemd.service(5)). */
export function executableOf(command: string): string {
  return command.replace(/^[@:+!-]*/, "").split(/\s/)[0] ?? "";
}

/**
 * Text of the drop-in for docker.service; the empty ExecStart clears the vendor's. Where daemon.json
 * says where dockerd listens no `-H` may, and the other way round. The TLS flags and what hands our socket over
 * stand and fall together.
 */
export function dropIn(
  foreignCommand: string,
  listener: Listener,
  local: readonly string[],
): string {
  const { configuredBy, socket } = listener;
  const isHeld = configuredBy === "socket";
  return [
    configuredBy === "daemon-json"
      ? "# Written by dockertls: daemon.json says where dockerd listens, so no -H flag may."
      : "# Written by dockertls: says where dockerd listens; daemon.json must not.",
    ...(isHeld ? ["[Unit]", ...guardedStart] : []),
    "[Service]",
    ...(isHeld ? handedToDockerd(listener) : []),
    // dockerd makes its socket, but no folder for it, and /run is empty after a boot.
    ...(socket === undefined || /^(\/var)?\/run\/[^/]+$/.test(socket)
      ? []
      : [`ExecStartPre=/bin/mkdir -p ${socket.replace(/\/[^/]*$/, "")}`]),
    "ExecStart=",
    `ExecStart=${[withoutListenerFlags(foreignCommand), ...listenerFlags(listener, local)].join(" ")}`,
    "",
  ].join("\n");
}

/**
 * Text of the drop-in for docker.socket where dockerd makes its own: systemd listens where nobody looks. Such a
 * dockerd takes the path over from systemd, which would hold clients that came in that moment in a
 * queue that nobody reads, at every start of docker.socket. systemd wants one listener at least.
 */
export const socketDropIn = [
  "# Written by dockertls: dockerd makes its own socket, so systemd must not listen in its place.",
  "[Socket]",
  "ListenStream=",
  `ListenStream=${unusedSocket}`,
  "SocketMode=0600",
  "",
].join("\n");

/**
 * Text of the drop-in that keeps systemd trying. The vendors' units give up after three starts within a
 * minute, and then dockerd is down for good: whoever has its port for these seconds, which any user of the
 * machine can take while dockerd restarts, would have ended it.
 */
export function restartDropIn({ configuredBy }: Pick<Listener, "configuredBy">): string {
  return [
    "# Written by dockertls: dockerd comes back by itself once what kept it from starting is gone.",
    "[Unit]",
    "StartLimitIntervalSec=0",
    ...(configuredBy === "socket" ? guardedStart : []),
    "[Service]",
    "Restart=always",
    "RestartSec=3",
    "",
  ].join("\n");
}
