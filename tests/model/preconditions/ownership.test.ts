import { claimProblem } from "../../../components/model/preconditions/ownership.ts";
import { type Holder, holderText } from "../../../components/model/observed/owner.ts";
import { placeOf } from "../../../components/model/address.ts";
import { formatProblem } from "../../../components/model/problem.ts";

const places = { b1: "10.0.0.4:22", b2: "10.0.0.5:22" };

function lineFor(holder: Partial<Holder> | undefined, takeOver = false): string {
  const whole = holder && { owner: "", place: "", claim: "0", ...holder };
  const problem = claimProblem(whole, { owner: "dockertls/dev/b1", places, takeOver });
  return problem === undefined ? "" : formatProblem(problem);
}

test.each([
  ["nobody's", undefined],
  ["its own", { owner: "dockertls/dev/b1", place: "10.0.0.4:22" }],
  ["its own, at another address", { owner: "dockertls/dev/b1", place: "10.9.9.9:22" }],
  ["a host's that was renamed", { owner: "dockertls/dev/old", place: "10.0.0.4:22" }],
  ["a host's that was renamed, by an earlier version", { owner: "dockertls/dev/old" }],
  [
    "a host's that is reached elsewhere by now",
    { owner: "dockertls/dev/b2", place: "10.0.0.4:22" },
  ],
  ["a host's whose SSH port is another by now", { owner: "dockertls/dev/b2", place: "10.0.0.5:2" }],
])("a machine that is %s can be had", (_whose, holder) => {
  expect(lineFor(holder)).toBe("");
});

test.each([
  ["another stack's", { owner: "dockertls/prod/b1", place: "10.0.0.4:22" }],
  ["a stack's of the same name in another project", { owner: "shop/dev/b1" }],
  ["one whose name begins like this one's", { owner: "dockertls/dev/b1/b1", place: "10.0.0.4:22" }],
])("a machine of %s is refused, with both ways out", (_whose, holder) => {
  expect(lineFor(holder)).toBe(
    `owner: this machine belongs to ${holder.owner}; two stacks would undo each other's work; destroy it there first, or set \`takeOver: true\` for this host to take it as it is`,
  );
});

test.each([
  ["", { owner: "dockertls/dev/b2", place: "10.0.0.5:22" }],
  [", recorded by an earlier version", { owner: "dockertls/dev/b2" }],
])("two entries of one stack for one machine%s: the second is refused", (_when, holder) => {
  expect(lineFor(holder)).toBe(
    "owner: this machine belongs to dockertls/dev/b2, which is reached at 10.0.0.5:22; two entries would undo each other's work on one machine; take one of the two out of the configuration, or set `takeOver: true` for the one that shall have it",
  );
});

test.each([[{ owner: "dockertls/prod/b1" }], [{ owner: "dockertls/dev/b2", place: places.b2 }]])(
  "takeOver has any machine: %j",
  (holder) => {
    expect(lineFor(holder, true)).toBe("");
  },
);

test("names that every object has are no hosts", () => {
  expect(lineFor({ owner: "dockertls/dev/constructor", place: "10.0.0.4:22" })).toBe("");
});

test("places, and holders as the machine is told of them", () => {
  expect(placeOf("10.0.0.4", 22)).toBe("10.0.0.4:22");
  expect(placeOf("2001:db8::4", 2222)).toBe("[2001:db8::4]:2222");
  expect(holderText({ owner: "a/b/c", place: "10.0.0.4:22", claim: "1" })).toBe(
    "a/b/c at 10.0.0.4:22",
  );
});
