// The environment in which the engine runs for this project: nothing of the person's own Pulumi
// set-up, and nothing that leaves this machine.
import { delimiter, join } from "node:path";
import { secretLogsAllowed, secretLogVariables } from "../../components/model/secret-logs.ts";
import { checkout } from "../paths.ts";
import type { Engine } from "./engine.ts";

export interface EngineSettings {
  engine: Engine;
  /** PULUMI_HOME: plugins, logs, credentials. */
  home: string;
  /** The folder of a local backend. */
  state: string;
  passphraseFile: string;
  stack?: string;
  /** The stack's configuration, if not Pulumi.<stack>.yaml. */
  configFile?: string;
}

/** Variables that would send the engine elsewhere, or the Docker provider to another daemon. */
const foreign = /^(PULUMI_|DOCKER_(HOST|CONTEXT|CERT_PATH|TLS|TLS_VERIFY|API_VERSION)$)/;

export function engineEnvironment(
  { engine, home, state, passphraseFile, stack, configFile }: EngineSettings,
  inherited: NodeJS.ProcessEnv = process.env,
): NodeJS.ProcessEnv {
  const telling = secretLogVariables(inherited);
  const kept = Object.entries(inherited).filter(([name]) =>
    telling.includes(name) ? secretLogsAllowed(inherited) : !foreign.test(name),
  );
  return {
    ...Object.fromEntries(kept),
    // The SDK needs the project's own Node, and the engine looks for the language host on PATH.
    PATH: [engine.directory, join(checkout, "node_modules", ".bin"), inherited["PATH"]].join(
      delimiter,
    ),
    // The engine writes all of the state at each step, and collecting what is left of that was a third of its
    // work. Now it collects half as often, and more often only beyond the limit.
    GOGC: inherited["GOGC"] ?? "200",
    GOMEMLIMIT: inherited["GOMEMLIMIT"] ?? "320MiB",
    PULUMI_HOME: home,
    PULUMI_BACKEND_URL: `file://${state}`,
    PULUMI_CONFIG_PASSPHRASE_FILE: passphraseFile,
    PULUMI_SKIP_UPDATE_CHECK: "true",
    // A plugin that is missing is an error to see, not a download to wait for.
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    ...(stack ? { PULUMI_STACK: stack } : {}),
    // The engine takes every flag as PULUMI_OPTION_…; so it reaches each command that has the flag.
    ...(configFile ? { PULUMI_OPTION_CONFIG_FILE: configFile } : {}),
  };
}
