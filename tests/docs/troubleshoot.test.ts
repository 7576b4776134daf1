// docs/troubleshoot.md quotes error lines: each must still be written somewhere.
import { globSync, readFileSync } from "node:fs";
import { firstCells } from "../support/markdown.ts";

const page = "docs/troubleshoot.md";
const sources = ["components", "provider", "doctor", "scripts"]
  .flatMap((folder) => globSync(`${folder}/**/*.{ts,mjs,sh}`))
  .map((file) => readFileSync(file, "utf8"));
const quotes = firstCells(page).flatMap((cell) =>
  [...cell.matchAll(/`([^`]+)`/g)].map(([, quote = ""]) => quote),
);

/** A line is put together from its place and its parts, so these are looked for one by one, in one file. */
function isWritten(quote: string): boolean {
  const parts = quote.split(/…|: /).map((part) => part.trim().replace(/[:;(]$/, ""));
  return sources.some((text) => parts.every((part) => text.includes(part)));
}

test("there are quotes", () => {
  expect(quotes.length).toBeGreaterThan(80);
});

test("every line that is quoted is one that the program writes", () => {
  expect(quotes.filter((quote) => !isWritten(quote))).toEqual([]);
});
