import type { ResourceValidationPolicy } from "@pulumi/policy";
import ipaddr from "ipaddr.js";
import { isEveryAddress, isLoopback } from "../components/model/daemon-json/listener.ts";
import { formatProblem } from "../components/model/problem.ts";
import { eachMachine, settingOf } from "./machines.ts";

interface Config {
  /** Networks that dockerd may listen in, such as `10.0.0.0/8`. */
  readonly allowed: readonly string[];
}

export const listenAddresses: ResourceValidationPolicy = {
  name: "listen-addresses",
  description: "dockerd listens in the networks that are allowed, and on loopback.",
  enforcementLevel: "mandatory",
  configSchema: {
    properties: {
      allowed: {
        type: "array",
        items: { type: "string", pattern: "^[0-9a-fA-F.:]+/[0-9]{1,3}$" },
        default: ["0.0.0.0/0", "::/0"],
      },
    },
  },
  validateResource: eachMachine((machine, settings) => {
    const { allowed } = settings.getConfig<Config>();
    const networks = allowed.map(networkIn);
    return machine.desired.listener.addresses
      .filter((address) => !isAllowed(address, networks))
      .map((address) => ({
        where: settingOf(machine, "listen"),
        what: isEveryAddress(address)
          ? `dockerd listens on every address of the machine (${address})`
          : `dockerd listens on ${address}`,
        why: `the policy allows ${allowed.length === 0 ? "loopback alone" : allowed.join(", ")}`,
        fix: "write the addresses of the machine that lie there, or 127.0.0.1 and an SSH tunnel",
      }));
  }),
};

type Network = readonly [ipaddr.IPv4 | ipaddr.IPv6, number];

function networkIn(text: string): Network {
  if (ipaddr.isValidCIDR(text)) return ipaddr.parseCIDR(text);
  throw new Error(
    formatProblem({
      where: "listen-addresses.allowed",
      what: `"${text}" is no network`,
      why: "addresses can't be compared with it",
      fix: "write an address and the length of its prefix, such as 10.0.0.0/8",
    }),
  );
}

function isAllowed(text: string, networks: readonly Network[]): boolean {
  if (isLoopback(text)) return true;
  // Only a network that is all of them holds every address.
  if (isEveryAddress(text)) return networks.some(([, length]) => length === 0);
  const address = ipaddr.process(text);
  return networks.some(
    ([network, length]) => network.kind() === address.kind() && address.match(network, length),
  );
}
