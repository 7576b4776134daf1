// What the command goes by: the stack's file, its state, and the record of bundles that were written here.
import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { Configuration } from "../../components/model/configuration/parse.ts";
import { formatProblem } from "../../components/model/problem.ts";
import { parseWithAliases } from "../../components/stack/ssh-alias.ts";
import { rawOf, readProject, stackValues } from "../../doctor/stack-values.ts";
import type { Engine } from "../../lab/engine/engine.ts";
import { checkout } from "../../lab/paths.ts";
import { writtenBundles } from "../client/written.ts";
import { openedConfiguration } from "../engine-answers.ts";
import { certificatesIn } from "../expiry/certificates.ts";
import type { Exported } from "../forget/deployment.ts";
import { configFileOf, exportedState } from "../stack-engine.ts";
import { handedOut } from "./bundles.ts";
import { ownBundle } from "./gates.ts";
import type { Asked } from "./position.ts";
import { presentRenewals, type PlanFacts } from "./report.ts";
import { stateIn } from "./state.ts";
import { freshGeneration } from "./steps.ts";

export interface ReadOptions {
  readonly cutOff: readonly string[];
  readonly withRenewals: boolean;
}

export interface Facts extends PlanFacts {
  readonly configuration: Configuration;
}

/** @throws Error with what is wrong with the stack, a line each. */
export async function readFacts(
  engine: Engine,
  stack: string,
  { cutOff, withRenewals }: ReadOptions,
): Promise<Facts> {
  const configuration = readConfiguration(engine, stack);
  refuseOwnAuthority(stack, configuration);
  const exported = JSON.parse(await exportedState(engine, stack)) as Exported;
  const state = stateIn(exported);
  if (state.authorities.length === 0) {
    throw new Error(
      formatProblem({
        where: `stack ${stack}`,
        what: "has no authority yet",
        why: "no `pulumi up` has come to its end, so there is nothing to rotate",
        fix: "run `pulumi up`",
      }),
    );
  }
  const { hosts } = configuration;
  const asked = askedIn(configuration);
  const written = writtenBundles(stack);
  const newer = state.authorities.find((one) => one.generation === asked.generation);
  const clients = handedOut(stack, state, newer?.certificate, written);
  refuseStrangers(stack, cutOff, [...clients.map(({ client }) => client), ownBundle]);
  return {
    ...{ stack, asked, hosts, state, clients, cutOff, configuration, now: new Date() },
    renewals: withRenewals ? presentRenewals(hosts, certificatesIn(stack, exported)) : undefined,
    fresh: freshGeneration({ asked, state }, written),
  };
}

/** Which authority comes next is nothing that could be made here; and its key stands in the file, not in the state. */
export function refuseOwnAuthority(
  stack: string,
  { authority: { own, formerOwn } }: Pick<Configuration, "authority">,
): void {
  if (own === undefined && formerOwn === undefined) return;
  throw new Error(
    formatProblem({
      where: `stack ${stack}: dockertls:tls.${own === undefined ? "previousAuthority" : "authority"}`,
      what: "an authority of your own signs",
      why: "this command leads to one that is made here",
      fix: "set generation, phase and previousAuthority by hand: docs/certificates.md, An authority of your own",
    }),
  );
}

/** What a configuration asks of the authority. */
export const askedIn = ({ authority: { generation, rotation } }: Configuration): Asked => ({
  generation,
  rotation,
});

/** The stack's configuration by its files; the engine is asked for its secrets alone. */
export function readConfiguration(engine: Engine, stack: string): Configuration {
  const configFile = configFileOf(stack);
  const project = readProject({
    file: "Pulumi.yaml",
    read: () => readFileSync(join(checkout, "Pulumi.yaml"), "utf8"),
  });
  const { values, problems } = stackValues({
    stackFile: { file: basename(configFile), read: () => readFileSync(configFile, "utf8") },
    opened: () => openedConfiguration({ engine, stack, configFile }),
  });
  const found = [...project.problems, ...problems];
  if (found.length > 0) throw new Error(found.map(formatProblem).join("\n"));
  const parsed = parseWithAliases(rawOf(project, values));
  if ("problems" in parsed) throw new Error(parsed.problems.map(formatProblem).join("\n"));
  return parsed.configuration;
}

function refuseStrangers(
  stack: string,
  cutOff: readonly string[],
  clients: readonly string[],
): void {
  const unknown = cutOff.find((name) => !clients.includes(name));
  if (unknown === undefined) return;
  throw new Error(
    formatProblem({
      where: `--cut-off ${unknown}`,
      what: `is not one of the clients of stack ${stack}`,
      why: "nobody of that name holds anything up",
      fix: `name one of these: ${clients.join(", ")}`,
    }),
  );
}
