// Settings of the default bridge's networks that are right one by one and that dockerd does not start with. Tried on
// 20.10, 26.1 and 28.5: they take a fixed-cidr outside of bip, and address pools that overlap it.
import ipaddr from "ipaddr.js";
import { isMap, type Json } from "../json-value.ts";
import type { Problem } from "../problem.ts";
import type { DaemonSettings } from "./keys.ts";

const why = "dockerd refuses to start over it";

/** `where` is the key. */
export function networkProblems(daemon: DaemonSettings): Problem[] {
  const { "fixed-cidr-v6": fixed, ipv6, mtu, bridge } = daemon;
  const isWithIpv6 = ipv6 === true && (bridge === undefined || bridge === "");
  return [
    ...bipProblems(daemon["bip"]),
    ...(bridge === "none" ? [] : gatewayProblems(daemon["default-gateway"], daemon["bip"])),
    ...(isWithIpv6 && daemon["bip6"] === undefined
      ? gatewayProblems(daemon["default-gateway-v6"], fixed, "-v6")
      : []),
    ...(isWithIpv6 && networkIn(fixed)?.[1] === 128
      ? [
          {
            ...{ where: "fixed-cidr-v6", what: "is one address", why },
            fix: "write a network, such as fd00:9::/64",
          },
        ]
      : []),
    ...(isWithIpv6 && typeof mtu === "number" && mtu >= 68 && mtu < 1280
      ? [
          {
            ...{
              where: "mtu",
              what: "contradicts ipv6",
              why: "IPv6 needs 1280, and dockerd refuses to start",
            },
            fix: "write 1280 or more",
          },
        ]
      : []),
  ];
}

/** What only the whole of a daemon.json shows, the machine's own keys included, and the version of its dockerd. */
export function wholeNetworkProblems(daemon: DaemonSettings, version: string): Problem[] {
  if (textOf(daemon["bridge"]) !== "" || textOf(daemon["bip"]) !== "") {
    return textOf(daemon["bridge"]) === "" ? ipv6Problems(daemon, version) : [];
  }
  const pools = poolsOf(daemon);
  const named = pools.filter(([address]) => address.kind() === "ipv4");
  const candidates = pools.length > 0 ? named : dockersOwn.map((text) => ipaddr.parseCIDR(text));
  const gateway = textOf(daemon["default-gateway"]);
  const isOutside =
    ipaddr.IPv4.isValid(gateway) &&
    !candidates.some(([base, prefix]) => ipaddr.IPv4.parse(gateway).match(base, prefix));
  return [
    ...ipv6Problems(daemon, version),
    ...(pools.length > 0 && named.length === 0
      ? [
          {
            where: "default-address-pools",
            what: "holds no IPv4 network",
            why: "dockerd takes that of its default bridge from there, and refuses to start without one",
            fix: "add one, or write `bip`",
          },
        ]
      : []),
    ...(isOutside && candidates.length > 0
      ? [
          {
            where: "default-gateway",
            what: "is in no network that dockerd would choose for its default bridge",
            why,
            fix: "write `bip` beside it, an address of the same network",
          },
        ]
      : []),
  ];
}

/** Those that it cuts its networks from unless it is told otherwise. */
const dockersOwn = ["172.16.0.0/12", "192.168.0.0/16"];

function poolsOf(daemon: DaemonSettings): Network[] {
  const pools = daemon["default-address-pools"];
  return (Array.isArray(pools) ? pools : []).flatMap((pool) => {
    const network = isMap(pool) ? networkIn(pool["base"]) : undefined;
    return network === undefined ? [] : [network];
  });
}

/** From 27.0 on it chooses one by itself. */
function ipv6Problems(daemon: DaemonSettings, version: string): Problem[] {
  const isNamed = [daemon["fixed-cidr-v6"], daemon["bip6"]].some((value) => textOf(value) !== "");
  if (daemon["ipv6"] !== true || isNamed || !(Number.parseInt(version, 10) < 27)) return [];
  return [
    {
      where: "ipv6",
      what: `needs fixed-cidr-v6 on dockerd ${version}`,
      why: "it chooses no network by itself, and refuses to start",
      fix: "write `fixed-cidr-v6` beside it, such as fd00:9::/64",
    },
  ];
}

const textOf = (value: Json | undefined): string => (typeof value === "string" ? value : "");

type Network = readonly [address: ipaddr.IPv4 | ipaddr.IPv6, prefix: number];

function networkIn(text: Json | undefined): Network | undefined {
  return typeof text === "string" && ipaddr.isValidCIDR(text) ? ipaddr.parseCIDR(text) : undefined;
}

/** Of its first address, and of its last where it has one that nobody can have. */
function endsOf([address, prefix]: Network): string[] {
  const text = `${address.toString()}/${String(prefix)}`;
  return address.kind() === "ipv4"
    ? [ipaddr.IPv4.networkAddressFromCIDR(text), ipaddr.IPv4.broadcastAddressFromCIDR(text)].map(
        String,
      )
    : [ipaddr.IPv6.networkAddressFromCIDR(text).toString()];
}

function bipProblems(bip: Json | undefined): Problem[] {
  const network = networkIn(bip);
  if (network === undefined || network[0].kind() === "ipv6" || network[1] >= 31) return [];
  const ends = endsOf(network);
  const at = ends.indexOf(network[0].toString());
  if (at < 0) return [];
  const first = (ends[0] ?? "").replace(/\d+$/, (last) => String(Number(last) + 1));
  return [
    {
      where: "bip",
      what: `is ${at === 0 ? "the network itself" : "its broadcast address"}, and not an address in it`,
      why,
      fix: `write one that the bridge can have, such as ${first}/${String(network[1])}`,
    },
  ];
}

/** A gateway beside the network of the bridge, whose own address it can't have: by `bip`, or else the first one. */
function gatewayProblems(
  gateway: Json | undefined,
  named: Json | undefined,
  family = "",
): Problem[] {
  const network = networkIn(named);
  if (network === undefined || typeof gateway !== "string" || !ipaddr.isValid(gateway)) return [];
  const [bridge, prefix] = network;
  const address = ipaddr.parse(gateway);
  if (address.kind() !== bridge.kind()) return [];
  const where = `default-gateway${family}`;
  const key = family === "" ? "bip" : "fixed-cidr-v6";
  // Of the smallest networks nothing was tried.
  if (prefix >= address.toByteArray().length * 8 - 1) return [];
  const ends = endsOf(network);
  if (!address.match(bridge, prefix)) {
    return [
      {
        where,
        what: `is not inside ${ends[0] ?? ""}/${String(prefix)}, the network of ${key}`,
        why,
        fix: `write an address of that network, or another ${key}`,
      },
    ];
  }
  const own = family === "" ? bridge.toString() : following(ends[0] ?? "");
  return address.toString() === own || ends.includes(address.toString())
    ? [
        {
          where,
          what: `is an address of ${key} that the bridge itself has, or nobody can have`,
          why,
          fix: "write another address of that network",
        },
      ]
    : [];
}

/** The address after that of a network, which ends in zeros. */
function following(address: string): string {
  const bytes = ipaddr.parse(address).toByteArray();
  return ipaddr.fromByteArray([...bytes.slice(0, -1), (bytes.at(-1) ?? 0) + 1]).toString();
}
