import type { Listener } from "../daemon-json/listener.ts";
import type { MachineFacts } from "../observed/facts.ts";
import type { Problem } from "../problem.ts";
import { missingAddress } from "./addresses.ts";

/** What a machine is waited for; undefined: for nothing. Whether it can be converged is another matter. */
export function unreadiness(facts: MachineFacts, listener: Listener): string | undefined {
  const work = workOn(facts);
  if (facts.cloudInitRuns) return work;
  const isThere = facts.dockerdVersion !== "";
  if (work !== undefined && (!isThere || facts.unit.get("ActiveState") !== "active")) return work;
  return isThere || facts.dockerdIsSilent
    ? lateAddress(facts, listener)
    : "docker, which is not installed yet";
}

/** One that is to come some time after a boot. On a machine that was never converged it is a slip. */
function lateAddress(facts: MachineFacts, listener: Listener): string | undefined {
  if (facts.record === undefined || facts.unit.get("ActiveState") === "active") return undefined;
  const missing = missingAddress(facts, listener);
  return missing === undefined
    ? undefined
    : `${missing}, an address of \`listen\` that the machine does not have yet`;
}

/** A docker that is missing while something may be about to install it. */
export function notInstalledYet(facts: MachineFacts): Problem | undefined {
  const work = workOn(facts);
  if (work === undefined) return undefined;
  const wait = facts.cloudInitRuns
    ? "`cloud-init status --wait` there waits for it"
    : "`ps` there shows it";
  return {
    where: "docker",
    what: "is not installed yet",
    why: `it may be about to be: ${work}`,
    fix: `run it again when that has ended (${wait}), or have \`up\` wait: \`waitFor: 10m\``,
  };
}

function workOn({ cloudInitRuns, packageManager }: MachineFacts): string | undefined {
  if (cloudInitRuns) return "cloud-init, which is still at work";
  return packageManager === "" ? undefined : `${packageManager}, which is at work`;
}
