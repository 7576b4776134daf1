// What Prometheus is given: the text format, the names, and the file as node_exporter reads it.
import "../../support/errors-of-node.ts";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { serverCertificates } from "../../../scripts/drift/certificates.ts";
import type { Step } from "../../../scripts/engine-events.ts";
import { metricsText, type StackLook } from "../../../scripts/drift/metrics.ts";
import { failedStack, type HostReport, type HostState } from "../../../scripts/drift/report.ts";
import { checkTextfile, writeTextfile } from "../../../scripts/metrics/textfile.ts";
import { makeAuthority } from "../../support/authority.ts";
import { readPrometheusText, type Sample } from "../../support/prometheus-text.ts";

const host = (name: string, state: HostState, findings: readonly string[] = []): HostReport => ({
  host: name,
  state,
  drift: [],
  problems: [],
  findings,
});

const states: readonly HostState[] = [
  "in sync",
  "drift",
  "blocked",
  "unreachable",
  "unproven",
  "in maintenance",
  "unknown",
];

const look = (hosts: readonly HostReport[], stack = "prod"): StackLook => ({
  report: { stack, outcome: "drift", errors: [], hosts },
  certificates: [],
  at: 1_796_061_818.926,
});

/** Values of a metric, by host. */
function byHost(samples: readonly Sample[], metric: string): Record<string, number> {
  const found = samples.filter(({ name }) => name === metric);
  return Object.fromEntries(found.map(({ labels, value }) => [labels["host"] ?? "", value]));
}

describe("metrics", () => {
  // proves: drift.prom
  test("tell each state of a machine, and nothing of the drift of one that was not seen", () => {
    const hosts = [
      ...states.map((state) => host(state, state)),
      host("found", "in sync", ["a", "b"]),
    ];
    const samples = readPrometheusText(metricsText([look(hosts)]));

    expect(byHost(samples, "dockertls_drift")).toEqual({
      "in sync": 0,
      drift: 1,
      blocked: 1,
      unproven: 0,
      found: 0,
    });
    const named = {
      dockertls_host_unreachable: "unreachable",
      dockertls_host_refused: "blocked",
      dockertls_host_unproven: "unproven",
      dockertls_host_unknown: "unknown",
      dockertls_host_maintenance: "in maintenance",
    };
    for (const [metric, state] of Object.entries(named)) {
      const values = byHost(samples, metric);
      expect(Object.keys(values)).toHaveLength(hosts.length);
      expect(Object.entries(values).filter(([, value]) => value !== 0)).toEqual([[state, 1]]);
    }
    expect(byHost(samples, "dockertls_host_findings")).toMatchObject({ found: 2, drift: 0 });
  });

  test("say of each stack when it was looked at and what came of it, of a failed one as well", () => {
    const failed = { ...look([]), report: failedStack("old", "locked") };
    const samples = readPrometheusText(metricsText([look([host("a", "drift")]), failed]));

    expect(
      samples.filter(({ name }) => !name.includes("host") && name !== "dockertls_drift"),
    ).toEqual([
      ...["prod", "old"].map((stack) => ({
        name: "dockertls_drift_last_run_timestamp_seconds",
        labels: { stack },
        value: 1_796_061_818.926,
      })),
      { name: "dockertls_drift_exit_status", labels: { stack: "prod" }, value: 2 },
      { name: "dockertls_drift_exit_status", labels: { stack: "old" }, value: 1 },
    ]);
  });

  test("name the stack in every sample, since several files are read together", () => {
    const samples = readPrometheusText(
      metricsText([look(states.map((state) => host(state, state)))]),
    );
    expect(samples.filter(({ labels }) => labels["stack"] !== "prod")).toEqual([]);
  });

  test("escape what labels can't hold", () => {
    const text = metricsText([look([], 'a"b\\c\nd')]);
    expect(text).toContain(String.raw`{stack="a\"b\\c\nd"}`);
    expect(readPrometheusText(text)[0]?.labels).toEqual({ stack: 'a"b\\c\nd' });
  });
});

