import {
  authorityInGeneration,
  componentTypes,
  hostNames,
  leafInGeneration,
  parseUrn,
  pluginTypes,
} from "../../components/identity.ts";

test("types and names are those in the states of the first release", () => {
  expect(componentTypes.untrustedClient).toBe("dockertls:index:Stranger");
  expect(Object.values(pluginTypes)).toEqual([
    "dockertls-host:index:HostState",
    "dockertls-host:index:HostScript",
    "dockertls-host:index:EndpointProof",
    "dockertls-host:index:CrossCertificate",
  ]);
  expect(Object.values(hostNames).map((nameOf) => nameOf("b1"))).toEqual([
    ...["b1-state", "b1-undo", "b1-script", "b1-converge", "b1-server", "b1-proof", "b1-docker"],
  ]);
});

test("a leaf of the first generation has the name from before there were generations", () => {
  expect([1, 2].map((generation) => leafInGeneration("client", generation))).toEqual([
    "client",
    "client-g2",
  ]);
  expect(authorityInGeneration("ca", 1)).toBe("ca-g1");
});

test.each([
  ["urn:pulumi:dev::dockertls::dockertls:index:Fleet$dockertls:index:Host::b1", "Host", "b1"],
  ["urn:pulumi:dev::dockertls::dockertls:index:Host::a::b", "Host", "a::b"],
])("%s", (urn, type, name) => {
  expect(parseUrn(urn)).toEqual({ type: `dockertls:index:${type}`, name });
});
