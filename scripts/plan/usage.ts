// Who uses a machine while it is changed, and what becomes of them.
import type { HostConfiguration } from "../../components/model/configuration/parse.ts";
import type { Census } from "../../components/model/observed/census.ts";
import type { HostPlan } from "./host-plan.ts";

/** How many of something there are, and those that are named. */
export interface Named {
  readonly count: number;
  readonly names: readonly string[];
}

/** Who uses a machine's dockerd at this moment. */
export interface Usage {
  /** Containers that run, paused ones included; null where that is not known. */
  readonly containers: Named | null;
  /** Those of them that the change stops or removes. */
  readonly ending: Named;
  /** Connections that are open to the API's port; null where that is not known. */
  readonly connections: number | null;
  /** Addresses that they come from. */
  readonly clients: Named;
  /** Why something is not known; empty where all is. */
  readonly unknown: string;
}

/** Names that are listed, at most. */
const listed = 100;

const named = (names: readonly string[]): Named => ({
  count: names.length,
  names: names.slice(0, listed),
});

/** Of a machine that was not asked. */
export function unknownUsage(why: string): Usage {
  const [ending, clients] = [named([]), named([])];
  return { containers: null, ending, connections: null, clients, unknown: why };
}

/** A plan, and who uses the machine. What only the census shows may have `pulumi up` refuse the change. */
export function withUsage(
  plan: HostPlan,
  { allowContainerRestart }: Pick<HostConfiguration, "allowContainerRestart">,
  census: Census,
): HostPlan & Usage {
  const { containers, clients, silence } = census;
  const ending = plan.change === "restart" ? endingIn(plan, census) : [];
  const usage = {
    containers: containers === undefined ? null : named(containers.map(({ name }) => name)),
    ending: named(ending),
    connections: clients?.reduce((sum, { connections }) => sum + connections, 0) ?? null,
    clients: named((clients ?? []).map(({ address }) => address)),
    unknown: silence,
  };
  if (ending.length === 0 || allowContainerRestart) return { ...plan, ...usage };
  const why = census.swarm
    ? "the machine is a node of a Docker Swarm, which excludes live-restore"
    : "they were started with --rm, and a dockerd before 24.0 removes those when it restarts";
  const problem =
    `${plan.host}: containers: ${some(usage.ending)} would not outlive the restart of dockerd, and \`pulumi up\` refuses that; ` +
    `${why}; stop them first, or set \`allowContainerRestart: true\` for this host`;
  return { ...plan, change: "refused", problems: [problem], ...usage, ending: named([]) };
}

/** The containers that a restart ends: all others live-restore keeps, as a converge turns it on before. */
function endingIn({ takesAlong }: HostPlan, { containers = [], swarm }: Census): string[] {
  const endsAll = swarm || takesAlong.some((taken) => /^(the containers|what) /.test(taken));
  const run = takesAlong.map((taken) => / \(container (.+)\)$/.exec(taken)?.[1]);
  return containers
    .filter(({ name, isRemoved }) => endsAll || isRemoved || run.includes(name))
    .map(({ name }) => name);
}

/** Names that a person is shown, at most. */
const shown = 5;

/** `a, b, c, d, e and 3 more`. */
export function some({ count, names }: Named): string {
  const first = names.slice(0, shown).join(", ");
  return count > shown ? `${first} and ${String(count - shown)} more` : first;
}
