// Who holds up the next phase of a rotation, and what to do about it.
import type { Configuration } from "../../components/model/configuration/parse.ts";
import type { ClientBundles } from "./bundles.ts";
import { shown } from "../client/told.ts";
import { taking, type Asked } from "./position.ts";
import type { RenewalWindow } from "./renewals.ts";
import type { StackState } from "./state.ts";

export interface HeldUp {
  /** A machine, a client, or what else is waited for. */
  readonly who: string;
  readonly why: string;
  /** What to do. */
  readonly fix: string;
}

export type BroughtSetting = "authority" | "previousAuthority";

export interface GateFacts {
  readonly stack: string;
  readonly asked: Asked;
  readonly hosts: Configuration["hosts"];
  readonly state: StackState;
  /** Settings that give an authority that was made elsewhere. */
  readonly brought: readonly BroughtSetting[];
  readonly clients: readonly ClientBundles[];
  /** Clients that hold up nothing, since the person says so. */
  readonly cutOff: readonly string[];
  /** When the renewals of all machines are due; undefined: nobody waits for them. */
  readonly renewals: RenewalWindow | undefined;
  readonly now: Date;
}

/** The name under which the output `clientBundle`, of which nobody keeps a record, is let go. */
export const ownBundle = "clientBundle";

/** Before another authority is made: one that was made elsewhere gives way to one that a person chooses. */
export function beforeAnother({ brought }: Pick<GateFacts, "brought">): HeldUp[] {
  if (brought.includes("authority")) {
    return [
      {
        who: "tls.authority",
        why: "it is an authority of your own, and which one comes next is yours to say",
        fix: "set generation, phase: 1 and previousAuthority by hand: docs/certificates.md, To it, from it, and by accident",
      },
    ];
  }
  return brought.length === 0
    ? []
    : [
        {
          who: "tls.previousAuthority",
          why: "the rotation that it belongs to is over",
          fix: "take it out of the configuration",
        },
      ];
}

/** Before machines show the new authority: they are restarted for it. */
export const beforeMachines = (facts: GateFacts): HeldUp[] => renewalsHeldUp(facts);

/** Before machines drop the old authority. */
export function beforeDrop(facts: GateFacts): HeldUp[] {
  return [...machinesHeldUp(facts), ...clientsHeldUp(facts), ...renewalsHeldUp(facts)];
}

/** Whoever drops the old authority must have been proven to show the new one. */
function machinesHeldUp({ stack, hosts, state, asked }: GateFacts): HeldUp[] {
  const again = `npm run rotate-ca -- --stack ${stack}`;
  return taking(hosts).flatMap(({ name, maintenance }): HeldUp[] => {
    const found = state.hosts.find(({ host }) => host === name);
    if (maintenance !== false) {
      const why = "it is in maintenance, and knows the old authority alone";
      return found?.shows === asked.generation
        ? []
        : [{ who: name, why, fix: `take \`maintenance\` out, and run ${again}` }];
    }
    const [problem] = found?.problems ?? [];
    return problem === undefined
      ? []
      : [{ who: name, why: `it was not proven at the last look (${problem})`, fix: "pulumi up" }];
  });
}

function clientsHeldUp({ clients, cutOff, stack }: GateFacts): HeldUp[] {
  // Somebody connects, and by nothing else.
  if (clients.length === 0 && !cutOff.includes(ownBundle)) {
    return [
      {
        who: ownBundle,
        why: "the stack names no clients, so whoever connects has the files of this output, and nobody keeps a record of those",
        fix: `hand it out again (pulumi stack output --show-secrets --json ${ownBundle}), then add --cut-off ${ownBundle}`,
      },
    ];
  }
  return clients
    .filter(({ client }) => !cutOff.includes(client))
    .flatMap((client) => clientHeldUp(stack, client));
}

function clientHeldUp(stack: string, { client, ownKey, bundles }: ClientBundles): HeldUp[] {
  const write = `npm run client -- ${client} --stack ${stack}`;
  const confirm = `--cut-off ${client}`;
  const held = (why: string, fix: string): HeldUp => ({ who: client, why, fix });
  if (ownKey) {
    const why =
      "its key was made elsewhere, so whether its owner has the new certificate is not known";
    return [held(why, `${write}, hand it over, then add ${confirm}`)];
  }
  if (bundles.length === 0) {
    const why = "no bundle of it was written on this machine";
    return [held(why, `${write}; or add ${confirm}, if it has a new one`)];
  }
  return bundles
    .filter(({ lasts }) => !lasts)
    .map(({ kind, place, writtenAt, command }) => {
      const day = writtenAt.slice(0, 10);
      const what = {
        folder: `${shown(place)} is`,
        contexts: `the contexts in ${place} are`,
        secret: "its secret for CI is",
      };
      return held(`${what[kind]} from ${day}, before the rotation`, command);
    });
}

function renewalsHeldUp({ renewals, now }: GateFacts): HeldUp[] {
  if (renewals === undefined || renewals.last.at <= now) return [];
  const { last } = renewals;
  const day = last.at.toISOString().slice(0, 10);
  return renewals.tooLate === undefined
    ? [
        {
          who: "renewals",
          why: `the last, that of ${last.host}, is due on ${day}`,
          fix: "wait until then; or go without --with-renewals",
        },
      ]
    : [{ who: "renewals", why: renewals.tooLate, fix: "go without --with-renewals" }];
}
