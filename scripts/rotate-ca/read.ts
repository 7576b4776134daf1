// What the command goes by: the stack's file, its state, and the record of bundles that were written here.
import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { Configuration } from "../../components/model/configuration/parse.ts";
import { formatProblem } from "../../components/model/problem.ts";
import { readAuthority } from "../../components/stack/own-authority.ts";
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
import { stateIn, type StateAuthority } from "./state.ts";
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
  const exported = JSON.parse(await exportedState(engine, stack)) as Exported;
  const state = stateIn(exported, broughtIn(configuration));
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
  const { own, formerOwn } = configuration.authority;
  return {
    ...{ stack, asked, hosts, state, clients, cutOff, configuration, now: new Date() },
    brought: [
      ...(own === undefined ? [] : ["authority" as const]),
      ...(formerOwn === undefined ? [] : ["previousAuthority" as const]),
    ],
    renewals: withRenewals ? presentRenewals(hosts, certificatesIn(stack, exported)) : undefined,
    fresh: freshGeneration({ asked, state }, written),
  };
}

/** The authorities of a configuration that were made elsewhere; of a rotation that is over, none is left behind. */
export function broughtIn({ authority }: Pick<Configuration, "authority">): StateAuthority[] {
  const { generation, rotation, own, formerOwn } = authority;
  const given = [
    { setting: "authority", of: own, generation },
    { setting: "previousAuthority", of: formerOwn, generation: rotation?.from },
  ] as const;
  return given.flatMap(({ setting, of, generation: one }) => {
    if (of === undefined || one === undefined) return [];
    const { own: read, problems } = readAuthority(setting, of, Date.now());
    if (read === undefined) throw new Error(problems.map(formatProblem).join("\n"));
    return [{ generation: one, certificate: new X509Certificate(read.certificate) }];
  });
}

/** @throws Error: what these options ask for would take another authority, which is a person's to choose. */
export function refuseOwnAuthority(
  { stack, brought: [setting] }: Pick<Facts, "stack" | "brought">,
  mode: "back" | "now",
): void {
  if (setting === undefined) return;
  throw new Error(
    formatProblem({
      where: `stack ${stack}: dockertls:tls.${setting}`,
      what: "is an authority of your own",
      why: `--${mode} would have to put another one in its place, and which one is yours to say`,
      fix: "set generation, phase, authority and previousAuthority by hand: docs/certificates.md, To it, from it, and by accident",
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
