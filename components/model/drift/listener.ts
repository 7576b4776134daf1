import { defaultPorts, isEveryAddress, type Listener } from "../daemon-json/listener.ts";
import { listeningSockets, type ListeningSocket } from "../observed/listening-sockets.ts";
import type { MachineFacts } from "../observed/facts.ts";

/** Where dockerd listens over the network, compared with where it should. */
export function listenerDrift(facts: MachineFacts, { addresses, port }: Listener): string[] {
  if (facts.unit.get("ActiveState") !== "active") return [];
  const sockets = listeningSockets(facts);
  const here = sockets.filter((socket) => socket.port === port);
  const place = `port ${String(port)}`;
  const missing = addresses.filter((address) => !here.some((socket) => covers(socket, address)));
  const elsewhere = here.filter(
    (socket) =>
      socket.isDockerd &&
      socket.address !== undefined &&
      !addresses.some((address) => isSame(socket.address, address)),
  );
  const other = sockets.filter(
    (socket) =>
      socket.isDockerd && socket.port !== port && Object.values(defaultPorts).includes(socket.port),
  );
  return [
    ...(here.length === 0 ? [`${place}: expected dockerd, found no listener`] : []),
    ...(here.length > 0 && missing.length > 0
      ? [`${place}: expected dockerd on ${missing.join(", ")}, found none there`]
      : []),
    ...elsewhere.map(
      ({ address = "" }) =>
        `${place}: expected dockerd on ${addresses.join(", ")}, found it on ${address}`,
    ),
    ...other.map(
      (socket) => `port ${String(socket.port)}: expected no dockerd, found it listening`,
    ),
  ];
}

function covers({ address }: ListeningSocket, wanted: string): boolean {
  return address === undefined || isSame(address, wanted) || isEveryAddress(address);
}

function isSame(found: string | undefined, wanted: string): boolean {
  if (found === undefined) return true;
  return found === wanted || (isEveryAddress(found) && isEveryAddress(wanted));
}
