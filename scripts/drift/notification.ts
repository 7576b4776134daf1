// What `npm run drift` tells a chat: how many machines are how, and which. Names and counts alone: what was found on
// a machine is its own words, and belongs into the terminal of somebody who may read it.
import { oneLine } from "../../components/model/problem.ts";
import type { DriftReport, HostReport, HostState, StackReport } from "./report.ts";

/** Discord's endpoint for Slack takes no more characters; all others do. */
const longest = 2000;
const namesShown = 10;

const wordsOf: Readonly<Record<HostState, string>> = {
  drift: "drifted",
  blocked: "refused (fix by hand before `pulumi up`)",
  unreachable: "unreachable",
  unproven: "not proven from here",
  unknown: "never converged by this version",
  "in maintenance": "in maintenance",
  "in sync": "in sync",
};

/** The message, or undefined when nobody needs to act. */
export function messageOf({ outcome, stacks }: DriftReport): string | undefined {
  if (outcome === "in sync") return undefined;
  const told = stacks.filter((stack) => stack.outcome !== "in sync");
  const inSync = stacks.length - told.length;
  const rest =
    inSync === 0 ? [] : [`${String(inSync)} other ${inSync === 1 ? "stack" : "stacks"} in sync`];
  return bounded([...told.flatMap(linesOf), ...rest]);
}

function linesOf({ stack: name, outcome, errors, hosts }: StackReport): string[] {
  const stack = oneLine(name, 100);
  if (errors.length > 0) {
    return [
      `dockertls: could not look at stack ${stack}; see \`npm run drift -- --stack ${stack}\``,
    ];
  }
  const title = outcome === "drift" ? "drift" : "could not tell whether it has drifted";
  const counts = (Object.keys(wordsOf) as HostState[]).flatMap((state) => {
    const found = hosts.filter((host) => host.state === state);
    return found.length === 0 ? [] : [`- ${counted(found, state)}`];
  });
  return [`dockertls: stack ${stack}: ${title}`, ...counts];
}

function counted(hosts: readonly HostReport[], state: HostState): string {
  const count = `${String(hosts.length)} ${wordsOf[state]}`;
  if (state === "in sync") return count;
  const names = hosts.slice(0, namesShown).map(({ host }) => oneLine(host, 60));
  const more = hosts.length - names.length;
  return `${count}: ${names.join(", ")}${more === 0 ? "" : `, and ${String(more)} more`}`;
}

/** Whole lines, as many as there is room for. */
function bounded(lines: readonly string[]): string {
  const all = lines.join("\n");
  if (all.length <= longest) return all;
  const end = "\n… more in `npm run drift`";
  const cut = all.slice(0, longest - end.length);
  return `${cut.slice(0, cut.lastIndexOf("\n"))}${end}`;
}
