// docs/security.md names what shows each of its claims: it must be there.
import { existsSync, readFileSync } from "node:fs";

const flat = (text: string): string => text.replace(/\s+/g, " ");
const page = flat(readFileSync("docs/security.md", "utf8"));
const named = [...page.matchAll(/`(tests\/[^`]+\.test\.ts)` "([^"]+)"/g)].map(
  ([, file = "", title = ""]) => [file, title] as const,
);

test("it names a test for most of what it claims", () => {
  expect(named.length).toBeGreaterThan(15);
  // Every test file that is named is named with a title.
  const files = [...page.matchAll(/`(tests\/[^`]+\.test\.ts)`(?! ")/g)].map(([, file]) => file);
  expect(files).toEqual([]);
});

test.each(named)("%s holds %j", (file, title) => {
  expect(existsSync(file)).toBe(true);
  expect(flat(readFileSync(file, "utf8"))).toContain(`"${title}"`);
});

test("every link within the documents leads somewhere", () => {
  const links = [...page.matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)].map(([, file = ""]) => file);
  expect(links.filter((file) => !existsSync(`docs/${file}`))).toEqual([]);
});
