// docs/stolen.md is read at night: every section must say how it is proven.
import { readFileSync } from "node:fs";

const sections = readFileSync("docs/stolen.md", "utf8").split(/^## /m).slice(1);

test.each(sections.map((section) => [section.split("\n")[0] ?? "", section]))(
  "%s: says after which step one is safe, what is not covered, and what proves it",
  (_title, section) => {
    expect(section).toMatch(/^\*\*Safe after which step\.\*\*/m);
    expect(section).toMatch(/^\*\*Not covered\.\*\*/m);
    expect(section).toMatch(/^\*\*Proven by\*\* \[`[^`]+`\]\(promises\.md#/m);
  },
);
