import ipaddr from "ipaddr.js";
import type * as z from "zod";
import { defaultHours } from "../certificates.ts";
import type { HostConfiguration } from "./parse.ts";
import type { Rollout } from "./rollout-schema.ts";
import { configurationNamespace } from "./problems.ts";
import type { tlsSchema } from "./tls-schema.ts";
import {
  apiGuardPath,
  apiSocketPath,
  daemonJsonPath,
  dropInPath,
  restartDropInPath,
  socketDropInPath,
} from "../machine-paths.ts";
import { isEveryAddress, isInTheWay, isLocalOnly } from "../daemon-json/listener.ts";
import { word } from "../json-value.ts";
import { oneLine, type Problem } from "../problem.ts";

/** One spelling of an address: IPv6 in short, IPv4 in IPv6 as itself, names in lower case. */
function spelled(address: string): string {
  return ipaddr.isValid(address) ? ipaddr.process(address).toString() : address.toLowerCase();
}

function sameAddress(one: HostConfiguration, other: HostConfiguration): boolean {
  return spelled(one.address) === spelled(other.address);
}

/** Two machines behind one address have two ports each, for SSH and for Docker clients. */
function sharePort(one: HostConfiguration, other: HostConfiguration): boolean {
  const sameApi =
    one.listener.port === other.listener.port &&
    !isLocalOnly(one.listener) &&
    !isLocalOnly(other.listener);
  return one.ssh.port === other.ssh.port || sameApi;
}

/**
 * Values that are right one by one and wrong together. `hosts` are those whose own values are right, so that a
 * person sees these problems together with the others.
 */
