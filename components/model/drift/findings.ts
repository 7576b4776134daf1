import { pathName } from "../daemon-json/members.ts";
import { managedPaths } from "../daemon-json/merge.ts";
import type { DesiredHost } from "../desired/desired-host.ts";
import { repeatedPaths } from "../daemon-json/json-text.ts";
import { defaultPorts, dialled } from "../daemon-json/listener.ts";
import { dockerdListens, listeningSockets } from "../observed/listening-sockets.ts";
import type { MachineFacts } from "../observed/facts.ts";
import { oneLine } from "../problem.ts";
import type { EndpointProbe } from "../observed/endpoint-probe.ts";
import { bracketed } from "../address.ts";

/**
 * Seconds that a machine's clock may differ. A certificate counts from the second in which it is issued, so
 * a machine that is behind refuses a fresh one for as long; ahead, only logs are hard to read.
 */
const tolerance = { behind: 5, ahead: 60 };

/**
 * What is wrong and no converge can repair: reported, never a reason to act. `base` is daemon.json as it would be
 * without this program, whose own settings are no finding.
 */
export function findings(
  facts: MachineFacts,
  desired: DesiredHost,
  now: number,
  base = "",
): string[] {
  const behind = secondsBehind(facts, now);
  const { listener } = desired;
  // Where dockerd itself listens there, a converge closes it.
  const plain =
    listener.port !== defaultPorts["plain-tcp"] &&
    listeningSockets(facts).some(
      ({ port, isDockerd }) => port === defaultPorts["plain-tcp"] && !isDockerd,
    );
  return [
    ...(behind > tolerance.behind || -behind > tolerance.ahead
      ? [
          `clock: expected it at most ${String(tolerance.behind)} s behind this machine's or ` +
            `${String(tolerance.ahead)} s ahead, found it ${roughly(Math.abs(behind))} ` +
            `${behind > 0 ? "behind; it refuses a fresh certificate for as long" : "ahead"}; ` +
            "set up time synchronisation on the machine",
        ]
      : []),
    ...repeatedFindings(desired, base),
    ...(plain
      ? [
          "port 2375: expected no listener, found one; if it is a Docker API in plaintext, the network has " +
            "root on the machine; find out with `ss -ltnp` and stop it",
        ]
      : []),
  ];
}

/** Keys of others that stand twice. They are kept as they are; one of ours is written once anyway. */
function repeatedFindings({ listener, daemon }: DesiredHost, base: string): string[] {
  const ours = managedPaths(listener, daemon).map((path) => `${pathName(path)}.`);
  return repeatedPaths(base)
    .filter((path) => !ours.some((one) => one.startsWith(`${path}.`) || `${path}.`.startsWith(one)))
    .map(
      (path) =>
        `daemon.json: ${oneLine(path, 80)}: expected it once, found it again; dockerd takes the last; ` +
        "keep one of them",
    );
}

/** By how much the machine's clock is behind; negative where it is ahead. `now` is when it was asked. */
export function secondsBehind({ clock }: Pick<MachineFacts, "clock">, now: number): number {
  return Number.isFinite(clock) ? Math.floor(now) - clock : 0;
}

/** In steps: a finding that read differently at every look would be a change at every refresh. */
function roughly(seconds: number): string {
  if (seconds <= 60) return "some seconds";
  if (seconds < 600) return "more than a minute";
  if (seconds < 3600) return "more than ten minutes";
  return seconds < 86400 ? "more than an hour" : "more than a day";
}

/** Codes that a network or a firewall gives, and not what listens there. */
const noWay = ["ECONNREFUSED", "ETIMEDOUT", "EHOSTUNREACH", "ENETUNREACH", "ECONNRESET"];

/** A dockerd that listens but can't be reached from here: no converge opens a firewall. */
export function reachFindings(
  facts: MachineFacts,
  { listener }: DesiredHost,
  address: string,
  { code }: EndpointProbe,
): string[] {
  if (code === undefined || !noWay.includes(code) || !dockerdListens(facts, listener.port)) {
    return [];
  }
  const place = `${bracketed(dialled(listener, address))}:${String(listener.port)}`;
  return [
    `tcp ${place}: expected a way from here to dockerd, which listens there, found none (${code}); ` +
      "a firewall on the machine or in between blocks it; let this machine through",
  ];
}
