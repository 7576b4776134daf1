import { isInTheWay, type Listener } from "../daemon-json/listener.ts";
import type { MachineFacts } from "../observed/facts.ts";
import { listeningSockets } from "../observed/listening-sockets.ts";
import { oneLine, type Problem } from "../problem.ts";
import { tcpIn } from "../systemd/socket-units.ts";

/**
 * Why dockerd can't listen where it should: another program does. Only one that the machine names is told; check_port
 * in remote/preconditions.sh asks again before the first touch.
 */
export function portProblem(
  facts: MachineFacts,
  listener: Pick<Listener, "addresses" | "port">,
): Problem | undefined {
  const { isActive, streams } = facts.apiUnits;
  const isHeldByUs = isActive && streams.some((stream) => tcpIn(stream)?.port === listener.port);
  const program = listeningSockets(facts).find(
    ({ address, port, isDockerd, program: name }) =>
      port === listener.port &&
      !isDockerd &&
      name !== undefined &&
      !(isHeldByUs && name.startsWith("systemd ")) &&
      address !== undefined &&
      isInTheWay(address, listener),
  )?.program;
  if (program === undefined) return undefined;
  return {
    where: `port ${String(listener.port)}`,
    what: `${oneLine(program, 80)} listens there`,
    why: "dockerd cannot listen there as well",
    fix: `stop it or choose another port, by the host's \`port\` or dockertls:tls.port${unitHint(program)}`,
  };
}

/** What runs a program, as a socket unit of systemd's does. */
function unitHint(program: string): string {
  const pid = /\(pid (\d+)\)/.exec(program)?.[1];
  if (pid === undefined) return "";
  const command = pid === "1" ? "systemctl list-sockets" : `systemctl status ${pid}`;
  return `; \`${command}\` on the machine names its unit`;
}
