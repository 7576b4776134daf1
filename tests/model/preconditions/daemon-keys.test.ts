import type { DaemonSettings } from "../../../components/model/daemon-json/keys.ts";
import type { UnmanagedPolicy } from "../../../components/model/daemon-json/merge.ts";
import { checkPreconditions } from "../../../components/model/preconditions/preconditions.ts";
import { formatProblem } from "../../../components/model/problem.ts";
import { desiredHost, factsOf, freshMachine } from "../../support/machine-answer.ts";

interface Machine {
  readonly version?: string;
  readonly file?: string;
  readonly unmanaged?: UnmanagedPolicy;
}

function refusalOf(daemon: DaemonSettings, { version = "26.1.5", file, unmanaged }: Machine = {}) {
  const facts = factsOf(
    freshMachine({
      dockerd_version: `Docker version ${version}, build 1\n`,
      ...(file === undefined
        ? {}
        : { daemon_json_kind: "file\n", daemon_json_stat: "644 0 0\n", daemon_json: file }),
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
