import { linesOf, machine, parsed } from "../../support/stack-configuration.ts";

const hosts = { b1: machine() };

test("clients and groups, by name, with what the stack says for all", () => {
  const { clients, groups } = parsed({
    hosts,
    tls: { algorithm: "ECDSA-P384", clientHours: 48, renewBeforeHours: 12 },
    clients: { bob: { group: "guests", hours: 24, algorithm: "RSA-2048" }, alice: {} },
    groups: { staff: { generation: 2, algorithm: "ED25519" }, guests: {} },
  });
  expect(clients).toEqual([
    { name: "alice", lifetime: { hours: 48, renewBeforeHours: 12, isDefault: false } },
    {
      ...{ name: "bob", group: "guests", algorithm: "RSA-2048" },
      lifetime: { hours: 24, isDefault: false },
    },
  ]);
  expect(groups).toEqual([
    { name: "guests", generation: 1, algorithm: "ECDSA-P384" },
    { name: "staff", generation: 2, algorithm: "ED25519" },
  ]);
});

test("a rotation comes from the generation before, or from the one that is named", () => {
  const rotation = (tls: object): unknown => parsed({ hosts, tls }).authority.rotation;
  expect(rotation({ generation: 2 })).toBeUndefined();
  expect(rotation({ generation: 2, phase: 4 })).toBeUndefined();
  expect(rotation({ generation: 2, phase: 1 })).toEqual({ from: 1, phase: 1 });
  expect(rotation({ generation: 3, phase: 2 })).toEqual({ from: 2, phase: 2 });
  expect(rotation({ generation: 3, phase: 3, previousGeneration: 1 })).toEqual({
    ...{ from: 1, phase: 3 },
  });
});

test.each<[string, Readonly<Record<string, unknown>>, string]>([
  [
    "a group that is none",
    { clients: { alice: { group: "gests" } }, groups: { guests: {} } },
    'dockertls:clients.alice.group: is gests, which is no group of this stack; no authority would sign the certificate; did you mean "guests"?',
  ],
  [
    "a group where there is none at all",
    { clients: { alice: { group: "guests" } } },
    "dockertls:clients.alice.group: is guests, which is no group of this stack; no authority would sign the certificate; add it to dockertls:groups",
  ],
  [
    "a name that inherits from nothing",
    { clients: { alice: { group: "toString" } } },
    "dockertls:clients.alice.group: is toString, which is no group of this stack; no authority would sign the certificate; add it to dockertls:groups",
  ],
  [
    "a life that is longer than the authority's",
    { clients: { alice: { hours: 101 } }, tls: { caHours: 100, renewBeforeHours: 1 } },
    "dockertls:clients.alice.hours: is longer than tls.caHours, 100; no certificate outlives its authority; shorten it",
  ],
  [
    "an algorithm for a key that is made elsewhere",
    { clients: { alice: { algorithm: "ED25519", certificateRequestPem: "alice.csr" } } },
    "dockertls:clients.alice.algorithm: is set beside certificateRequestPem; the key of a request was made elsewhere; take one of them out",
  ],
  [
    "a curve that TLS 1.3 does not know",
    { tls: { algorithm: "ECDSA-P224" } },
    'dockertls:tls.algorithm: is "ECDSA-P224"; there is no such kind of key; write one of ECDSA-P256, ECDSA-P384, ECDSA-P521, RSA-2048, RSA-3072, RSA-4096, ED25519',
  ],
  [
    "a misspelt setting of a client",
    { clients: { alice: { groop: "x" } } },
    'dockertls:clients.alice.groop: is not a setting; it would have no effect; did you mean "group"?',
  ],
  [
    "a misspelt setting of a group",
    { groups: { guests: { generations: 2 } } },
    'dockertls:groups.guests.generations: is not a setting; it would have no effect; did you mean "generation"?',
  ],
  [
    "a name that is a path",
    { clients: { "../alice": {} } },
    "dockertls:clients.../alice: is not a name for a client; it names files and certificates; use letters, digits, dots, dashes and underscores",
  ],
  [
    "a client without a map",
    { clients: { alice: null } },
    "dockertls:clients.alice: missing; it says what a client has; write a map, {} for one with the defaults",
  ],
  [
    "a phase that there is not",
    { tls: { generation: 2, phase: 5 } },
    "dockertls:tls.phase: is 5; a rotation has four phases; write 1, 2, 3 or 4",
  ],
  [
    "a rotation from nowhere",
    { tls: { phase: 1 } },
    "dockertls:tls.phase: is 1 beside generation 1; a rotation leads from one generation to another; raise the generation by one, or take phase out",
  ],
  [
    "a rotation to where it comes from",
    { tls: { generation: 2, phase: 2, previousGeneration: 2 } },
    "dockertls:tls.previousGeneration: is 2 beside generation 2; a rotation leads from one generation to another; raise the generation by one, or take phase out",
  ],
])("%s is refused", (_case, settings, line) => {
  expect(linesOf({ hosts, ...settings })).toEqual([line]);
});