export function crossFieldProblems(
  hosts: readonly HostConfiguration[],
  tls: TlsSettings | undefined,
): Problem[] {
  const where = (name: string): string => `${configurationNamespace}:hosts.${name}`;
  const twins = hosts.flatMap((machine, index) => {
    const twin = hosts
      .slice(0, index)
      .find((other) => sameAddress(other, machine) && sharePort(other, machine));
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
  const trust = hosts.flatMap(({ name, address, ssh: { bastion, ...login } }) => {
    const place = `${where(name)}.ssh`;
    return [
      ...loginProblems({ ...login, address }, place),
      ...(bastion === undefined ? [] : loginProblems(bastion, `${place}.bastion`)),
    ];
  });
  return [
    ...twins,
    ...trust,
    ...hosts.flatMap(plainTcpProblems),
    ...hosts.flatMap(plainTcpHeld),
    ...hosts.flatMap(doubleListener),
    ...hosts.flatMap(socketInTheWay),
    ...hosts.flatMap(metricsInTheWay),
    ...hosts.flatMap(bridgeInTheWay),
    ...(tls === undefined
      ? []
      : [...outlived(tls), ...tooEarly(tls), ...fromNowhere(tls), ...sameFile(tls)]),
  ];
}

/** How a server is recognised, and what it is shown. */
function loginProblems(
  login: Pick<
    NonNullable<HostConfiguration["ssh"]["bastion"]>,
    "address" | "port" | "hostKey" | "knownHosts" | "identityFile" | "privateKey"
  >,
  place: string,
): Problem[] {
  const { address, port, hostKey, knownHosts, identityFile, privateKey } = login;
  return [
    ...(hostKey === undefined && knownHosts === undefined
      ? [
          {
            where: `${place}.hostKey`,
            what: "missing",
            why: "any server would be trusted",
            fix: `add the line that \`ssh-keyscan -t ed25519 -p ${String(port)} ${address}\` prints, once you have verified it; or name a known_hosts file in knownHosts`,
          },
        ]
      : []),
    ...(identityFile !== undefined && privateKey !== undefined
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
}

/** Plain TCP needs an explicit acknowledgement, and one without plain TCP is a trap for a later change. */
function plainTcpProblems({ name, listener, plainTcpAcknowledged }: HostConfiguration): Problem[] {
  const place = `${configurationNamespace}:hosts.${name}`;
  if (listener.api === "plain-tcp" && !plainTcpAcknowledged) {
    return [
      {
        where: `${place}.api`,
        what: "is plain-tcp",
        why: "whoever can connect to the port has root on the machine",
        fix: "write mutual-tls, or `iUnderstandThatThisGivesRootToTheNetwork: true` beside it",
      },
    ];
  }
  if (listener.api !== "plain-tcp" && plainTcpAcknowledged) {
    return [
      {
        where: `${place}.iUnderstandThatThisGivesRootToTheNetwork`,
        what: "is set beside `api: mutual-tls`",
        why: "it would let a later change open the machine without a word",
        fix: "take it out",
      },
    ];
  }
  return [];
}

/** What guards the port of a socket unit is TLS. */
function plainTcpHeld({ name, listener }: HostConfiguration): Problem[] {
  if (listener.api !== "plain-tcp" || listener.configuredBy !== "socket") return [];
  return [
    {
      where: `${configurationNamespace}:hosts.${name}.listenBy`,
      what: "is socket beside `api: plain-tcp`",
      why: "systemd's socket is handed to dockerd only where that speaks TLS on it",
      fix: "write daemon-json or command-line",
    },
  ];
}

function doubleListener({ name, listener }: HostConfiguration): Problem[] {
  const every = listener.addresses.filter(isEveryAddress);
  if (every.length === 0 || listener.addresses.length === 1) return [];
  return [
    {
      where: `${configurationNamespace}:hosts.${name}.listen`,
      what: `names ${every.join(" and ")} beside other addresses`,
      why: "that is every address already, and dockerd would not start on the same port twice",
      fix: "take one or the others out",
    },
  ];
}

/** Files that this program writes whatever the configuration says. */
const ownFiles = [
  ...[daemonJsonPath, dropInPath, socketDropInPath, restartDropInPath],
  ...[apiSocketPath, apiGuardPath],
];

/** TLS files that would overwrite each other, or another file of ours. */
function sameFile({ directory, files }: TlsSettings): Problem[] {
  const paths = Object.values(files).map((name) => `${directory}/${name}`);
  return Object.entries(files).flatMap(([file, name], index) => {
    const path = `${directory}/${name}`;
    if (paths.indexOf(path) === index && !ownFiles.includes(path)) return [];
    return [
      {
        where: `${configurationNamespace}:tls.files.${file}`,
        what: `makes it ${path}, as another file is`,
        why: "one would overwrite the other",
        fix: "give each a name of its own",
      },
    ];
  });
}

function socketInTheWay({ name, listener }: HostConfiguration): Problem[] {
  const taken = [...ownFiles, ...Object.values(listener.files ?? {})];
  if (listener.socket === undefined || !taken.includes(listener.socket)) return [];
  return [
    {
      where: `${configurationNamespace}:hosts.${name}.socket`,
      what: `is ${listener.socket}, where a file belongs`,
      why: "one would take the other's place",
      fix: "choose another path, such as one below /run",
    },
  ];
}

/** Where it is an IP address: dockerd would not start on one that its API has, or the other way round. */
function metricsInTheWay({ name, listener, daemon }: HostConfiguration): Problem[] {
  const [, address = "", port] =
    /^\[?([^\]]*)\]?:(\d+)$/.exec(word(daemon["metrics-addr"]) ?? "") ?? [];
  if (Number(port) !== listener.port) return [];
  if (address !== "" && !(ipaddr.isValid(address) && isInTheWay(address, listener))) return [];
  return [
    {
      where: `${configurationNamespace}:hosts.${name}.daemon.metrics-addr`,
      what: `is on port ${port ?? ""}, where the API listens`,
      why: "dockerd does not start where two of its listeners want one port",
      fix: "choose another port for one of them",
    },
  ];
}

/** A default bridge with the network that the machine itself is in: SSH would be cut. */
function bridgeInTheWay({ name, address, daemon }: HostConfiguration): Problem[] {
  const bip = word(daemon["bip"]) ?? "";
  if (!ipaddr.IPv4.isValidCIDR(bip) || !ipaddr.IPv4.isValidFourPartDecimal(address)) return [];
  if (!ipaddr.IPv4.parse(address).match(ipaddr.IPv4.parseCIDR(bip))) return [];
  return [
    {
      where: `${configurationNamespace}:hosts.${name}.daemon.bip`,
      what: `holds ${address}, the machine's own address`,
      why: "its answers would go to containers, and nobody would reach it any more",
      fix: "choose another network",
    },
  ];
}

type TlsSettings = z.output<typeof tlsSchema>;

function tooEarly({ serverHours, clientHours, renewBeforeHours }: TlsSettings): Problem[] {
  const { server, client } = defaultHours;
  const shortest = Math.min(serverHours ?? server, clientHours ?? client);
  if (renewBeforeHours === undefined || renewBeforeHours < shortest) return [];
  return [
    {
      where: `${configurationNamespace}:tls.renewBeforeHours`,
      what: `is not shorter than the shortest certificate's life, ${String(shortest)}`,
      why: "every run would reissue it, and restart dockerd",
      fix: "shorten it",
    },
  ];
}

function outlived({ caHours, ...lives }: TlsSettings): Problem[] {
  return (["serverHours", "clientHours"] as const)
    .filter((life) => (lives[life] ?? 0) > caHours)
    .map((life) => ({
      where: `${configurationNamespace}:tls.${life}`,
      what: `is longer than caHours, ${String(caHours)}`,
      why: "no certificate outlives its authority",
      fix: "shorten it",
    }));
}

/** A rotation has to come from somewhere. */
function fromNowhere({ generation, phase, previousGeneration }: TlsSettings): Problem[] {
  const from = previousGeneration ?? generation - 1;
  if (phase === 4 || (from > 0 && from !== generation)) return [];
  return [
    {
      where: `${configurationNamespace}:tls.${previousGeneration === undefined ? "phase" : "previousGeneration"}`,
      what: `is ${String(previousGeneration ?? phase)} beside generation ${String(generation)}`,
      why: "a rotation leads from one generation to another",
      fix: "raise the generation by one, or take phase out",
    },
  ];
}

/** Canaries that are no machines of the stack. */
export function unknownCanaries(hosts: readonly string[], { canaries }: Rollout): Problem[] {
  return canaries
    .filter((name) => !hosts.includes(name))
    .map((name) => ({
      where: `${configurationNamespace}:rollout.canaries`,
      what: `names ${oneLine(name)}, which is no host of this stack`,
      why: "nothing would go first",
      fix: `write names of ${configurationNamespace}:hosts, or take it out`,
    }));
}
