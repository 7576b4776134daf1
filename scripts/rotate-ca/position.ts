// How far a rotation has come: what the configuration asks for, and whether the state has come to it.
import type {
  AuthorityConfiguration,
  Configuration,
} from "../../components/model/configuration/parse.ts";
import type { StackState } from "./state.ts";

/** What is asked of the authority, as the configuration says it. */
export type Asked = Pick<AuthorityConfiguration, "generation" | "rotation">;

/** 0: none is under way, or its last phase has been asked for. */
export type Phase = 0 | 1 | 2 | 3;

export const phaseOf = ({ rotation }: Asked): Phase => rotation?.phase ?? 0;

/** Who has signed what machines show that have come to a phase. */
export const shownIn = ({ generation, rotation }: Asked): number =>
  rotation?.phase === 1 ? rotation.from : generation;

type Hosts = readonly Pick<Configuration["hosts"][number], "name" | "maintenance" | "listener">[];

/** Machines that take part: whoever speaks mutual TLS. */
export const taking = <T extends Hosts[number]>(hosts: readonly T[]): readonly T[] =>
  hosts.filter(({ listener }) => listener.api === "mutual-tls");

/**
 * Why the state is not yet what the configuration asks for, a line each; none: it is. Machines in maintenance are left
 * out: no `pulumi up` changes them.
 */
export function unfinished(asked: Asked, hosts: Hosts, state: StackState): string[] {
  const { generation, rotation } = asked;
  const wanted = [generation, ...(rotation === undefined ? [] : [rotation.from])];
  const present = state.authorities.map((one) => one.generation);
  const missing = wanted.filter((one) => !present.includes(one));
  const left = present.filter((one) => !wanted.includes(one));
  return [
    ...missing.map((one) => `there is no authority of generation ${String(one)} yet`),
    ...left.map((one) => `the authority of generation ${String(one)} is still there`),
    ...taking(hosts)
      .filter(({ maintenance }) => maintenance === false)
      .flatMap(({ name }) => hostUnfinished(name, asked, state)),
    ...state.clients
      .filter((client) => client.group === undefined && client.generation !== generation)
      .map(({ client }) => `${client} has no certificate of generation ${String(generation)} yet`),
  ];
}

function hostUnfinished(name: string, asked: Asked, state: StackState): string[] {
  const host = state.hosts.find((one) => one.host === name);
  if (host === undefined) return [`${name} is not proven yet`];
  const isThere = host.shows === shownIn(asked) && host.former === asked.rotation?.from;
  const now = `it shows ${String(host.shows)} and trusts ${host.trusts.join(" and ")}`;
  return isThere ? [] : [`${name} has not come to it: ${now}`];
}
