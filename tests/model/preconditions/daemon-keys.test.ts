import type { DaemonSettings } from "../../../components/model/daemon-json/keys.ts";
import type { UnmanagedPolicy } from "../../../components/model/daemon-json/merge.ts";
import { checkPreconditions } from "../../../components/model/preconditions/preconditions.ts";
import { formatProblem } from "../../../components/model/problem.ts";
import {
  desiredHost,
  factsOf,
  freshMachine,
  infoOf,
  type Values,
  vendorUnit,
} from "../../support/machine-answer.ts";

interface Machine {
  readonly version?: string;
  /** Whether dockerd has failed to start. */
  readonly isDown?: boolean;
  readonly command?: string;
  readonly more?: Values;
  readonly file?: string;
  readonly unmanaged?: UnmanagedPolicy;
}

function refusalOf(
  daemon: DaemonSettings,
  { version = "26.1.5", file, unmanaged, isDown, command, more }: Machine = {},
) {
  const facts = factsOf(
    freshMachine({
      dockerd_version: `Docker version ${version}, build 1\n`,
      docker_info: isDown === true ? "" : infoOf({ ServerVersion: version, Driver: "overlay2" }),
      ...(isDown === true ? { unit_show: "LoadState=loaded\nActiveState=failed\n" } : {}),
      ...(command === undefined ? {} : { unit_text: vendorUnit.replace(/ -H .*/, ` ${command}`) }),
      ...(file === undefined
        ? {}
        : { daemon_json_kind: "file\n", daemon_json_stat: "644 0 0\n", daemon_json: file }),
      ...more,
    }),
  );
  const desired = desiredHost({ daemon, ...(unmanaged === undefined ? {} : { unmanaged }) });
  const result = checkPreconditions(facts, desired);
  return "where" in result ? formatProblem(result) : undefined;
}

const proxies = { "http-proxy": "http://p:3128" };
const unknown = "dockerd refuses to start over a key that it does not know";
const remove =
  "or set `unmanaged: remove` for this host, which takes out what the stack does not name";

describe("a key of another dockerd", () => {
  test("of a newer one", () => {
    expect(refusalOf({ proxies }, { version: "20.10.24+dfsg1" })).toBe(
      `daemon.proxies: came with 23.0, and this machine has dockerd 20.10.24+dfsg1; ${unknown}; take it out for this host, or install a newer docker`,
    );
  });

  test("of an older one", () => {
    expect(refusalOf({ "oom-score-adjust": -500 })).toBe(
      `daemon.oom-score-adjust: went with 25.0, and this machine has dockerd 26.1.5; ${unknown}; take it out for this host`,
    );
  });

  test("in the machine's own file, over which dockerd is down already", () => {
    const file = '{"graph": "/srv/d"}';
    expect(refusalOf({}, { file })).toBe(
      `/etc/docker/daemon.json: has graph, which went with 23.0, and this machine has dockerd 26.1.5; ${unknown}; take it out on the machine, ${remove}`,
    );
    expect(refusalOf({}, { file, unmanaged: "remove" })).toBeUndefined();
    expect(refusalOf({}, { file, version: "20.10.24" })).toBeUndefined();
  });

  test.each([["23.0.0"], ["26.1.5+dfsg1"], ["100.1"], ["dev"]])(
    "of this one, %s, is none",
    (version) => {
      expect(refusalOf({ proxies }, { version })).toBeUndefined();
    },
  );
});

const asIs = "daemon.json; dockerd refuses to start over a key that it does not know";

