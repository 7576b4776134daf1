// What of a preview is a renewal, and what is something else that no timer may roll out.
import type { EngineEvent } from "@pulumi/pulumi/automation/events.js";
import { judge } from "../../../scripts/renew/renewals.ts";
import type { HostChange } from "../../../scripts/rollout/changes.ts";

const now = Date.parse("2026-11-30T00:00:00Z");
const fleet = "urn:pulumi:prod::dockertls::dockertls:index:Fleet";
const types = {
  signed: "tls:index/locallySignedCert:LocallySignedCert",
  selfSigned: "tls:index/selfSignedCert:SelfSignedCert",
  key: "tls:index/privateKey:PrivateKey",
  request: "tls:index/certRequest:CertRequest",
  state: "dockertls-host:index:HostState",
  proof: "dockertls-host:index:EndpointProof",
  command: "command:remote:Command",
  provider: "pulumi:providers:docker",
};

interface Side {
  readonly inputs?: object;
  readonly outputs?: object;
}

/** A step of a preview; `parent` as `Type::name`. */
function step(
  op: string,
  type: string,
  name: string,
  { old, now: next, parent = "Host::b1" }: { old?: Side; now?: Side; parent?: string } = {},
): EngineEvent {
  const urn = `${fleet}$${type}::${name}`;
  const of = (side: Side | undefined): object => ({
    ...{ urn, type, parent: `${fleet}$dockertls:index:${parent}`, inputs: {}, outputs: {} },
    ...side,
  });
  const metadata = { op, urn, type, old: of(old), new: of(next) };
  return { sequence: 1, timestamp: 1, resourcePreEvent: { metadata } } as unknown as EngineEvent;
}

const recorded = (end: string): Side => ({
  outputs: { validityEndTime: end, earlyRenewalHours: 720 },
});
const due = recorded("2026-12-10T00:00:00Z");
const notDue = recorded("2027-06-01T00:00:00Z");
const machine = { parent: "ServerCertificate::b1-server" };
const authority = { parent: "CertificateAuthority::ca" };
const hidden = { ciphertext: "[secret]" };

const renewal = step("replace", types.signed, "b1-server", { old: due, ...machine });
const files = (ca: string, cert: string): Side => ({
  inputs: { desired: { owner: "x", tlsFiles: { ca, cert, key: "k" } } },
});
const proof = (converged: string, cert: string, more: object = {}): Side => ({
  inputs: { converged, port: 2376, tls: { ca: "a", serverCertificate: cert, ...more } },
});
const whatFollows = [
  step("create-replacement", types.signed, "b1-server", { old: due, ...machine }),
  step("update", types.state, "b1-state", { old: files("a", "old"), now: files("a", "new") }),
  step("update", types.command, "b1-converge", {
    old: { inputs: { create: "x", stdin: hidden } },
    now: { inputs: { create: "x", stdin: "unknown" } },
  }),
  step("update", types.proof, "b1-proof", { old: proof("1", "old"), now: proof("2", "new") }),
  step("delete-replaced", types.signed, "b1-server", { old: due, ...machine }),
];

const found = (events: readonly EngineEvent[], hosts: readonly HostChange[] = []) =>
  judge(events, hosts, now);
const others = (...events: readonly EngineEvent[]): readonly string[] =>
  found([renewal, ...whatFollows, ...events]).others;

test("a machine's certificate and what follows from it is a renewal, and nothing else", () => {
  expect(found([renewal, ...whatFollows])).toEqual({
    renewals: [{ kind: "machine", owner: "b1" }],
    others: [],
  });
});

test("a client's touches no machine, but for the provider that shows it", () => {
  const client = step("replace", types.signed, "client", {
    old: due,
    parent: "ClientCertificate::client",
  });
  const alice = step("replace", types.signed, "client-alice-g2", {
    old: due,
    parent: "ClientCertificate::client-alice",
  });
  const provider = step("update", types.provider, "b1-docker", {
    old: { inputs: { certMaterial: "old", host: "tcp://b1:2376", __internal: 1 } },
    now: { inputs: { certMaterial: "new", host: "tcp://b1:2376" } },
  });
  expect(found([client, alice, provider])).toEqual({
    renewals: [
      { kind: "client", owner: "(this program)" },
      { kind: "client", owner: "alice" },
    ],
    others: [],
  });
});

