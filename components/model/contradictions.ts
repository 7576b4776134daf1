import ipaddr from "ipaddr.js";
import type { Lifetimes } from "./certificates.ts";
import type { HostConfiguration } from "./configuration.ts";
import { configurationNamespace } from "./configuration-problems.ts";
import type { Problem } from "./problem.ts";

/** One spelling of an address: IPv6 in short, IPv4 in IPv6 as itself, names in lower case. */
function spelled(address: string): string {
  return ipaddr.isValid(address) ? ipaddr.process(address).toString() : address.toLowerCase();
}

function sameAddress(one: HostConfiguration, other: HostConfiguration): boolean {
  return spelled(one.address) === spelled(other.address);
}

/**
 * What no single value is wrong about, but several together are. `hosts` are those whose own values
 * are right, so that a person sees these problems together with the others.
 */
export function contradictions(
  hosts: readonly HostConfiguration[],
  lifetimes: Lifetimes | undefined,
): Problem[] {
  const where = (name: string): string => `${configurationNamespace}:hosts.${name}`;
  const twins = hosts.flatMap((machine, index) => {
    const twin = hosts
      .slice(0, index)
      .find((other) => sameAddress(other, machine) && other.ssh.port === machine.ssh.port);
    if (twin === undefined) return [];
    return [
      {
        where: `${where(machine.name)}.address`,
        what: `is also the address of ${twin.name}`,
        why: "two entries would overwrite each other's work on one machine",
        fix: "take one of them out",
      },
    ];
  });
  const trust = hosts.flatMap(({ name, address: dialled, ssh: login }): Problem[] => {
    const place = `${where(name)}.ssh`;
    return [
      ...(login.hostKey === undefined && login.knownHosts === undefined
        ? [
            {
              where: `${place}.hostKey`,
              what: "missing",
              why: "any server would be trusted",
              fix: `add the line that \`ssh-keyscan -t ed25519 -p ${String(login.port)} ${dialled}\` prints, without its first word, once you have verified it; or name a known_hosts file in knownHosts`,
            },
          ]
        : []),
      ...(login.identityFile !== undefined && login.privateKey !== undefined
        ? [
            {
              where: `${place}.identityFile`,
              what: "is set beside privateKey",
              why: "only one key can be used",
              fix: "take one of them out",
            },
          ]
        : []),
    ];
  });
  return [
    ...twins,
    ...trust,
    ...(lifetimes === undefined ? [] : [...outlived(lifetimes), ...tooEarly(lifetimes)]),
  ];
}

function tooEarly(lifetimes: Lifetimes): Problem[] {
  const shortest = Math.min(lifetimes.serverHours, lifetimes.clientHours);
  if (lifetimes.renewBeforeHours < shortest) return [];
  return [
    {
      where: `${configurationNamespace}:tls.renewBeforeHours`,
      what: `is not shorter than the shortest certificate's life, ${String(shortest)}`,
      why: "every run would reissue it, and restart dockerd",
      fix: "shorten it",
    },
  ];
}

function outlived(lifetimes: Lifetimes): Problem[] {
  return (["serverHours", "clientHours"] as const)
    .filter((life) => lifetimes[life] > lifetimes.caHours)
    .map((life) => ({
      where: `${configurationNamespace}:tls.${life}`,
      what: `is longer than caHours, ${String(lifetimes.caHours)}`,
      why: "no certificate outlives its authority",
      fix: "shorten it",
    }));
}
