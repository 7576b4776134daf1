// Claims of the pages and the tests that prove them carry the same ids; docs/promises.md lists them.
import { readFileSync } from "node:fs";
import { anchorOf, claims, pages, proofs, proofsPage } from "../../scripts/docs/proofs.ts";

const ids = (carriers: readonly { readonly id: string }[]): string[] =>
  carriers.map(({ id }) => id);
const twice = (all: readonly string[]): string[] =>
  all.filter((id, index) => all.indexOf(id) !== index);

test("there are claims, and tests that prove them", () => {
  expect(claims().length).toBeGreaterThan(100);
  expect(pages()).toContain("docs/security.md");
});

test("every claim has a test", () => {
  expect(ids(claims()).filter((id) => !ids(proofs()).includes(id))).toEqual([]);
});

test("every test that proves something proves a claim of a page", () => {
  expect(ids(proofs()).filter((id) => !ids(claims()).includes(id))).toEqual([]);
});

test("no id stands twice, in pages or in tests", () => {
  expect({ pages: twice(ids(claims())), tests: twice(ids(proofs())) }).toEqual({
    pages: [],
    tests: [],
  });
});

test("a link that shows an id leads to its row", () => {
  const astray = pages().flatMap((page) => {
    const links = readFileSync(page, "utf8").matchAll(
      /\[`([a-z]+\.[^`]+)`\]\(([^)]*promises[^)]*)\)/g,
    );
    return [...links].filter(([, id = "", target]) => target?.split("#")[1] !== anchorOf(id));
  });
  expect(astray.map(([link]) => link)).toEqual([]);
});

test("docs/promises.md lists all of them (npm run docs)", () => {
  const cells = (table: string): string[][] =>
    table
      .split("\n")
      .filter((line) => line.startsWith("| <a "))
      .map((line) => line.split("|").map((cell) => cell.trim()));
  expect(cells(readFileSync("docs/promises.md", "utf8"))).toEqual(cells(proofsPage()));
});

test.each([...new Set(proofs().map(({ file }) => file))])(
  "in %s an id stands right above a test or a row of one",
  (file) => {
    const lines = readFileSync(file, "utf8").split("\n");
    const below = lines.flatMap((line, index) =>
      /^ *\/\/ proves: /.test(line) ? [lines[index + 1] ?? ""] : [],
    );
    const carriers = /^ *((test|it|describe)[.(]|[[{]|["'`])/;
    expect(below.filter((line) => !carriers.test(line))).toEqual([]);
  },
);
