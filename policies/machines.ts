// A policy on machines: it sees what HostState is given, which the engine asks for before a machine is touched.
import type { ResourceValidation, ResourceValidationArgs } from "@pulumi/policy";
import { pluginTypes } from "../components/identity.ts";
import { readRecordedHost, type RecordedHost } from "../components/model/desired/recorded-host.ts";
import type { DesiredHost } from "../components/model/desired/desired-host.ts";
import { formatProblem, type Problem } from "../components/model/problem.ts";

/** A machine as the configuration wants it. */
export interface Machine {
  readonly host: string;
  readonly desired: DesiredHost;
  /** Whether its host key stands in the configuration itself, and not in a file that it names. */
  readonly hasInlineHostKey: boolean;
}

/** Validates every machine: a line for each problem. */
export function eachMachine(
  problemsOf: (
    machine: Machine,
    settings: Pick<ResourceValidationArgs, "getConfig">,
  ) => readonly Problem[],
): ResourceValidation {
  return (args, report) => {
    if (args.type !== pluginTypes.hostState) return;
    for (const problem of problemsOf(machineIn(args), args)) report(formatProblem(problem));
  };
}

function machineIn({ props }: ResourceValidationArgs): Machine {
  const { host, desired, inlineHostKey } = props as {
    readonly host: string;
    readonly desired: RecordedHost;
    readonly inlineHostKey?: true;
  };
  return { host, desired: readRecordedHost(desired), hasInlineHostKey: inlineHostKey === true };
}

/** Where the configuration says it of a host. */
export const settingOf = ({ host }: Machine, ...path: readonly string[]): string =>
  ["dockertls:hosts", host, ...path].join(".");
