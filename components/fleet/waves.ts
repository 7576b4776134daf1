// One wave of machines after the other. What waits is the program: it registers what changes a machine when its turn
// comes. States hold no edge of it, so none keeps a machine from being repaired or restored because of another one.
import * as pulumi from "@pulumi/pulumi";
import { pluginFunctions } from "../identity.ts";
import type { Rollout } from "../model/configuration/rollout-schema.ts";
import { plannedWaves } from "../model/configuration/waves.ts";
import type { ConvergedHost } from "./converge-host.ts";
import { known } from "./known.ts";
import { RolloutReport } from "./rollout-report.ts";

/** Registers a machine; what changes it waits for its turn. */
type Converge<Host> = (host: Host, turn: Promise<void>) => ConvergedHost;

/** What is to be known of a machine here. */
interface Machine {
  readonly name: string;
  readonly maintenance: boolean | string;
}

/**
 * Converges every machine; they come back in the order in which they were given. One in maintenance is in no wave, and
 * nobody waits for it.
 */
export function convergeInWaves<Host extends Machine>(
  hosts: readonly Host[],
  rollout: Rollout,
  converge: Converge<Host>,
  parent: pulumi.Resource,
): ReadonlyMap<Host, ConvergedHost> {
  const leftOut = hosts.filter(({ maintenance }) => maintenance !== false);
  const others = hosts.filter((host) => !leftOut.includes(host));
  const waves = plannedWaves(others, rollout);
  const converged = new Map(
    leftOut.map((host) => [host, converge(host, Promise.resolve())] as const),
  );
  if (waves.length > 1 && pulumi.runtime.isDryRun()) {
    void pulumi.log.info(`rollout: ${wavesInWords(waves, leftOut)}`, parent);
  }
  const report = new RolloutReport(namesOf(others), namesOf(leftOut));
  let turn = Promise.resolve();
  for (const [at, wave] of waves.entries()) {
    const parts = wave.map((host) => {
      const one = converge(host, turn);
      report.follow(host.name, turn, one);
      converged.set(host, one);
      return one;
    });
    if (at === waves.length - 1) break;
    turn = proven(turn, namesOf(wave), parts, rollout.soak, parent);
    // Whoever waits for it tells of it.
    turn.catch(() => undefined);
  }
  return new Map(
    hosts.flatMap((host): [Host, ConvergedHost][] => {
      const parts = converged.get(host);
      return parts === undefined ? [] : [[host, parts]];
    }),
  );
}

/** `3 waves: b1, then 2 machines, then 7 machines; without b9, in maintenance`. */
function wavesInWords(waves: readonly (readonly Machine[])[], leftOut: readonly Machine[]): string {
  const [first, ...others] = waves;
  const counts = others.map(({ length }) =>
    length === 1 ? "1 machine" : `${String(length)} machines`,
  );
  const named = namesOf(first ?? []).join(", ");
  const without =
    leftOut.length === 0 ? "" : `; without ${namesOf(leftOut).join(", ")}, in maintenance`;
  return `${String(waves.length)} waves: ${[named, ...counts].join(", then ")}${without}`;
}

function namesOf(machines: readonly Machine[]): string[] {
  return machines.map(({ name }) => name);
}

/** Once all of a wave are proven, and were so again after the soak. */
async function proven(
  turn: Promise<void>,
  names: readonly string[],
  hosts: readonly ConvergedHost[],
  seconds: number,
  parent: pulumi.Resource,
): Promise<void> {
  await turn;
  // A preview changes nothing, and has no proof to wait for.
  if (pulumi.runtime.isDryRun()) return;
  await Promise.all(hosts.map(({ endpoint }) => known(endpoint)));
  const { again, problems } = await provenAgain(names, seconds);
  if (problems.length > 0) throw new pulumi.RunError(problems.join("\n"));
  if (again.length === 0) return;
  const line = `rollout: ${again.join(", ")}: proven, and again after ${String(seconds)} s`;
  await pulumi.log.info(line, parent);
}

/** What the plugin proved once more: only what was proven in this run. */
function provenAgain(
  hosts: readonly string[],
  seconds: number,
): Promise<{ readonly again: readonly string[]; readonly problems: readonly string[] }> {
  return pulumi.runtime.invoke(pluginFunctions.proveAgain, { hosts, seconds });
}
