// Which stacks of this checkout still have machines in a lab: without the machines, no destroy could restore them.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { pluginTypes } from "../components/identity.ts";
import { memberAt } from "../components/model/json-value.ts";
import { formatProblem } from "../components/model/problem.ts";
import type { Lab } from "../lab/machines/labs.ts";
import { devStack, ownStacks, stacksFolder } from "./dev-stack.ts";

/** Why a lab must not be taken away; undefined: nothing needs it. */
export function labInUse(lab: Lab, states: ReadonlyMap<string, string>): string | undefined {
  const [first] = [...states].flatMap(([stack, state]) => {
    const machines = machinesIn(state, lab);
    return machines.length === 0 ? [] : [{ stack, machines }];
  });
  if (first === undefined) return undefined;
  const { stack, machines } = first;
  return formatProblem({
    where: `lab ${lab.name}`,
    what: `stack ${stack} still has machines here (${machines.join(", ")})`,
    why: "destroy could no longer restore them",
    fix:
      `run \`npm run pulumi -- destroy${stack === devStack.name ? "" : ` --stack ${stack}`}\` first, ` +
      "or add --force",
  });
}

/** What the stacks of this checkout's own backend have recorded, by their names. */
export function ownStates(): Map<string, string> {
  return new Map(
    ownStacks().map((name) => {
      const plain = join(stacksFolder, `${name}.json`);
      const state = existsSync(plain)
        ? readFileSync(plain, "utf8")
        : gunzipSync(readFileSync(`${plain}.gz`)).toString("utf8");
      return [name, state];
    }),
  );
}

function machinesIn(state: string, { network }: Lab): string[] {
  const resources = memberAt(JSON.parse(state) as unknown, ["checkpoint", "latest", "resources"]);
  if (!Array.isArray(resources)) return [];
  return resources.flatMap((resource: unknown) => {
    const address = memberAt(resource, ["inputs", "connection", "host"]);
    const isHere = typeof address === "string" && address.startsWith(`${network}.`);
    const isHost = memberAt(resource, ["type"]) === pluginTypes.hostState;
    return isHost && isHere ? [String(memberAt(resource, ["inputs", "host"]))] : [];
  });
}