describe("certificates", () => {
  const proof = (name: string, serverCertificate: string) => ({
    op: "refresh",
    type: "dockertls-host:index:EndpointProof",
    name: `${name}-proof`,
    inputs: { tls: { serverCertificate, clientKey: { ciphertext: "[secret]" } } },
    outputs: {},
  });
  const state = (name: string) => ({
    op: "refresh",
    type: "dockertls-host:index:HostState",
    name: `${name}-state`,
    inputs: { desired: { listener: { files: { cert: "/opt/docker-ssl/cert.pem" } } } },
    outputs: {},
  });

  // proves: drift.prom-certificates
  test("are told as x509-certificate-exporter tells those in files", async () => {
    const authority = await makeAuthority("dockertls dockertls/prod CA g1");
    const [good, ended] = await Promise.all([
      authority.issue("server"),
      authority.issue("server", { endsIn: -60_000 }),
    ]);
    const refreshed: { hosts: string[]; steps: Step[] } = {
      hosts: ["a", "b", "plain", "broken"],
      steps: [
        proof("a", good.certificate),
        state("a"),
        proof("b", ended.certificate),
        proof("broken", "none"),
      ],
    };
    const at = Date.now() / 1000;
    const certificates = serverCertificates(refreshed);
    const samples = readPrometheusText(metricsText([{ ...look([]), certificates, at }]));

    const [first] = samples.filter(({ name }) => name === "x509_cert_not_after");
    expect(first?.labels).toEqual({
      stack: "prod",
      host: "a",
      serial_number: expect.stringMatching(/^[0-9]+$/),
      subject_CN: "server",
      issuer_CN: "dockertls dockertls/prod CA g1",
      filename: "cert.pem",
      filepath: "/opt/docker-ssl/cert.pem",
    });
    const [notBefore, notAfter] = [
      byHost(samples, "x509_cert_not_before"),
      byHost(samples, "x509_cert_not_after"),
    ];
    expect(Object.keys(notAfter)).toEqual(["a", "b"]);
    expect(notBefore["a"]).toBeLessThan(at);
    expect(notAfter["a"]).toBeGreaterThan(at);
    expect(notAfter["b"]).toBeLessThan(at);
    expect(byHost(samples, "x509_cert_expired")).toEqual({ a: 0, b: 1 });
  });
});

describe("the file", () => {
  const folder = mkdtempSync(join(tmpdir(), "dockertls-textfile-"));
  const path = join(folder, "dockertls.prom");
  afterAll(() => rmSync(folder, { recursive: true }));

  test("replaces the one before, whole, and others may read it whatever the umask", () => {
    const umask = process.umask(0o077);
    try {
      expect(writeTextfile(path, "one\n")).toBeUndefined();
      const before = statSync(path);
      expect(writeTextfile(path, "two\n")).toBeUndefined();

      expect(readFileSync(path, "utf8")).toBe("two\n");
      expect(statSync(path).mode & 0o7777).toBe(0o644);
      // Another file, not the same one written over: a reader has one or the other.
      expect(statSync(path).ino).not.toBe(before.ino);
      expect(readdirSync(folder)).toEqual(["dockertls.prom"]);
    } finally {
      process.umask(umask);
    }
  });

  test("that can't be written is one line, and leaves nothing behind", () => {
    const taken = join(folder, "taken.prom");
    mkdirSync(taken);
    writeFileSync(join(taken, "x"), "");
    expect(writeTextfile(taken, "x\n")).toMatch(
      /^--prom: \S+ can't be written \(E[A-Z]+\); [^\n]+$/,
    );
    expect(readdirSync(folder).sort()).toEqual(["dockertls.prom", "taken.prom"]);
    expect(writeTextfile(join(folder, "none", "x.prom"), "x\n")).toMatch(/\(ENOENT\)/);
  });

  test("must have a name that node_exporter reads", () => {
    expect(() => checkTextfile("/var/lib/drift.txt")).toThrow(
      /^--prom: "[^"]+" does not end in \.prom; /,
    );
    expect(() => checkTextfile(path)).not.toThrow();
  });
});
