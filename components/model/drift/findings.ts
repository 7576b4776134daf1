import { pathName } from "../daemon-json/members.ts";
import { closedPort } from "../firewall/closed-port.ts";
import { managedPaths } from "../daemon-json/merge.ts";
import type { DesiredHost } from "../desired/desired-host.ts";
import { repeatedPaths } from "../daemon-json/json-text.ts";
import { defaultPorts, dialled } from "../daemon-json/listener.ts";
import { dockerdListens, listeningSockets } from "../observed/listening-sockets.ts";
import type { MachineFacts } from "../observed/facts.ts";
import { oneLine } from "../problem.ts";
import type { EndpointProbe } from "../observed/endpoint-probe.ts";
import { bracketed } from "../address.ts";
import type { Observation } from "./observation.ts";

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

/** Of those the ones that no machine gives where SSH gets through and nobody listens: it says so at once. */
const silence = ["ETIMEDOUT", "EHOSTUNREACH"];

/** Whether something keeps this machine from the port of dockerd, or from the one on which it is going to listen. */
export function isShutOut(
  facts: MachineFacts,
  { listener }: DesiredHost,
  address: string,
  { code = "" }: EndpointProbe,
): boolean {
  return dockerdListens(facts, listener.port)
    ? noWay.includes(code)
    : silence.includes(code) && dialled(listener, address) === address;
}

/** A dockerd that can't be reached from here: no converge opens a firewall. */
export function reachFindings(
  { facts, endpointProbe, firewall }: Pick<Observation, "facts" | "endpointProbe" | "firewall">,
  desired: DesiredHost,
  address: string,
): string[] {
  if (!isShutOut(facts, desired, address, endpointProbe)) return [];
  const { listener } = desired;
  const place = `${bracketed(dialled(listener, address))}:${String(listener.port)}`;
  const to = dockerdListens(facts, listener.port)
    ? "dockerd, which listens there"
    : "where dockerd is to listen";
  const { why, fix } = closedPort(firewall, listener.port, endpointProbe.code ?? "") ?? {
    why: "a firewall on the machine or in between blocks it",
    fix: "let this machine through",
  };
  return [
    `tcp ${place}: expected a way from here to ${to}, found none (${endpointProbe.code ?? ""}); ${why}; ${fix}`,
  ];
}
