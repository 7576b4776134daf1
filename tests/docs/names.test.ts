// What pages and comments name is in the tree: files, folders, and names of the shell and of TypeScript.
import { globSync, readFileSync, statSync } from "node:fs";
import { basename } from "node:path";

const folders =
  "bench,components,docs,doctor,examples,lab,policies,provider,scripts,standins,tests";
const files = globSync(["*", `{${folders}}/**/*`], {
  exclude: (name) => name.includes("node_modules"),
});
const endsOfPaths = new Set(
  files.flatMap((file) => file.split("/").map((_, at, parts) => parts.slice(at).join("/"))),
);
const sources = files.filter(
  (file) => /\.(ts|mts|mjs|sh|go|perl|json)$/.test(file) && !file.startsWith("tests/docs/"),
);
// Comments don't count: a name that only they still know is gone.
const code = new Map(
  sources.map((file) => [file, readFileSync(file, "utf8").replace(/^\s*(\/\/|#|\/?\*).*$/gm, "")]),
);
const allCode = [...code.values()].join("\n");
const names = new Set(allCode.match(/[\w$]+/g));

/** On a machine, in a bundle, written by a benchmark, or of moby's sources. */
const elsewhere = new Set([
  "dockertls.sh",
  "benchmark.md",
  ...["env.sh", "HOST.env.sh"],
  ...["make.sh", "reloadConfig", "findConfigurationConflicts"],
]);

const isFile = /^[\w./-]+\.(ts|mts|mjs|sh)$/;
const isPath = new RegExp(`^(${folders.replaceAll(",", "|")})/[\\w./-]*$`);
const isShellName = /^_?[a-z]+(_[a-z0-9]+)+$/;
const isTypeScriptName = /^[a-z]+([A-Z][a-z0-9]*)+$/;

/** Whether what looks like a file, a path or a name of ours is there. */
function isThere(word: string): boolean {
  if (elsewhere.has(basename(word))) return true;
  if (isFile.test(word) || isPath.test(word)) {
    if (word.startsWith("/")) return true;
    return endsOfPaths.has(word.replace(/^(\.\.?\/)+/, "").replace(/\/$/, ""));
  }
  return isShellName.test(word) || isTypeScriptName.test(word) ? names.has(word) : true;
}

/** "`name` in `file.sh`", of which the file does not hold the name. */
function misplaced(text: string): string[] {
  return [...text.matchAll(/`(\w+)`\s+in\s+`?([\w./-]+\.(?:ts|sh))`?/g)].flatMap(
    ([, name = "", file = ""]) => {
      const places = [...code].filter(([path]) => `/${path}`.endsWith(`/${file}`));
      const isInOne = places.some(([, text]) => new RegExp(`\\b${name}\\b`).test(text));
      return isInOne ? [] : [`${name} in ${file}`];
    },
  );
}

const pages = ["README.md", "lab/README.md", ...globSync("docs/*.md")].sort();

test.each(pages)("%s names what is there", (page) => {
  const text = readFileSync(page, "utf8").replace(/^( *)```[\s\S]*?^\1```/gm, "");
  const spans = [...text.matchAll(/`([^`\n]+)`/g)].map(([, span = ""]) => span);
  expect([...spans.filter((span) => !isThere(span)), ...misplaced(text)]).toEqual([]);
});

const commented = files.filter(
  (file) => /\.(ts|mts|mjs|sh)$/.test(file) && !file.startsWith("tests/docs/"),
);

test("comments name what is there", () => {
  const lost = commented.flatMap((file) => {
    const lines = readFileSync(file, "utf8").matchAll(/^\s*(?:\/\/|#(?!!)|\/?\*).*$|\s\/\/ .*$/gm);
    const text = [...lines].map(([line]) => line.replace(/^\s*[/#*]+/, "")).join(" ");
    const words = text.split(/[\s`()[\]"',:;]+/).map((word) => word.replace(/\.$/, ""));
    const paths = words.filter((word) => isFile.test(word) || isPath.test(word));
    const spans = [...text.matchAll(/`([^`]+)`/g)].map(([, span = ""]) => span);
    const missing = [...paths, ...spans].filter((word) => !isThere(word));
    return [...missing, ...misplaced(text)].map((word) => `${file}: ${word}`);
  });
  expect([...new Set(lost)]).toEqual([]);
});

describe("the map", () => {
  const map = readFileSync("docs/architecture.md", "utf8");

  test("has every room", () => {
    const rooms = [...globSync(["*/", "components/*"]), "index.ts", "entry.mjs", "own-cache.mjs"];
    const shown = rooms.filter((room) => !/^(node_modules|docs|components)$/.test(room));
    const isFolder = (room: string): boolean => statSync(room).isDirectory();
    const inMap = (room: string): boolean =>
      map.includes(`\`${room}${isFolder(room) ? "/" : ""}\``);
    expect(shown.filter((room) => !inMap(room))).toEqual([]);
  });

  test("has every part of the scripts that run on a machine", () => {
    const parts = globSync("components/host/remote/*.sh").map((path) => basename(path));
    expect(parts.filter((part) => !map.includes(`\`${part}\``))).toEqual([]);
  });
});
