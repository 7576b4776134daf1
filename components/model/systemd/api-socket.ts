// The socket unit of ours that holds the API's port, and what keeps it from ever being served in plaintext.
import { bracketed } from "../address.ts";
import { isEveryAddress, type Listener, tlsFlags } from "../daemon-json/listener.ts";
import { apiGuardPath, apiSocketPath } from "../machine-paths.ts";

/** Names of the two units. */
export const apiSocketUnit = apiSocketPath.slice(apiSocketPath.lastIndexOf("/") + 1);
export const apiGuardUnit = apiGuardPath.slice(apiGuardPath.lastIndexOf("/") + 1);

/** Where it listens, as ListenStream= names it (systemd.socket(5)). */
export function apiStreams({ addresses, port }: Pick<Listener, "addresses" | "port">): string[] {
  return addresses.map((address) =>
    isEveryAddress(address) ? String(port) : `${bracketed(address)}:${String(port)}`,
  );
}

/**
 * Text of the socket unit. It has no [Install] and no `Service=docker.service`: only the drop-in that brings the TLS
 * flags hands it to dockerd, so without that drop-in dockerd gets nothing of it, at boot as well. What systemd
 * starts by itself when somebody connects is the guard.
 */
export function apiSocket(listener: Listener): string {
  return [
    "# Written by dockertls: systemd holds the port of the Docker API, so clients wait while dockerd restarts.",
    "[Unit]",
    "Description=Docker API over mutual TLS",
    "[Socket]",
    ...apiStreams(listener).map((stream) => `ListenStream=${stream}`),
    "BindIPv6Only=both",
    "FreeBind=yes",
    "",
  ].join("\n");
}

/**
 * Command that runs before dockerd starts: what systemd is about to start has to end in our TLS flags; otherwise the
 * port is closed first. It is closed as well when somebody connects and no dockerd is there or about to start.
 * Where that fails, dockerd does not start. A start that was asked for in between is not undone by a stop that was
 * decided before it (`--job-mode=fail`): it is looked at once more.
 */
function closeUnlessTls(listener: Listener): string {
  const speaksTls = `*" ${tlsFlags(listener).join(" ")} ; ignore_errors="*`;
  const closed = `{ echo "port ${String(listener.port)} is closed, since no dockerd is there to speak TLS on it"; exit 0; }`;
  const command = [
    "look() { seen=$$(systemctl show -p ExecStart,ActiveState,Job docker.service)",
    `case $$seen in *ActiveState=active*|*ActiveState=activating*|*Job=[1-9]*) case $$seen in ${speaksTls}) exit 0;; esac;; esac; }`,
    "look",
    `systemctl stop --job-mode=fail ${apiSocketUnit} && ${closed}`,
    "look",
    `systemctl stop ${apiSocketUnit} && ${closed}`,
  ];
  return `/bin/sh -c '${command.join("; ")}'`;
}

/** Text of the guard, which docker.service requires, and which systemd starts when somebody connects. */
export function apiGuard(listener: Listener): string {
  return [
    "# Written by dockertls: no dockerd gets the port of the API unless it starts with TLS.",
    "[Unit]",
    `Description=Close the port of ${apiSocketUnit} unless dockerd starts with TLS`,
    `After=${apiSocketUnit}`,
    "Before=docker.service",
    "StartLimitIntervalSec=0",
    "[Service]",
    "Type=oneshot",
    `ExecStart=${closeUnlessTls(listener)}`,
    "",
  ].join("\n");
}

/**
 * What both of our drop-ins for docker.service say in [Unit], so that the guard stays where one of them goes. No
 * later drop-in can take it back.
 */
export const guardedStart = [`Requires=${apiGuardUnit}`, `After=${apiGuardUnit}`];

/**
 * What hands the socket to dockerd, in [Service]. It brings a guard of its own, for a start that passes over
 * what the unit requires (`systemctl --job-mode=ignore-dependencies`).
 */
export function handedToDockerd(listener: Listener): string[] {
  return [`Sockets=${apiSocketUnit}`, `ExecStartPre=+${closeUnlessTls(listener)}`];
}
