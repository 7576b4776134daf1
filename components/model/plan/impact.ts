// Predicts what `effect.sh` decides on the machine (components/host/remote/effect.sh), so that a preview can say it.
import { daemonChange, type DaemonChange } from "../daemon-json/change.ts";
import { readSettings } from "../daemon-json/merge.ts";
import { type DesiredHost } from "../desired/desired-host.ts";
import { equalJson } from "../json-value.ts";
import { desiredFiles } from "../desired/desired-files.ts";
import type { Baseline } from "../desired/baseline.ts";
import { tlsFiles } from "../daemon-json/listener.ts";

/** What a change does to a running dockerd: nothing, a reload of some keys, or a restart and why. */
export type Impact = DaemonChange;

export function restart(reason: string): Impact {
  return { effect: "restart", reasons: [reason] };
}

/** A restart where something is so, and nothing where it is not. */
export function restartIf(isSo: boolean, reason: string): Impact {
  return isSo ? restart(reason) : { effect: "nothing" };
}

/** What the first converge of a machine does. */
export const notConverged = restart("the machine is not converged yet");

/** What is needed when several things are due. */
export function combined(impacts: readonly Impact[]): Impact {
  const reasons = impacts.flatMap((one) => (one.effect === "restart" ? one.reasons : []));
  if (reasons.length > 0) return { effect: "restart", reasons: [...new Set(reasons)] };
  const keys = impacts.flatMap((one) => (one.effect === "reload" ? one.keys : []));
  return keys.length > 0
    ? { effect: "reload", keys: [...new Set(keys)].sort() }
    : { effect: "nothing" };
}

/** As a preview says it: `nothing`, `reload: labels`, `restart: server certificate`. No values. */
export function describeImpact(impact: Impact): string {
  switch (impact.effect) {
    case "nothing":
      return "nothing";
    case "reload":
      return `reload: ${impact.keys.join(", ")}`;
    case "restart":
      return `restart: ${impact.reasons.join("; ")}`;
  }
}

const alsoTaken = "; takes along ";
const refusal = ", so `pulumi up` refuses it without `allowContainerRestart: true`";

/** The end of a preview's line where a restart takes something along. */
export function describeTakenAlong(
  taken: readonly string[],
  { allowContainerRestart }: Pick<DesiredHost, "allowContainerRestart">,
): string {
  if (taken.length === 0) return "";
  return `${alsoTaken}${taken.join(", ")}${allowContainerRestart ? "" : refusal}`;
}

/** An impact as a preview has said it. */
export interface SaidImpact {
  readonly effect: Impact["effect"];
  /** The keys that are reloaded, or the reasons of a restart. */
  readonly why: readonly string[];
  readonly takesAlong: readonly string[];
  /** Whether `pulumi up` refuses a restart that takes so much along. */
  readonly isRefused: boolean;
}

/** Reads what `describeImpact` and `describeTakenAlong` have said; undefined where neither did. */
export function readImpact(said: string): SaidImpact | undefined {
  const isRefused = said.endsWith(refusal);
  const [own = "", taken] = (isRefused ? said.slice(0, -refusal.length) : said).split(alsoTaken);
  const [, effect, why] = /^(nothing|reload|restart)(?:: (.+))?$/.exec(own) ?? [];
  if (effect === undefined) return undefined;
  return {
    effect: effect as Impact["effect"],
    why: why?.split(effect === "reload" ? ", " : "; ") ?? [],
    takesAlong: taken?.split(", ") ?? [],
    isRefused,
  };
}

/**
 * What it takes to go from one desired state of a machine to another. In a preview the digests of
 * certificates that are about to be issued are not known, so they are `undefined` or any other text.
 */
export function changeImpact(before: DesiredHost, after: DesiredHost, baseline: Baseline): Impact {
  const files = { before: desiredFiles(before, baseline), after: desiredFiles(after, baseline) };
  const moved = JSON.stringify(before.listener.files) !== JSON.stringify(after.listener.files);
  const renewed = tlsFiles.filter((file) => before.tlsFiles?.[file] !== after.tlsFiles?.[file]);
  return combined([
    daemonChange(readSettings(files.before.daemonJson), readSettings(files.after.daemonJson)),
    restartIf(files.before.dropIn !== files.after.dropIn, "drop-in"),
    restartIf(!equalJson(files.before.apiUnits, files.after.apiUnits), "socket unit"),
    restartIf(
      !moved && renewed.length > 0,
      renewed.includes("ca") ? "certificate authority" : "server certificate",
    ),
  ]);
}
