// In which order machines are changed. Waves decide only when a machine's turn comes: no resource knows its wave.
import type { Rollout } from "./rollout-schema.ts";

/** From so many machines on, one goes before all others. */
const canaryFrom = 4;

/** The waves of a stack: each machine in one of them, and none of them empty. */
export function plannedWaves<Host extends { readonly name: string }>(
  hosts: readonly Host[],
  { waves, canaries }: Pick<Rollout, "waves" | "canaries">,
): readonly (readonly Host[])[] {
  const first = hosts.filter(({ name }) => canaries.includes(name));
  const hasCanary = first.length > 0 || hosts.length >= canaryFrom;
  const sizes = (waves ?? (hasCanary ? [1, "100%"] : ["100%"])).map((size) =>
    machinesOf(size, hosts.length),
  );
  const order = [...first, ...hosts.filter((host) => !first.includes(host))];
  // Canaries more than it would hold make the first wave larger, and no other.
  const [size = 1, ...later] = sizes;
  return cut(order, [Math.max(size, first.length), ...(later.length > 0 ? later : [size])]);
}

function machinesOf(size: string | number, all: number): number {
  return typeof size === "number" ? size : Math.ceil((Number.parseInt(size) * all) / 100);
}

function cut<Host>(hosts: readonly Host[], [size = 1, ...sizes]: readonly number[]): Host[][] {
  if (hosts.length === 0) return [];
  const rest = hosts.slice(size);
  return [hosts.slice(0, size), ...cut(rest, sizes.length === 0 ? [size] : sizes)];
}
