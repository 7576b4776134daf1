// npm run docs: writes the documents that are generated: from the schema of the configuration, and from
// the ids that pages and tests have in common.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { format, resolveConfig } from "prettier";
import { checkout } from "../lab/paths.ts";
import { configurationPage } from "./docs/configuration-page.ts";
import { proofsPage } from "./docs/proofs.ts";
import { reportSchema } from "./docs/report-schema.ts";
import { projectFileSchema, stackFileSchema } from "./docs/stack-schema.ts";

const documents: Readonly<Record<string, () => string>> = {
  "docs/configuration.md": configurationPage,
  "docs/dockertls.schema.json": () => JSON.stringify(stackFileSchema()),
  "docs/dockertls.project.schema.json": () => JSON.stringify(projectFileSchema()),
  "docs/dockertls.report.schema.json": () => JSON.stringify(reportSchema()),
  "docs/promises.md": proofsPage,
};

/** What a generated document holds, laid out as `npm run format` would. */
async function textOf(path: string, make: () => string): Promise<string> {
  const filepath = join(checkout, path);
  return await format(make(), { ...(await resolveConfig(filepath)), filepath });
}

/** Paths of the documents that are out of date. */
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
