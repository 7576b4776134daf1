// Sockets of systemd that would keep dockerd from listening, or would be served along with it.
import { isInTheWay, type Listener } from "../daemon-json/listener.ts";
import { readSettings } from "../daemon-json/merge.ts";
import type { Baseline } from "../desired/baseline.ts";
import type { DesiredHost } from "../desired/desired-host.ts";
import { isOfSystemd, localHosts, localSocket } from "../desired/local-socket.ts";
import { dockerSocketStreams } from "../observed/docker-socket.ts";
import type { MachineFacts } from "../observed/facts.ts";
import type { Problem } from "../problem.ts";
import { apiSocketUnit } from "../systemd/api-socket.ts";
import { type TcpListen, tcpIn } from "../systemd/socket-units.ts";

/** A TCP socket that systemd holds for dockerd. */
interface HeldSocket extends TcpListen {
  readonly unit: string;
  readonly stream: string;
}

/**
 * Why dockerd could not listen on its port, or would serve another one in plaintext: with `fd://` it serves
 * everything that systemd hands over, with TLS or without as on its own port.
 */
export function socketUnitsProblem(
  facts: MachineFacts,
  { listener }: DesiredHost,
  baseline: Baseline,
): Problem | undefined {
  const streams = dockerSocketStreams(facts);
  if (isUnreachable(streams, listener, baseline)) return noPath(streams);
  const [changed] = listener.configuredBy === "socket" ? facts.apiUnits.dropIns : [];
  if (changed !== undefined) return changesOurs(changed);
  const { isSystemds } = localSocket(listener, baseline);
  const ofDocker = isSystemds ? heldBy("docker.socket", streams) : [];
  const held = [
    ...ofDocker,
    ...facts.otherSockets.flatMap(({ name, listens, streams }) =>
      listens ? heldBy(name, streams) : [],
    ),
  ];
  const onOurs = held.find(
    ({ address, port }) => port === listener.port && isInTheWay(address, listener),
  );
  if (onOurs !== undefined) return portIsHeld(onOurs, listener);
  const [other] = listener.api === "plain-tcp" && isSystemds ? held : [];
  return other === undefined ? undefined : wouldBeOpen(other);
}

/** A docker.socket that dockerd is told to take, and that has no path. */
function isUnreachable(
  streams: readonly string[],
  { socket }: Listener,
  { base, execStart, systemdSocket }: Baseline,
): boolean {
  return (
    socket === undefined &&
    systemdSocket === "" &&
    streams.length > 0 &&
    localHosts(execStart, readSettings(base)["hosts"]).some(isOfSystemd)
  );
}

function noPath(streams: readonly string[]): Problem {
  return {
    where: "docker.socket",
    what: `listens on no path (${streams.map((stream) => `ListenStream=${stream}`).join(", ")})`,
    why: "this program asks dockerd on the machine by one, as its other clients do",
    fix: "add ListenStream=/run/docker.sock to it on the machine, or set `socket`",
  };
}

function changesOurs(file: string): Problem {
  return {
    where: file,
    what: `changes ${apiSocketUnit}, or the unit that guards it`,
    why: "with another text they may hand dockerd a port that it serves in plaintext",
    fix: "remove it on the machine",
  };
}

function heldBy(unit: string, streams: readonly string[]): HeldSocket[] {
  return streams.flatMap((stream) => {
    const tcp = tcpIn(stream);
    return tcp === undefined ? [] : [{ ...tcp, unit, stream }];
  });
}

function portIsHeld({ unit, stream }: HeldSocket, { port }: Listener): Problem {
  return {
    where: unit,
    what: `listens on port ${String(port)} (ListenStream=${stream})`,
    why: "systemd holds the port, and dockerd would not start on one that is in use",
    fix: `${withoutIt(unit, stream)}, or choose another port`,
  };
}

function wouldBeOpen({ unit, stream }: HeldSocket): Problem {
  return {
    where: unit,
    what: `hands dockerd a socket on the network (ListenStream=${stream})`,
    why: "with `api: plain-tcp` dockerd would serve it in plaintext as well",
    fix: `${withoutIt(unit, stream)}, or set \`socket\`, with which dockerd takes none from systemd`,
  };
}

function withoutIt(unit: string, stream: string): string {
  return unit === "docker.socket"
    ? `take ListenStream=${stream} out of it on the machine`
    : `run \`systemctl disable --now ${unit}\` on the machine`;
}
