// Which firewall closes a port to this machine, and what opens it.
import { closedPort } from "../../../components/model/firewall/closed-port.ts";
import {
  readFirewall,
  type FirewallFacts,
} from "../../../components/model/firewall/firewall-facts.ts";
import {
  accept,
  chain,
  dport,
  drop,
  firewalld,
  match,
  ruleset,
  state,
  ufw,
} from "../../support/firewall-texts.ts";

const facts: FirewallFacts = {
  source: "192.0.2.1",
  destination: "192.0.2.10",
  interfaceName: "eth0",
  iptables: "",
  nftables: "",
};
const told = (
  changes: Partial<FirewallFacts>,
  port = 2376,
  code = "ETIMEDOUT",
): string | undefined => {
  const closed = closedPort({ ...facts, ...changes }, port, code);
  return closed && `${closed.why}; ${closed.fix}`;
};
const noneOf = (programs: string): string =>
  `no rule of ${programs} on the machine closes the port, so a firewall in between may; let 192.0.2.1 through to port 2376 there, such as in the cloud's security group`;

describe("ufw", () => {
  test("by its policy: a rule that lets this machine in, and no other", () => {
    expect(told({ iptables: ufw() })).toBe(
      "ufw on the machine closes the port; run `ufw allow from 192.0.2.1 to any port 2376 proto tcp` there",
    );
  });

  test.each([
    ["a rule of a person", "-p tcp -m tcp --dport 2376 -j DROP"],
    [
      "a limit",
      "-p tcp --dport 2376 -m recent --update --seconds 30 --hitcount 6 --name DEFAULT -j ufw-user-limit",
    ],
  ])("by %s: a rule before that", (_what, rule) => {
    const then = "-p tcp -m tcp --dport 2376 -j ufw-user-limit-accept";
    expect(told({ iptables: ufw(rule, then) })).toMatch(
      /^ufw .*; run `ufw prepend allow from 192\.0\.2\.1 to any port 2376 proto tcp` there(; if that changes nothing, .*)?$/,
    );
    const ofIPv6 = ufw(rule, then).replaceAll("ufw-", "ufw6-");
    expect(told({ source: "2001:db8::1", iptables: ofIPv6 })).toMatch(/`ufw prepend allow /);
  });

  test.each([
    "-s 192.0.2.0/24 -p tcp -m tcp --dport 2376 -j ACCEPT",
    "-p tcp -m multiport --dports 80,2000:3000 -j ACCEPT",
    "-i eth+ -j ACCEPT",
    "! -s 10.0.0.0/8 -j ACCEPT",
  ])("not where it lets this machine in: %s", (rule) => {
    expect(told({ iptables: ufw(rule) })).toBe(noneOf("iptables"));
  });

  test.each([
    "-s 198.51.100.0/24 -p tcp -m tcp --dport 2376 -j ACCEPT",
    "-p udp -m udp --dport 2376 -j ACCEPT",
    "-p tcp -m multiport --dports 80,443 -j ACCEPT",
    "-i wg0 -j ACCEPT",
    "-s 2001:db8::/32 -j ACCEPT",
  ])("but where it lets others in: %s", (rule) => {
    expect(told({ iptables: ufw(rule) })).toMatch(/^ufw /);
  });

  test("left off, its chains are there still, and do nothing", () => {
    const off = ufw()
      .replace("-P INPUT DROP", "-P INPUT ACCEPT")
      .replaceAll(/^-A INPUT.*\n/gm, "");
    expect(told({ iptables: off })).toBe(noneOf("iptables"));
  });

  test("of IPv6", () => {
    const source = "2001:db8::1";
    const iptables = ufw("-s 2001:db8:1::/48 -j ACCEPT").replaceAll("ufw-", "ufw6-");
    expect(told({ source, iptables })).toMatch(/`ufw allow from 2001:db8::1 to any port /);
  });
});

describe("firewalld", () => {
  test("by the zone that this machine comes through", () => {
    expect(told({ iptables: "-P INPUT ACCEPT\n", nftables: firewalld() })).toBe(
      'firewalld on the machine closes the port in zone public; run `firewall-cmd --zone=public --add-rich-rule=\'rule family="ipv4" source address="192.0.2.1" port port="2376" protocol="tcp" accept\'` there, and again with --permanent',
    );
  });

  test("by a rule that denies: one that comes before", () => {
    const denies = [match({ payload: { protocol: "ip", field: "saddr" } }, "192.0.2.1"), drop];
    expect(told({ nftables: firewalld(denies) })).toMatch(
      /--add-rich-rule='rule priority="-1" family="ipv4" /,
    );
  });

  test("its policies are no zones", () => {
    const base = { type: "filter", hook: "input", prio: 10, policy: "drop" };
    const nftables = ruleset(
      ...chain(
        "inet firewalld filter_INPUT",
        base,
        [{ jump: { target: "filter_IN_policy_mine" } }],
        [{ jump: { target: "filter_IN_dmz" } }],
      ),
    );
    expect(told({ nftables })).toMatch(/ in zone dmz; /);
  });

  test("a zone that it may come through is passed over for the one that ends it", () => {
    const base = { type: "filter", hook: "input", prio: 10, policy: "accept" };
    const admins = match({ payload: { protocol: "ip", field: "saddr" } }, "@admins");
    const nftables = ruleset(
      ...chain("inet firewalld filter_INPUT", base, [{ jump: { target: "filter_INPUT_ZONES" } }]),
      ...chain(
        "inet firewalld filter_INPUT_ZONES",
        {},
        [admins, { goto: { target: "filter_IN_admin" } }],
        [{ goto: { target: "filter_IN_public" } }],
      ),
      ...chain("inet firewalld filter_IN_admin", {}, [accept]),
      ...chain("inet firewalld filter_IN_public", {}, [drop]),
    );
    expect(told({ nftables })).toMatch(/ in zone public; /);
  });

  test("lets in what it lets in", () => {
    expect(told({ nftables: firewalld() }, 22)).toMatch(/^no rule of nftables /);
  });
});

