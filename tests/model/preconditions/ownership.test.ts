import { ownershipProblem } from "../../../components/model/preconditions/ownership.ts";
import { type MachineOwner, previousOwnerText } from "../../../components/model/observed/owner.ts";
import { hostEndpoint } from "../../../components/model/address.ts";
import { formatProblem } from "../../../components/model/problem.ts";

const hostEndpoints = { b1: "10.0.0.4:22", b2: "10.0.0.5:22" };

function lineFor(present: Partial<MachineOwner> | undefined, takeOver = false): string {
  const whole = present && { id: "", endpoint: "", fencingToken: "0", ...present };
  const problem = ownershipProblem(whole, {
    owner: "dockertls/dev/b1",
    hostEndpoints,
    takeOver,
  });
  return problem === undefined ? "" : formatProblem(problem);
}

test.each([
  ["nobody's", undefined],
  ["its own", { id: "dockertls/dev/b1", endpoint: "10.0.0.4:22" }],
  ["its own, at another address", { id: "dockertls/dev/b1", endpoint: "10.9.9.9:22" }],
  ["a host's that was renamed", { id: "dockertls/dev/old", endpoint: "10.0.0.4:22" }],
  ["a host's that was renamed, by an earlier version", { id: "dockertls/dev/old" }],
  [
    "a host's that is reached elsewhere by now",
    { id: "dockertls/dev/b2", endpoint: "10.0.0.4:22" },
  ],
  ["a host's whose SSH port is another by now", { id: "dockertls/dev/b2", endpoint: "10.0.0.5:2" }],
])("a machine that is %s can be had", (_whose, present) => {
  expect(lineFor(present)).toBe("");
});

// proves: owner.refused
test.each([
  ["another stack's", { id: "dockertls/prod/b1", endpoint: "10.0.0.4:22" }],
  ["a stack's of the same name in another project", { id: "shop/dev/b1" }],
  ["one whose name begins like this one's", { id: "dockertls/dev/b1/b1", endpoint: "10.0.0.4:22" }],
])("a machine of %s is refused, with both ways out", (_whose, present) => {
  expect(lineFor(present)).toBe(
    `owner: this machine belongs to ${present.id}; two stacks would undo each other's work; destroy it there first, or set \`takeOver: true\` for this host to take it as it is`,
  );
});

test.each([
  ["", { id: "dockertls/dev/b2", endpoint: "10.0.0.5:22" }],
  [", recorded by an earlier version", { id: "dockertls/dev/b2" }],
])("two entries of one stack for one machine%s: the second is refused", (_when, present) => {
  expect(lineFor(present)).toBe(
    "owner: this machine belongs to dockertls/dev/b2, which is reached at 10.0.0.5:22; two entries would undo each other's work on one machine; take one of the two out of the configuration, or set `takeOver: true` for the one that is to have it",
  );
});

test.each([
  [{ id: "dockertls/prod/b1" }],
  [{ id: "dockertls/dev/b2", endpoint: hostEndpoints.b2 }],
])("takeOver has any machine: %j", (present) => {
  expect(lineFor(present, true)).toBe("");
});

test("names that every object has are no hosts", () => {
  expect(lineFor({ id: "dockertls/dev/constructor", endpoint: "10.0.0.4:22" })).toBe("");
});

test("places, and holders as the machine is told of them", () => {
  expect(hostEndpoint("10.0.0.4", 22)).toBe("10.0.0.4:22");
  expect(hostEndpoint("2001:db8::4", 2222)).toBe("[2001:db8::4]:2222");
  expect(previousOwnerText({ id: "a/b/c", endpoint: "10.0.0.4:22", fencingToken: "1" })).toBe(
    "a/b/c at 10.0.0.4:22",
  );
});
