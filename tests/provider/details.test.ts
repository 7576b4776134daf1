// What `--diff` shows of a change, where by itself the engine would print every input.
import "../support/errors-of-node.ts";
import { changedPaths, telling } from "../../provider/details.ts";
import { EndpointProofResource } from "../../provider/endpoint-proof.ts";
import { secret } from "../../provider/wire.ts";

test("paths of what differs, into maps but not into lists or secrets", () => {
  const before = { a: { b: 1, c: [1, 2], d: secret({ e: 1 }) }, f: 1, same: secret("x") };
  const after = { a: { b: 2, c: [1], d: secret({ e: 2 }) }, g: 1, same: "x" };
  expect(changedPaths(before, after).map(({ path, kind }) => `${kind} ${path}`)).toEqual([
    "update a.b",
    "update a.c",
    "update a.d",
    "delete f",
    "add g",
  ]);
});

test("those that tell something, or one of the others", () => {
  const details = changedPaths({ a: 1, b: 1, c: 1 }, { a: 2, b: 2, c: 2 });
  const paths = (tells: string): string[] =>
    telling(details, (path) => tells.includes(path)).map(({ path }) => path);
  expect(paths("bc")).toEqual(["b", "c"]);
  expect(paths("z")).toEqual(["a"]);
});

test("of a proof: no certificate, where anything else changes", () => {
  const proof = new EndpointProofResource();
  const olds = { port: 1, tls: { ca: "-----BEGIN", clientKey: secret("x") }, converged: "a" };
  const news = { port: 2, tls: { ca: "-----BEGIN C", clientKey: secret("y") }, converged: "b" };
  const paths = proof.details({}, olds, news).map(({ path }) => path);
  expect(paths).toEqual(["port", "converged"]);
});