describe("what no dockerd reads in the machine's own file", () => {
  const where = "/etc/docker/daemon.json: has";

  test("a key that is none", () => {
    expect(refusalOf({}, { file: '{"log-levl": "info"}' })).toBe(
      `${where} log-levl, which is no key of ${asIs}; write log-level in its place, or take it out, on the machine, ${remove}`,
    );
    expect(refusalOf({}, { file: '{"graphroot-of-mine": 1}' })).toBe(
      `${where} graphroot-of-mine, which is no key of ${asIs}; take it out on the machine, ${remove}`,
    );
    expect(refusalOf({}, { file: '{"log-levl": "info"}', unmanaged: "remove" })).toBeUndefined();
  });

  test.each([
    ['{"log-level": 7}', "log-level, which is a number; dockerd wants one of debug, info,"],
    [
      '{"log-opts": {"max-file": 3}}',
      "log-opts.max-file, which is a number; dockerd wants a string",
    ],
    ['{"debug": "true"}', "debug, which is a string; dockerd wants true or false"],
    ['{"dns": "192.0.2.1"}', "dns, which is a string; dockerd wants a list of IP addresses"],
  ])("a value of another type: %s", (file, line) => {
    const refusal = refusalOf({}, { file }) ?? "";
    expect(refusal).toContain(`${where} ${line}`);
    expect(refusal).toMatch(/, and does not start; correct it on the machine, or set `unmanaged/);
  });

  test.each([
    // In a dockerd that is newer than what is known here.
    ['{"log-levl": "info", "debug": "true"}', "31.0.0"],
    // All tried: dockerd starts.
    ['{"mtu": null, "log-level": null}', "26.1.5"],
    ['{"group1": {"debug": true}}', "26.1.5"],
    // A form that is not known here may be one of some version.
    ['{"log-level": "verbose", "bip": "10.1.2.3"}', "26.1.5"],
  ])("%s on %s may be right", (file, version) => {
    expect(refusalOf({}, { file, version })).toBeUndefined();
  });

  test("a dockerd that has started on it reads it", () => {
    const file = '{"log-levl": "info"}';
    const started = { daemon_json_time: "5\n", dockerd_start: "5\n" };
    expect(refusalOf({}, { file, more: started })).toBeUndefined();
    expect(refusalOf({}, { file, more: { ...started, dockerd_start: "4\n" } })).toContain(
      "has log-levl",
    );
    expect(refusalOf({}, { file, more: started, isDown: true })).toContain("has log-levl");
  });

  test("what contradicts itself, where dockerd is down", () => {
    const file = '{"bip": "10.99.0.0/16"}';
    expect(refusalOf({}, { file, isDown: true })).toBe(
      `/etc/docker/daemon.json: bip is the network itself, and not an address in it; dockerd refuses to start over it; write one that the bridge can have, such as 10.99.0.1/16 on the machine, ${remove}`,
    );
    expect(refusalOf({}, { file })).toBeUndefined();
  });
});

describe("networks that only the whole file shows", () => {
  test.each<[DaemonSettings, string]>([
    [{ ipv6: true }, "daemon.ipv6: needs fixed-cidr-v6 on dockerd 26.1.5; "],
    [
      { "default-gateway": "10.20.1.1" },
      "daemon.default-gateway: is in no network that dockerd would choose for its default bridge; ",
    ],
    [
      { "default-address-pools": [{ base: "fd00:1::/48", size: 64 }] },
      "daemon.default-address-pools: holds no IPv4 network; ",
    ],
  ])("%j", (daemon, line) => {
    expect(refusalOf(daemon)).toContain(line);
    // Its command line may say the rest.
    expect(refusalOf(daemon, { command: "--bip=10.20.0.1/16 --fixed-cidr-v6 fd00::/64" })).toBe(
      undefined,
    );
  });

  test.each<[DaemonSettings, Machine]>([
    [{ ipv6: true }, { version: "27.0.1" }],
    [{ ipv6: true }, { file: '{"fixed-cidr-v6": "fd00:9::/64"}' }],
    [{ ipv6: true, bridge: "none" }, {}],
    [{ "default-gateway": "172.17.0.9" }, {}],
    [{ "default-gateway": "10.20.1.1" }, { file: '{"bip": "10.20.0.1/16"}' }],
    [
      { "default-gateway": "10.20.1.1" },
      { file: '{"default-address-pools": [{"base": "10.0.0.0/8", "size": 16}]}' },
    ],
    [{ "default-address-pools": [{ base: "fd00:1::/48", size: 64 }], bip: "10.9.0.1/24" }, {}],
    // A dockerd that runs on its own settings.
    [{}, { file: '{"ipv6": true, "default-gateway": "10.20.1.1"}' }],
  ])("%j on %j is right", (daemon, machine) => {
    expect(refusalOf(daemon, machine)).toBeUndefined();
  });
});

test("a storage driver of another dockerd, and options of another driver than the machine's", () => {
  const aufs = { "storage-driver": "devicemapper" };
  expect(refusalOf(aufs)).toBe(
    "daemon.storage-driver: is devicemapper, which went with 25.0, and this machine has dockerd 26.1.5; dockerd does not start with it; take it out for this host",
  );
  expect(refusalOf(aufs, { version: "20.10.24" })).toBeUndefined();
  const options = { "storage-opts": ["dm.basesize=10G"] };
  expect(refusalOf(options)).toBe(
    "daemon.storage-opts: has dm.basesize, which the machine's storage driver overlay2 does not know; dockerd refuses to start over it; take it out",
  );
  expect(refusalOf({ "storage-opts": ["overlay2.size=1G"] })).toBeUndefined();
});

describe("a key of the stack beside one of the machine's own", () => {
  const file = '{"log-driver": "json-file", "log-opts": {"max-size": "10m"}}';

  test("that does not go with it: both are named, and whose is whose", () => {
    expect(refusalOf({ "log-driver": "journald" }, { file })).toBe(
      `daemon.log-opts: has max-size, which the log-driver journald does not know (log-opts is the machine's own, in /etc/docker/daemon.json); dockerd refuses to start over it; take it out, or write the log-driver that it belongs to, or write \`log-opts: {"*": null}\` for this host, ${remove}`,
    );
    expect(refusalOf({ icc: false }, { file: '{"iptables": false}' })).toMatch(
      /^daemon\.icc: contradicts iptables: false \(iptables is the machine's own, in /,
    );
  });

  const journald = { "log-driver": "journald" };

  test("in a map that both have: the member is named", () => {
    expect(refusalOf({ ...journald, "log-opts": { tag: "x" } }, { file })).toBe(
      `daemon.log-opts: has max-size, which the log-driver journald does not know (log-opts.max-size is the machine's own, in /etc/docker/daemon.json); dockerd refuses to start over it; take it out, or write the log-driver that it belongs to, or write \`log-opts: {max-size: null}\` for this host, ${remove}`,
    );
    const crun = '{"runtimes": {"crun": {"path": "/usr/bin/crun"}}}';
    expect(refusalOf({ runtimes: { crun: { runtimeType: "io.x" } } }, { file: crun })).toMatch(
      /^daemon\.runtimes: .*\(runtimes\.crun\.path is the machine's own, .* write `runtimes: \{crun: \{path: null\}\}` for/,
    );
  });

  test.each<[string, DaemonSettings]>([
    ["the member", { "log-opts": { tag: "x", "max-size": null } }],
    ["all members", { "log-opts": { tag: "x", "*": null } }],
    ["all members, and none of ours", { "log-opts": { "*": null } }],
  ])("that the stack takes out: %s", (_what, daemon) => {
    expect(refusalOf({ ...journald, ...daemon }, { file })).toBeUndefined();
  });

  test("that goes away with `unmanaged: remove`", () => {
    expect(refusalOf(journald, { file, unmanaged: "remove" })).toBeUndefined();
    const ours = { ...journald, "log-opts": { tag: "x" } };
    expect(refusalOf(ours, { file, unmanaged: "remove" })).toBeUndefined();
  });

  test("a member that goes with it stays", () => {
    const local = { "log-driver": "local", "log-opts": { "max-file": "3" } };
    expect(refusalOf(local, { file })).toBeUndefined();
  });

  test("what the machine's own keys are among themselves is theirs", () => {
    const own = '{"icc": false, "iptables": false}';
    expect(refusalOf({ debug: true }, { file: own })).toBeUndefined();
  });
});
