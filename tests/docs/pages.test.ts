// The pages hold together: links lead somewhere, commands are there, the README stays short.
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { anchorsIn, linksIn } from "../support/markdown.ts";

const pages = ["README.md", "CHANGELOG.md", "lab/README.md", ...globSync("docs/*.md")].sort();
const { scripts } = JSON.parse(readFileSync("package.json", "utf8")) as { scripts: object };

test("the README is a door, not a manual", () => {
  expect(readFileSync("README.md", "utf8").trimEnd().split("\n").length).toBeLessThanOrEqual(150);
});

test("the README leads to every page", () => {
  const led = linksIn("README.md").map((target) => target.split("#")[0]);
  const left = globSync("docs/*.md").filter((page) => !led.includes(page));
  // benchmark.md is reached from measurements.md.
  expect(left.filter((page) => !page.endsWith("benchmark.md"))).toEqual([]);
});

describe.each(pages)("%s", (page) => {
  const targets = linksIn(page).filter((target) => !/^[a-z]+:/.test(target));

  test("every link leads to a file", () => {
    const files = targets.map((target) => target.split("#")[0] ?? "").filter((file) => file !== "");
    expect(files.filter((file) => !existsSync(join(dirname(page), file)))).toEqual([]);
  });

  test("every anchor leads to a heading or to a row that has one", () => {
    const lost = targets.filter((target) => {
      const [file = "", anchor] = target.split("#");
      const there = file === "" ? page : normalize(join(dirname(page), file));
      return anchor !== undefined && existsSync(there) && !anchorsIn(there).includes(anchor);
    });
    expect(lost).toEqual([]);
  });

  test("every command of this project exists", () => {
    const commands = [...readFileSync(page, "utf8").matchAll(/npm run (?:--silent )?([\w:-]+)/g)];
    const names = commands.map(([, name = ""]) => name);
    expect(names.filter((name) => !Object.hasOwn(scripts, name))).toEqual([]);
  });
});
