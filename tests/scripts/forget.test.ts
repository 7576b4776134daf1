// What belongs to a machine in a stack's state, and what of it is forgotten.
import {
  machinesIn,
  without,
  type Exported,
  type StateResource,
} from "../../scripts/forget/deployment.ts";
import { run } from "../support/program.ts";

const prefix = "urn:pulumi:dev::dockertls::";
const fleet = `${prefix}dockertls:index:Fleet::fleet`;
const under = (type: string, name: string): string =>
  `${prefix}dockertls:index:Fleet$${type}::${name}`;
const hostUrn = (host: string): string => under("dockertls:index:Host", host);
const undoUrn = (host: string): string =>
  under("dockertls:index:Host$command:remote:Command", `${host}-undo`);
const convergeUrn = (host: string): string =>
  under("dockertls:index:Host$command:remote:Command", `${host}-converge`);
const proofUrn = (host: string): string =>
  under("dockertls-host:index:EndpointProof", `${host}-proof`);

function resource(urn: string, more: Partial<StateResource> = {}): StateResource {
  const type = urn.split("::")[2]?.split("$").at(-1) ?? "";
  return { urn, type, ...more };
}

/** The resources of one machine, in an order in which the engine may have them. */
function machine(host: string): StateResource[] {
  const server = under("dockertls:index:ServerCertificate", `${host}-server`);
  const docker = under("pulumi:providers:docker", `${host}-docker`);
  return [
    resource(server, { parent: fleet }),
    resource(hostUrn(host), { parent: fleet }),
    resource(
      under(
        "dockertls:index:ServerCertificate$tls:index/privateKey:PrivateKey",
        `${host}-server-key`,
      ),
      {
        parent: server,
      },
    ),
    resource(undoUrn(host), { parent: hostUrn(host) }),
    resource(convergeUrn(host), { parent: hostUrn(host), dependencies: [undoUrn(host)] }),
    resource(proofUrn(host), { parent: fleet, dependencies: [convergeUrn(host)] }),
    resource(docker, { parent: fleet, dependencies: [proofUrn(host)] }),
    resource(under("docker:index/network:Network", `some-${host}`), {
      parent: fleet,
      provider: `${docker}::4f2a-1`,
    }),
  ];
}

const stack = resource(`${prefix}pulumi:pulumi:Stack::dockertls-dev`, {
  outputs: { hosts: { web: { name: "web" }, "web-server": { name: "x" } }, clientBundle: "secret" },
});

function state(resources: readonly StateResource[], more: object = {}): Exported {
  return {
    deployment: {
      resources: [stack, resource(fleet, { parent: stack.urn }), ...resources],
      ...more,
    },
  };
}

const urnsIn = ({ deployment }: Exported): string[] =>
  (deployment?.resources ?? []).map(({ urn }) => urn);

test("every resource of the machine goes, all others stay in their order", () => {
  const {
    state: after,
    what,
    resources,
  } = without(state([...machine("web"), ...machine("db")]), "web");
  expect(what).toBe("machine");
  expect(resources).toBe(8);
  expect(urnsIn(after)).toEqual(urnsIn(state(machine("db"))));
});

test("a machine whose name begins another's, or is that of another's part, takes nothing along", () => {
  const others = [...machine("web-server"), ...machine("web-1"), ...machine("server")];
  const { state: after } = without(state([...machine("web"), ...others]), "web");
  expect(urnsIn(after)).toEqual(urnsIn(state(others)));
});

test("what remains refers to nothing that has gone", () => {
  const next = resource(convergeUrn("db"), {
    parent: fleet,
    dependencies: [proofUrn("web"), fleet],
    propertyDependencies: { stdin: [proofUrn("web"), fleet], none: null },
    deletedWith: undoUrn("web"),
    replaceWith: [undoUrn("web")],
  });
  const { state: after } = without(state([...machine("web"), next]), "web");
  expect(after.deployment?.resources?.at(-1)).toEqual(
    resource(convergeUrn("db"), {
      parent: fleet,
      dependencies: [fleet],
      propertyDependencies: { stdin: [fleet], none: null },
      replaceWith: [],
    }),
  );
});

test("the stack's outputs name it no more, and keep the rest", () => {
  const { state: after } = without(state(machine("web")), "web");
  expect(after.deployment?.resources?.[0]?.outputs).toEqual({
    hosts: { "web-server": { name: "x" } },
    clientBundle: "secret",
  });
});

test("what was under way on it is forgotten, what was on others is not", () => {
  const pending_operations = [
    { resource: resource(undoUrn("web"), { parent: hostUrn("web") }) },
    { resource: resource(undoUrn("db"), { parent: hostUrn("db") }) },
  ];
  const { state: after } = without(state(machine("web"), { pending_operations }), "web");
  expect(after.deployment?.pending_operations?.map(({ resource: { urn } }) => urn)).toEqual([
    undoUrn("db"),
  ]);
});

describe("an undo that only waits to be deleted", () => {
  const former = resource(undoUrn("web"), { parent: hostUrn("web"), delete: true });

  test("goes alone where the machine has another address now", () => {
    const { state: after, what, resources } = without(state([...machine("web"), former]), "web");
    expect({ what, resources }).toEqual({ what: "former machine", resources: 1 });
    expect(after).toEqual(state(machine("web")));
  });

  test("goes with the rest where the machine has left the configuration, its component gone or not", () => {
    const before = state([former, ...machine("db")]);
    expect(machinesIn(before)).toEqual(["db", "web"]);
    expect(urnsIn(without(before, "web").state)).toEqual(urnsIn(state(machine("db"))));
  });
});

test("an empty state knows no machine", () => {
  expect(machinesIn({ deployment: {} })).toEqual([]);
  expect(machinesIn({ deployment: null })).toEqual([]);
});

test("every resource that the program makes for a machine is forgotten, and no other", async () => {
  const host = { address: "10.0.0.4", ssh: { hostKey: "ssh-ed25519 AAAA" } };
  const hosts = { a: host, b: { ...host, address: "10.0.0.5" } };
  const { resources } = await run({ hosts });
  const alone = await run({ hosts: { b: hosts.b } });
  const exported = state(
    resources.map(({ type, name, parent }) => {
      const above = resources.find(
        (one) => one.name === parent && one.type.startsWith("dockertls:"),
      );
      const parentUrn = above === undefined ? fleet : under(above.type, above.name);
      return resource(under(type, name), { parent: parentUrn });
    }),
  );
  const left = without(exported, "a").state.deployment?.resources ?? [];
  const names = left.slice(2).map(({ urn }) => urn.split("::").at(-1));
  expect(names.sort()).toEqual(alone.resources.map(({ name }) => name).sort());
});
