// npm run docs: writes the documents that are made from the schema of the configuration.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { format, resolveConfig } from "prettier";
import { checkout } from "../lab/paths.ts";
import { configurationPage } from "./docs/configuration-page.ts";
import { stackFileSchema } from "./docs/stack-schema.ts";

const documents: Readonly<Record<string, () => string>> = {
  "docs/configuration.md": configurationPage,
  "docs/dockertls.schema.json": () => JSON.stringify(stackFileSchema()),
};

/** The text of a generated document, laid out as `npm run format` would. */
async function textOf(path: string, make: () => string): Promise<string> {
  const filepath = join(checkout, path);
  return await format(make(), { ...(await resolveConfig(filepath)), filepath });
}

/** Paths of the documents that are not what the schema says. */
export async function staleDocuments(): Promise<string[]> {
  const stale: string[] = [];
  for (const [path, make] of Object.entries(documents)) {
    let found = "";
    try {
      found = readFileSync(join(checkout, path), "utf8");
    } catch {
      // Missing is stale.
    }
    if (found !== (await textOf(path, make))) stale.push(path);
  }
  return stale;
}

if (import.meta.main) {
  for (const path of await staleDocuments()) {
    writeFileSync(join(checkout, path), await textOf(path, documents[path] ?? (() => "")));
    console.log(`docs: wrote ${path}`);
  }
}
