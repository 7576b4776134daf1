// What firewalls look like on machines, as `iptables -S` and `nft -j -t list ruleset` print them there. What has nothing
// to do with a way in is left out.

/** ufw 0.36 of Debian 12, which lets 22 in and denies the rest; `user` are further rules of a person. */
export const ufw = (...user: readonly string[]): string => `-P INPUT DROP
-P FORWARD DROP
-P OUTPUT ACCEPT
-N DOCKER-USER
-N ufw-before-input
-A INPUT -j ufw-before-logging-input
-A INPUT -j ufw-before-input
-A INPUT -j ufw-after-input
-A INPUT -j ufw-after-logging-input
-A INPUT -j ufw-reject-input
-A INPUT -j ufw-track-input
-A FORWARD -j DOCKER-USER
-A DOCKER-USER -j RETURN
-A ufw-after-input -p udp -m udp --dport 137 -j ufw-skip-to-policy-input
-A ufw-after-input -p tcp -m tcp --dport 445 -j ufw-skip-to-policy-input
-A ufw-after-input -m addrtype --dst-type BROADCAST -j ufw-skip-to-policy-input
-A ufw-after-logging-input -m limit --limit 3/min --limit-burst 10 -j LOG --log-prefix "[UFW BLOCK] "
-A ufw-before-input -i lo -j ACCEPT
-A ufw-before-input -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A ufw-before-input -m conntrack --ctstate INVALID -j ufw-logging-deny
-A ufw-before-input -m conntrack --ctstate INVALID -j DROP
-A ufw-before-input -p icmp -m icmp --icmp-type 8 -j ACCEPT
-A ufw-before-input -p udp -m udp --sport 67 --dport 68 -j ACCEPT
-A ufw-before-input -j ufw-not-local
-A ufw-before-input -d 224.0.0.251/32 -p udp -m udp --dport 5353 -j ACCEPT
-A ufw-before-input -j ufw-user-input
-A ufw-logging-deny -m limit --limit 3/min --limit-burst 10 -j LOG --log-prefix "[UFW BLOCK] "
-A ufw-not-local -m addrtype --dst-type LOCAL -j RETURN
-A ufw-not-local -m addrtype --dst-type MULTICAST -j RETURN
-A ufw-not-local -m limit --limit 3/min --limit-burst 10 -j ufw-logging-deny
-A ufw-not-local -j DROP
-A ufw-skip-to-policy-input -j DROP
-A ufw-user-input -p tcp -m tcp --dport 22 -j ACCEPT
${user.map((rule) => `-A ufw-user-input ${rule}\n`).join("")}-A ufw-user-limit -j REJECT --reject-with icmp-port-unreachable
-A ufw-user-limit-accept -j ACCEPT
`;

/** A ruleset of nftables, its objects one after the other. */
export const ruleset = (...objects: readonly object[]): string =>
  JSON.stringify({ nftables: [{ metainfo: { json_schema_version: 1 } }, ...objects] });

/** A chain of a table, `FAMILY TABLE NAME`, with the statements of each of its rules. */
export function chain(
  place: string,
  base: Readonly<Record<string, unknown>>,
  ...rules: readonly (readonly object[])[]
): object[] {
  const [family, table, name] = place.split(" ");
  return [
    { chain: { family, table, name, handle: 1, ...base } },
    ...rules.map((expr, at) => ({ rule: { family, table, chain: name, handle: at + 2, expr } })),
  ];
}

export const match = (left: object, right: unknown, op = "=="): object => ({
  match: { op, left, right },
});
export const dport = { payload: { protocol: "tcp", field: "dport" } };
export const state = { ct: { key: "state" } };
export const accept = { accept: null };
export const drop = { drop: null };
const jump = (target: string): object[] => [{ jump: { target } }];
const reject = [{ reject: { type: "icmpx", expr: "admin-prohibited" } }];

/** firewalld 1.3 of Debian 12, with its default zone; `denied` are rules that deny. */
export const firewalld = (...denied: readonly (readonly object[])[]): string =>
  ruleset(
    { table: { family: "inet", name: "firewalld", handle: 5 } },
    ...chain(
      "inet firewalld filter_PREROUTING",
      { type: "filter", hook: "prerouting", prio: 10, policy: "accept" },
      [
        match({ meta: { key: "nfproto" } }, "ipv6"),
        match({ fib: { result: "oif", flags: ["saddr", "mark", "iif"] } }, false),
        drop,
      ],
    ),
    ...chain(
      "inet firewalld filter_INPUT",
      { type: "filter", hook: "input", prio: 10, policy: "accept" },
      [match(state, { set: ["established", "related"] }), accept],
      [match({ ct: { key: "status" } }, "dnat", "in"), accept],
      [match({ meta: { key: "iifname" } }, "lo"), accept],
      [match(state, "invalid", "in"), drop],
      jump("filter_INPUT_ZONES"),
      reject,
    ),
    ...chain(
      "inet firewalld filter_INPUT_POLICIES_pre",
      {},
      jump("filter_IN_policy_allow-host-ipv6"),
    ),
    ...chain("inet firewalld filter_INPUT_ZONES", {}, [{ goto: { target: "filter_IN_public" } }]),
    ...chain(
      "inet firewalld filter_IN_public",
      {},
      jump("filter_INPUT_POLICIES_pre"),
      jump("filter_IN_public_deny"),
      jump("filter_IN_public_allow"),
      [match({ meta: { key: "l4proto" } }, { set: ["icmp", "ipv6-icmp"] }), accept],
      reject,
    ),
    ...chain("inet firewalld filter_IN_public_deny", {}, ...denied),
    ...chain("inet firewalld filter_IN_public_allow", {}, [match(dport, 22), accept]),
  );
