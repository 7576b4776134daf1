import ipaddr from "ipaddr.js";
import type { MachineFacts } from "./facts.ts";

/** A TCP port of a machine on which something listens. */
export interface ListeningSocket {
  /** IP address, `::` for every one; undefined where it can't be seen. */
  readonly address: string | undefined;
  readonly port: number;
  /** Whether it is the dockerd of docker.service. */
  readonly isDockerd: boolean;
  /** Who listens, as `nginx (pid 77)`; undefined where that can't be seen. */
  readonly program?: string;
}

/** Listening sockets, as `ss -Hltnp` prints them or, where there is no ss, /proc/net/tcp (proc(5)). */
export function listeningSockets(
  facts: Pick<MachineFacts, "listeners" | "unit">,
): ListeningSocket[] {
  // Another dockerd, in a container say, bears the same name.
  const mainPid = facts.unit.get("MainPID") ?? "0";
  const sign = mainPid === "0" ? '"dockerd"' : `,pid=${mainPid},`;
  return facts.listeners.split("\n").flatMap((line) => {
    const kernel = /^\s*\d+: [0-9A-F]+:([0-9A-F]{4}) \S+ (\S+)/.exec(line);
    if (kernel !== null) {
      const port = parseInt(kernel[1] ?? "", 16);
      return kernel[2] === "0A" ? [{ address: undefined, port, isDockerd: false }] : [];
    }
    const [, address = "", port] = /\s(\S+):(\d+)\s/.exec(line) ?? [];
    const [, name = "", pid = ""] = /users:\(\("([^"]*)",pid=(\d+)/.exec(line) ?? [];
    return port === undefined
      ? []
      : [
          {
            address: plainAddress(address),
            port: Number(port),
            isDockerd: line.includes(sign),
            ...(pid === "" ? {} : { program: `${name} (pid ${pid})` }),
          },
        ];
  });
}

/** `*`, `127.0.0.53%lo`, `[::1]` as ss writes them, as addresses. */
function plainAddress(text: string): string | undefined {
  if (text === "*") return "::";
  const bare = text.replace(/%[^\]]*/, "").replace(/^\[(.*)\]$/, "$1");
  return ipaddr.isValid(bare) ? ipaddr.parse(bare).toString() : undefined;
}

export function dockerdListens(facts: MachineFacts, port: number): boolean {
  return listeningSockets(facts).some((socket) => socket.port === port && socket.isDockerd);
}
