// What `npm run renew` tells a chat: that it was stopped or failed, and on which stack. Names and counts alone: what was
// found on a machine belongs into the terminal of somebody who may read it.
import { oneLine } from "../../components/model/problem.ts";
import type { RenewReport, StackResult } from "./report.ts";

/** The message, or undefined when nobody needs to act. */
export function messageOf({ stacks }: RenewReport): string | undefined {
  const lines = stacks.flatMap(lineOf);
  return lines.length === 0 ? undefined : lines.slice(0, 20).join("\n");
}

function lineOf({ stack: name, outcome, renewals, others }: StackResult): string[] {
  const stack = oneLine(name, 100);
  const due = `${String(renewals.length)} ${renewals.length === 1 ? "certificate" : "certificates"} due`;
  const see = `see \`npm run renew -- --stack ${stack}\``;
  if (outcome === "failed") return [`dockertls: stack ${stack}: renewal failed; ${see}`];
  if (outcome !== "stopped") return [];
  return [
    `dockertls: stack ${stack}: renewal stopped, ${due}: ${String(others.length)} other ${others.length === 1 ? "change waits" : "changes wait"} for \`pulumi up\`; ${see}`,
  ];
}
