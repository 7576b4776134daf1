// docs/promises.md names a test for each promise of the README; neither may move without the other.
import { readFileSync } from "node:fs";

/** Without line breaks and the spaces that align tables. */
const flat = (text: string): string => text.replace(/\s+/g, " ");

const readme = flat(readFileSync("README.md", "utf8"));
const rows = readFileSync("docs/promises.md", "utf8")
  .split("\n")
  .filter((line) => line.startsWith("| ") && !/^\| (promise|-+) /.test(line))
  .map((line) => line.split(" | ").map((cell) => flat(cell.replace(/^\||\|$/g, "")).trim()));

test("there is a table", () => {
  expect(rows.length).toBeGreaterThan(40);
});

test.each(rows)("%s", (promise, file, title) => {
  expect(readme).toContain(promise);
  expect(file).toMatch(/^(standins\/)?tests\/.*\.test\.ts$/);
  // As the title of a test or of a row of a table, whole: a word of it would be found anywhere.
  const whole = ['"', "'", "`"].map((quote) => `${quote}${title}${quote}`);
  const source = flat(readFileSync(file, "utf8"));
  expect(whole.filter((text) => source.includes(text))).not.toEqual([]);
});
