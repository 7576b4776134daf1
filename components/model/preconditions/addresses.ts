// Addresses on which dockerd is to listen and cannot.
import ipaddr from "ipaddr.js";
import { isLoopback, particularAddresses, type Listener } from "../daemon-json/listener.ts";
import type { DesiredHost } from "../desired/desired-host.ts";
import type { InterfaceAddress, MachineFacts } from "../observed/facts.ts";
import { fewLines, type Problem } from "../problem.ts";

/** Bridges that dockerd makes itself, once it runs. */
const madeByDocker = /^(docker0|docker_gwbridge|br-[0-9a-f]{12})$/;

/** Why dockerd would not start, at once or after the next boot, on the addresses of `listen`. */
export function addressesProblem(
  { addresses, namedBridges }: Pick<MachineFacts, "addresses" | "namedBridges">,
  { listener }: DesiredHost,
): Problem | undefined {
  if (addresses === undefined) return undefined;
  const absent = missingAddress({ addresses }, listener);
  if (absent !== undefined) return missing(absent, addresses);
  const own = addresses.find(
    ({ address, interfaceName }) =>
      (madeByDocker.test(interfaceName) || namedBridges.includes(interfaceName)) &&
      particularAddresses(listener).map(normal).includes(address),
  );
  return own === undefined ? undefined : circular(own.address, own.interfaceName);
}

/** The first address of a listener that the machine does not have. */
export function missingAddress(
  { addresses }: Pick<MachineFacts, "addresses">,
  listener: Pick<Listener, "addresses" | "configuredBy">,
): string | undefined {
  return particularAddresses(listener).find(
    (wanted) => addresses?.some(({ address }) => address === normal(wanted)) === false,
  );
}

const normal = (address: string): string => ipaddr.parse(address).toString();

function missing(wanted: string, addresses: readonly InterfaceAddress[]): Problem {
  const usable = addresses.filter(
    ({ interfaceName, address }) => !isLoopback(address) && !madeByDocker.test(interfaceName),
  );
  return {
    where: "listen",
    what: `names ${wanted}, which this machine does not have now`,
    why: "dockerd does not start on an address that is not there",
    fix: `write one that it has (${fewLines(usable.map(({ address }) => address)).join(", ")}), or bring that one up`,
  };
}

function circular(wanted: string, interfaceName: string): Problem {
  return {
    where: "listen",
    what: `names ${wanted}, the address of ${interfaceName}`,
    why: "dockerd itself makes that network once it runs, so after the next boot it could never start",
    fix: "take it out; containers reach the API by any other address of the machine",
  };
}
