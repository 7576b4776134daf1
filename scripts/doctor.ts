// npm run doctor: what is missing on this machine, and on the way to each host the first thing that is
// wrong. It changes nothing anywhere.
import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { listing, failures, type Section } from "../doctor/step.ts";
import { doctor } from "../doctor/doctor.ts";
import { engineAtHand } from "../lab/engine/engine.ts";
import { checkout } from "../lab/paths.ts";
import { devStack } from "./dev-stack.ts";
import { clientBundleOf, openedConfiguration } from "./engine-answers.ts";
import { gatherLocalFacts } from "./local-facts.ts";

const usage = `usage: npm run doctor -- [--stack NAME] [--config-file PATH] [--json] [HOST…]`;

async function examine(): Promise<{ sections: Section[]; json: boolean }> {
  const { values, positionals } = parseArgs({
    options: {
      stack: { type: "string", short: "s", default: process.env["PULUMI_STACK"] ?? devStack.name },
      "config-file": { type: "string" },
      json: { type: "boolean", default: false },
    },
    allowPositionals: true,
  });
  // A stack may be named with its organisation; its file never is.
  const stack = values.stack.split("/").at(-1) ?? devStack.name;
  const configFile =
    values["config-file"] ??
    process.env["PULUMI_OPTION_CONFIG_FILE"] ??
    join(checkout, `Pulumi.${stack}.yaml`);
  const engine = engineAtHand();
  const sections = await doctor({
    stack,
    hosts: positionals,
    project: {
      file: "Pulumi.yaml",
      read: () => readFileSync(join(checkout, "Pulumi.yaml"), "utf8"),
    },
    stackFile: { file: basename(configFile), read: () => readFileSync(configFile, "utf8") },
    environment: process.env,
    found: (hosts) => gatherLocalFacts(engine, hosts),
    opened: () => engine && openedConfiguration({ engine, stack, configFile }),
    bundle: () => clientBundleOf({ engine, stack, configFile }),
  });
  return { sections, json: values.json };
}

// Paths in the configuration are relative to the project.
process.chdir(checkout);
try {
  const { sections, json } = await examine();
  console.log(json ? JSON.stringify(sections, null, 2) : listing(sections).join("\n"));
  process.exitCode = failures(sections) > 0 ? 1 : 0;
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  console.error(usage);
  process.exitCode = 2;
}
