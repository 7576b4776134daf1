// npm run doctor: what is missing on this machine, and on the way to each host the first thing that is
// wrong. It changes nothing anywhere.
import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { listing, failures, type Section } from "../doctor/step.ts";
import { doctor } from "../doctor/doctor.ts";
import { terminalOf } from "../doctor/terminal.ts";
import { engineAtHand } from "../lab/engine/engine.ts";
import { checkout } from "../lab/paths.ts";
import { devStack } from "./dev-stack.ts";
import { clientBundleOf, openedConfiguration } from "./engine-answers.ts";
import { showedHelp } from "./help.ts";
import { gatherLocalFacts } from "./local-facts.ts";
import { configFileOf, usualStack } from "./stack-engine.ts";

const usage = `usage: npm run doctor -- [OPTIONS] [HOST…]: what is wrong here, and on the way to each host
  --stack NAME        which stack (default: PULUMI_STACK, the one selected, or dev)
  --config-file PATH  its file (default: Pulumi.NAME.yaml)
  --verbose           every step of every host, however many there are
  --json              for scripts
It changes nothing anywhere. Exit code: 0 nothing wrong, 1 something is, 2 it was called wrongly`;

interface Examined {
  readonly sections: Section[];
  readonly json: boolean;
  readonly verbose: boolean;
}

async function examine(): Promise<Examined> {
  const { values, positionals } = parseArgs({
    options: {
      stack: { type: "string", short: "s" },
      "config-file": { type: "string" },
      json: { type: "boolean", default: false },
      verbose: { type: "boolean", default: false },
    },
    allowPositionals: true,
  });
  const engine = engineAtHand();
  // A stack may be named with its organisation; its file never is.
  const stack = (values.stack ?? usualStack(engine)).split("/").at(-1) ?? devStack.name;
  const configFile = values["config-file"] ?? configFileOf(stack);
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
  return { sections, json: values.json, verbose: values.verbose };
}

// Paths in the configuration are relative to the project.
process.chdir(checkout);
try {
  if (!showedHelp(usage)) {
    const { sections, json, verbose } = await examine();
    const terminal = terminalOf(process.stdout, process.env);
    const lines = json
      ? [JSON.stringify(sections, null, 2)]
      : listing(sections, { terminal, verbose });
    console.log(lines.join("\n"));
    process.exitCode = failures(sections) > 0 ? 1 : 0;
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  console.error(usage);
  process.exitCode = 2;
}
