// What tests of the pages read in Markdown, as GitHub shows it.
import { readFileSync } from "node:fs";
import { prose } from "../../scripts/docs/proofs.ts";

/** Targets of the links and pictures of a page. */
export function linksIn(page: string): string[] {
  const text = prose(readFileSync(page, "utf8"));
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = ""]) => target);
}

/** Anchors of a page: those of its headings, as GitHub makes them, and those written out. */
export function anchorsIn(page: string): string[] {
  const text = readFileSync(page, "utf8").replace(/^( *)```[\s\S]*?^\1```/gm, "");
  const written = [...text.matchAll(/<a id="([^"]+)">/g)].map(([, id = ""]) => id);
  const found: string[] = [];
  for (const [, title = ""] of text.matchAll(/^#+ (.*)$/gm)) {
    const anchor = title
      .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
      .toLowerCase()
      .replace(/[^\p{L}\p{N}_ -]/gu, "")
      .replaceAll(" ", "-");
    const before = found.filter((one) => one === anchor || one.startsWith(`${anchor}-`)).length;
    found.push(found.includes(anchor) ? `${anchor}-${String(before)}` : anchor);
  }
  return [...found, ...written];
}

/** The first cells of the rows of a page's tables, heads left out. */
export function firstCells(page: string): string[] {
  const lines = readFileSync(page, "utf8").split("\n");
  return lines.flatMap((line, index) => {
    const isHead = /^\|[ :|-]+\|$/.test(lines[index + 1] ?? "");
    if (!line.startsWith("| ") || isHead || /^\|[ :|-]+\|$/.test(line)) return [];
    return [line.split(" | ")[0]?.replace(/^\| /, "").trim() ?? ""];
  });
}
