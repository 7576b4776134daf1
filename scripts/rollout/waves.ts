import type { Configuration } from "../../components/model/configuration/parse.ts";
import { plannedWaves } from "../../components/model/configuration/waves.ts";

/** Which wave each machine is in, from 1; none of those in maintenance. Empty where the configuration can't be read. */
export function wavesIn(configuration: Configuration | readonly string[]): Map<string, number> {
  if (!("hosts" in configuration)) return new Map();
  const { hosts, rollout } = configuration;
  const others = hosts.filter(({ maintenance }) => maintenance === false);
  return new Map(
    plannedWaves(others, rollout).flatMap((wave, at) =>
      wave.map(({ name }): [string, number] => [name, at + 1]),
    ),
  );
}
