// Addresses of `listen` that the machine does not have, or has only once dockerd runs.
import { checkPreconditions } from "../../../components/model/preconditions/preconditions.ts";
import { formatProblem } from "../../../components/model/problem.ts";
import { desiredHost, factsOf, freshMachine, tlsListener } from "../../support/machine-answer.ts";

const shown = `1: lo    inet 127.0.0.1/8 scope host lo\\       valid_lft forever preferred_lft forever
1: lo    inet6 ::1/128 scope host noprefixroute \\       valid_lft forever preferred_lft forever
2: eth0    inet 192.0.2.10/24 brd 192.0.2.255 scope global dynamic eth0\\       valid_lft 3000sec
2: eth0    inet6 2001:db8::10/64 scope global \\       valid_lft forever preferred_lft forever
3: docker0    inet 172.17.0.1/16 brd 172.17.255.255 scope global docker0\\       valid_lft forever
4: br-0123456789ab    inet 172.18.0.1/16 brd 172.18.255.255 scope global br-0123456789ab
5: tun0    inet 10.8.0.6 peer 10.8.0.5/32 scope global tun0\\       valid_lft forever
6: br-lan    inet 10.1.0.1/24 scope global br-lan\\       valid_lft forever
7: web    inet 172.19.0.1/16 scope global web\\       valid_lft forever
`;

/** As GET /networks has them: one that dockerd makes, and its default one, on a bridge of the machine's own. */
const networks = JSON.stringify([
  { Name: "front", Driver: "bridge", Options: { "com.docker.network.bridge.name": "web" } },
  { Name: "bridge", Driver: "bridge", Options: { "com.docker.network.bridge.name": "br-lan" } },
  { Name: "host", Driver: "host", Options: {} },
]);

function lineFor(addresses: string[], told: string | undefined = shown): string {
  const values = told === "" ? {} : { addresses: told, docker_networks: networks };
  const facts = factsOf(freshMachine(values));
  const result = checkPreconditions(facts, desiredHost({ listener: tlsListener({ addresses }) }));
  return "where" in result ? formatProblem(result) : "converged";
}

test.each([
  [["192.0.2.10"]],
  [["192.0.2.10", "127.0.0.1"]],
  [["0.0.0.0"]],
  [["::"]],
  [["127.0.0.1"]],
  [["127.0.0.5", "::1"]],
  [["2001:DB8:0::10"]],
  [["10.8.0.6"]],
  // A bridge of somebody's own, there before dockerd is.
  [["10.1.0.1"]],
])("%j: dockerd can listen there", (addresses) => {
  expect(lineFor(addresses)).toBe("converged");
});

// proves: listen.missing
test.each([[["192.0.2.77"]], [["192.0.2.10", "192.0.2.77"]]])("%j: not there", (addresses) => {
  expect(lineFor(addresses)).toBe(
    "listen: names 192.0.2.77, which this machine does not have now; dockerd does not start on an address that is not there; write one that it has (192.0.2.10, 2001:db8::10, 10.8.0.6, 10.1.0.1, 172.19.0.1), or bring that one up",
  );
});

// proves: listen.circular
test.each([
  ["172.17.0.1", "docker0"],
  ["172.18.0.1", "br-0123456789ab"],
  ["172.19.0.1", "web"],
])("%s is Docker's own, on %s", (address, name) => {
  expect(lineFor(["192.0.2.10", address])).toBe(
    `listen: names ${address}, the address of ${name}; dockerd itself makes that network once it runs, so after the next boot it could never start; take it out; containers reach the API by any other address of the machine`,
  );
});

test("nothing is known where the machine has no ip", () => {
  expect(lineFor(["192.0.2.77"], "")).toBe("converged");
});

test("a machine without IPv6 has no ::1", () => {
  expect(lineFor(["::1"], shown.replace(/.*::1.*\n/, ""))).toMatch(
    /^listen: names ::1, which this machine does not have now; /,
  );
});