describe("iptables by itself", () => {
  test("by a rule, which is shown", () => {
    const iptables =
      '-P INPUT ACCEPT\n-A INPUT -p tcp -m tcp --dport 2376 -m comment --comment "no -j ACCEPT" -j REJECT --reject-with tcp-reset\n';
    expect(told({ iptables })).toBe(
      'iptables on the machine closes the port (`-A INPUT -p tcp -m tcp --dport 2376 -m comment --comment "no -j ACCEPT" -j REJECT --reject-with tcp-reset`); run `iptables -I INPUT -s 192.0.2.1 -p tcp --dport 2376 -j ACCEPT` there, and add it to the rules that are loaded at boot',
    );
  });

  test("by its policy, for IPv6 as well", () => {
    const iptables = "-P INPUT DROP\n-A INPUT -i lo -j ACCEPT\n";
    expect(told({ iptables })).toMatch(
      /^iptables on the machine closes the port \(`-P INPUT DROP`\)/,
    );
    expect(told({ iptables, source: "2001:db8::1" })).toMatch(
      /run `ip6tables -I INPUT -s 2001:db8::1 /,
    );
  });

  test("a rule that may match counts where none does for certain", () => {
    const perhaps = "-P INPUT ACCEPT\n-A INPUT -m set --match-set bad src -j DROP\n";
    expect(told({ iptables: perhaps })).toMatch(
      /^iptables on the machine may close the port \(`-A INPUT -m set .* -j DROP`\); .*; if that changes nothing, a firewall in between closes it$/,
    );
    expect(told({ iptables: perhaps, nftables: firewalld() })).toMatch(/^firewalld /);
  });

  test.each([
    ["! --tcp-flags FIN,SYN,RST,ACK SYN -m conntrack --ctstate NEW", false],
    ["--tcp-flags FIN,SYN FIN,SYN", false],
    ["--tcp-flags ALL NONE", false],
    ["--tcp-flags FIN,SYN,RST,ACK SYN", true],
    ["--tcp-flags FIN,RST NONE", true],
  ])("flags that a first packet has, or not: %s", (flags, closes) => {
    const iptables = `-P INPUT ACCEPT\n-A INPUT -p tcp -m tcp ${flags} -j DROP\n`;
    const line = told({ iptables });
    if (closes) expect(line).toMatch(/^iptables on the machine closes the port /);
    else expect(line).toBe(noneOf("iptables"));
  });

  test("where none closes it, who refuses is no firewall in between", () => {
    expect(told({ iptables: "-P INPUT ACCEPT\n" }, 2376, "ECONNREFUSED")).toBeUndefined();
  });

  test("rules that were cut off tell nothing", () => {
    const iptables = `-P INPUT ACCEPT\n${"-A INPUT -i lo -j ACCEPT\n".repeat(90_000)}`;
    const text = `b0 source\n192.0.2.1\nb0 iptables\n${iptables}\nb0 end\n`;
    expect(readFirewall(text, "b0")?.iptables).toBe("");
  });
});

describe("nftables by itself", () => {
  const base = { type: "filter", hook: "input", prio: 0, policy: "drop" };
  const table = (...rules: readonly (readonly object[])[]): string =>
    ruleset(...chain("inet fw in", base, ...rules));
  const closed =
    "run `nft insert rule inet fw in ip saddr 192.0.2.1 tcp dport 2376 accept` there, and add it to the rules that are loaded at boot";

  test("by its policy, after the rules that let others in", () => {
    const nftables = table(
      [
        {
          vmap: {
            key: state,
            data: {
              set: [
                ["established", accept],
                ["related", accept],
                ["invalid", drop],
              ],
            },
          },
        },
      ],
      [match(dport, { set: [22, { range: [80, 90] }] }), accept],
      [match({ payload: { protocol: "ip", field: "saddr" } }, "@friends"), accept],
      [
        match(
          { payload: { protocol: "ip", field: "saddr" } },
          { prefix: { addr: "10.0.0.0", len: 8 } },
        ),
        accept,
      ],
      [match(dport, 2376, "!="), accept],
      [match({ payload: { protocol: "ip6", field: "saddr" } }, "2001:db8::1", "!="), accept],
    );
    expect(told({ nftables })).toBe(
      `nftables on the machine closes the port (inet fw in, by its policy); ${closed}`,
    );
  });

  test("by a rule, in a chain that is jumped to", () => {
    const nftables = ruleset(
      ...chain("inet fw in", { ...base, policy: "accept" }, [{ jump: { target: "api" } }]),
      ...chain("inet fw api", {}, [match(dport, { range: [2375, 2380] }), { counter: {} }, drop]),
    );
    expect(told({ nftables })).toBe(
      `nftables on the machine closes the port (inet fw api, handle 2); ${closed}`,
    );
  });

  test.each([
    ["a way in", table([match(dport, 2376), accept])],
    [
      "by its network",
      table([
        match(
          { payload: { protocol: "ip", field: "saddr" } },
          { prefix: { addr: "192.0.2.0", len: 24 } },
        ),
        accept,
      ]),
    ],
    ["a map of ports", table([{ vmap: { key: dport, data: { set: [[2376, accept]] } } }])],
    ["a chain for what is passed on", ruleset(...chain("ip fw f", { ...base, hook: "forward" }))],
    ["a table of the other family", ruleset(...chain("ip6 fw in", base))],
    ["docker's own", ruleset(...chain("ip filter DOCKER", {}, [drop]))],
  ])("not by %s", (_what, nftables) => {
    expect(told({ nftables })).toBe(noneOf("nftables"));
  });

  test("what iptables keeps there is judged by iptables", () => {
    const nftables = ruleset(...chain("ip filter INPUT", base, [{ xt: null }]));
    const iptables = "-P INPUT DROP\n-A INPUT -m multiport -p tcp --dports 2376 -j ACCEPT\n";
    expect(told({ iptables, nftables })).toBe(noneOf("iptables or nftables"));
  });

  test("a table of one's own that looks like iptables' is judged", () => {
    const nftables = ruleset(...chain("inet filter INPUT", base));
    expect(told({ iptables: "-P INPUT ACCEPT\n", nftables })).toMatch(
      /^nftables on the machine closes the port \(inet filter INPUT, by its policy\)/,
    );
  });

  test.each([
    ["set", { set: { op: "add", elem: {}, set: "@flood", stmt: [{ limit: { rate: 20 } }] } }],
    ["meter", { meter: { key: {}, name: "flood", stmt: { limit: { rate: 20 } } } }],
  ])("a limit in a %s may close it", (_kind, limited) => {
    const nftables = ruleset(
      ...chain("inet fw in", { ...base, policy: "accept" }, [match(state, "new"), limited, drop]),
    );
    expect(told({ nftables })).toMatch(/^nftables on the machine may close the port /);
  });

  test("flags that a first packet has, or not", () => {
    const flags = { payload: { protocol: "tcp", field: "flags" } };
    const masked = { "&": [flags, { "|": ["fin", { "|": ["syn", "rst"] }] }] };
    const open = { ...base, policy: "accept" };
    const by = (...rule: object[]): string | undefined =>
      told({ nftables: ruleset(...chain("inet fw in", open, rule)) });
    expect(by(match(masked, "syn", "!="), drop)).toBe(noneOf("nftables"));
    expect(by(match(masked, "syn"), drop)).toMatch(/^nftables on the machine closes the port /);
    expect(by(match(masked, ["syn", "fin"]), drop)).toBe(noneOf("nftables"));
  });

  test("names that no command line should hold are left out of one", () => {
    expect(told({ nftables: ruleset(...chain("inet fw $(id)", base)) })).toBeUndefined();
  });
});

test("an address as the machine has it becomes one that a rule takes", () => {
  const read = (source: string): string | undefined =>
    readFirewall(`\nB source\n${source}\nB end\n`, "B")?.source;
  expect(["fe80::1%eth0", "::ffff:192.0.2.1", "192.0.2.1; reboot", ""].map(read)).toEqual([
    ...["fe80::1", "192.0.2.1", undefined, undefined],
  ]);
});

test.each([
  ["nothing", undefined],
  ["no address of this machine", { ...facts, source: undefined, iptables: ufw() }],
  ["no rules", facts],
  ["no JSON", { ...facts, nftables: '{"nftables": [' }],
  ["other JSON", { ...facts, nftables: '{"nftables": 1}' }],
  [
    "JSON without an end",
    { ...facts, nftables: `{"nftables": ${"[".repeat(9999)}${"]".repeat(9999)}}` },
  ],
])("where a machine says %s, nothing is claimed", (_what, said) => {
  expect(closedPort(said, 2376, "ETIMEDOUT")).toBeUndefined();
});

test.each([
  ["chains that jump to each other", "-A INPUT -j a\n-A a -j b\n-A a -j b\n-A b -j a\n-A b -j a\n"],
  ["members that are none", ""],
])("%s end", (_what, rules) => {
  const nftables =
    '{"nftables": [null, 1, "x", {"rule": null}, {"rule": {"expr": [null, {"match": null}]}}]}';
  expect(told({ iptables: `-P INPUT DROP\n${rules}`, nftables })).toMatch(/^iptables /);
});
