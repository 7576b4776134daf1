// docs/stolen.md is read at night: what it leads to must be there.
import { existsSync, readFileSync } from "node:fs";

const flat = (text: string): string => text.replace(/\s+/g, " ");
const page = readFileSync("docs/stolen.md", "utf8");
const scripts = (JSON.parse(readFileSync("package.json", "utf8")) as { scripts: object }).scripts;
const proofs = page.split("**Proven by**").slice(1).map(flat);

const matches = (text: string, pattern: RegExp): string[] =>
  [...text.matchAll(pattern)].map(([, found = ""]) => found);

test("every section says how it is proven", () => {
  expect(proofs).toHaveLength(matches(page, /^## (.*)$/gm).length);
});

test.each(proofs.map((proof) => [matches(proof, /`(tests\/\S+)`/g), proof] as const))(
  "%j hold what is said of them",
  (files, proof) => {
    expect(files.filter((file) => !existsSync(file))).toEqual([]);
    const [said = ""] = proof.split(/ (?=## )/);
    const titles = matches(said, /"([^"]+)"/g);
    const sources = files.map((file) => flat(readFileSync(file, "utf8")));
    expect(titles.filter((title) => !sources.some((text) => text.includes(`"${title}"`)))).toEqual(
      [],
    );
  },
);

test("every section that is named is there", () => {
  const anchors = matches(page, /^## (.*)$/gm).map((title) =>
    title
      .toLowerCase()
      .replace(/[^a-z -]/g, "")
      .replaceAll(" ", "-"),
  );
  expect(matches(page, /\(#([^)]+)\)/g).filter((anchor) => !anchors.includes(anchor))).toEqual([]);
});

test("every command of this project is one", () => {
  const commands = matches(page, /npm run ([\w:-]+)/g);
  expect(commands.length).toBeGreaterThan(0);
  expect(commands.filter((command) => !Object.hasOwn(scripts, command))).toEqual([]);
});