test("an authority's brings new certificates for everybody, and new files of trust", () => {
  const events = [
    step("replace", types.selfSigned, "ca-g1", { old: due, ...authority }),
    step("replace", types.signed, "b1-server", {
      old: { ...notDue, inputs: { caCertPem: "old" } },
      now: { inputs: { caCertPem: "new" } },
      ...machine,
    }),
    step("update", types.state, "b1-state", { old: files("a", "old"), now: files("b", "new") }),
  ];
  expect(found(events)).toEqual({
    renewals: [
      { kind: "authority", owner: "g1" },
      { kind: "machine", owner: "b1" },
    ],
    others: [],
  });
});

test("nothing due is nothing", () => {
  expect(
    found([step("same", types.signed, "b1-server"), step("refresh", types.state, "b1-state")]),
  ).toEqual({ renewals: [], others: [] });
});

test.each<[string, EngineEvent, string]>([
  ["a machine that is added", step("create", types.state, "b2-state"), "b2-state: is created"],
  ["one that leaves", step("delete", types.command, "b2-undo"), "b2-undo: is deleted"],
  ["another key", step("replace", types.key, "b1-server-key"), "b1-server-key: is replaced"],
  [
    "another name in a certificate",
    step("replace", types.request, "b1-server-request", {
      old: { inputs: { dnsNames: ["a"] } },
      now: { inputs: { dnsNames: ["a", "b"] } },
    }),
    "b1-server-request: changes dnsNames",
  ],
  [
    "another life",
    step("replace", types.signed, "client", {
      old: { ...due, inputs: { validityPeriodHours: 720 } },
      now: { inputs: { validityPeriodHours: 72 } },
    }),
    "client: changes validityPeriodHours",
  ],
  [
    "another authority, where none is due",
    step("replace", types.signed, "client", {
      old: { ...due, inputs: { caCertPem: "a" } },
      now: { inputs: { caCertPem: "b" } },
    }),
    "client: changes caCertPem",
  ],
  [
    "a certificate that is not due",
    step("replace", types.signed, "client", { old: notDue }),
    "client: is issued again, and it is not due",
  ],
  [
    "a key of daemon.json",
    step("update", types.state, "b2-state", {
      old: { inputs: { desired: { daemon: { debug: true } } } },
      now: { inputs: { desired: { daemon: { debug: false, labels: ["a"] } } } },
    }),
    "b2-state: changes desired.daemon.debug, desired.daemon.labels",
  ],
  [
    "whom a machine trusts, where no authority is due",
    step("update", types.state, "b2-state", { old: files("a", "c"), now: files("b", "c") }),
    "b2-state: changes desired.tlsFiles.ca",
  ],
  [
    "whoever else is let in",
    step("update", types.proof, "b2-proof", {
      old: proof("1", "c"),
      now: proof("2", "c", { alsoTrusted: ["AB"] }),
    }),
    "b2-proof: changes tls.alsoTrusted",
  ],
  [
    "another port",
    step("update", types.proof, "b2-proof", {
      old: { inputs: { port: 2376 } },
      now: { inputs: { port: 2377 } },
    }),
    "b2-proof: changes port",
  ],
  [
    "another script on the machine",
    step("update", types.command, "b2-converge", {
      old: { inputs: { create: "a" } },
      now: { inputs: { create: "b" } },
    }),
    "b2-converge: changes create",
  ],
  [
    "an undo",
    step("update", types.command, "b2-undo", {
      old: { inputs: { stdin: "a" } },
      now: { inputs: { stdin: "b" } },
    }),
    "b2-undo: changes stdin",
  ],
  ["what nobody has thought of", step("update", "x:y:Z", "thing"), "thing: is updated"],
])("%s is something else", (_case, event, line) => {
  expect(others(event)).toEqual([line]);
});

test("drift is something else: to repair it is for a person to decide", () => {
  const drifted: HostChange = {
    ...{ host: "b1", state: "drift", effect: "restart", impact: [], problems: [], findings: [] },
    drift: ["daemon.json: expected a, found b"],
  };
  expect(found([renewal], [drifted]).others).toEqual([
    "b1: drift: daemon.json: expected a, found b",
  ]);
});
