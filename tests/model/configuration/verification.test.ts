import { provenByProvider } from "../../../components/model/configuration/verification.ts";

const hosts = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `b${String(index + 1)}`);

// proves: verification.auto
test.each([
  ["auto", 1, hosts(1)],
  ["auto", 10, hosts(10)],
  ["auto", 11, ["b1"]],
  ["every-host", 100, hosts(100)],
  ["canaries", 3, ["b1"]],
] as const)("%s of %i machines", (verification, count, expected) => {
  expect([...provenByProvider(hosts(count), verification, [])]).toEqual(expected);
});

test("canaries are those of the rollout, where it has any", () => {
  expect([...provenByProvider(hosts(30), "auto", ["b3", "b2"])]).toEqual(["b3", "b2"]);
  expect([...provenByProvider(hosts(2), "auto", ["b2"])]).toEqual([...hosts(2)]);
});
