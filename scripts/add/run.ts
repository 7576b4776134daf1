// The course of `npm run add`: keys are fetched side by side, asked about one by one, machines looked at side by side.
import { stringify } from "yaml";
import { hostEndpoint } from "../../components/model/address.ts";
import type { Problem } from "../../components/model/problem.ts";
import type { Section } from "../../doctor/step.ts";
import type { Destination, Named } from "./destination.ts";
import { keyOf } from "./host-keys.ts";
import { admitted, lookAt, type Admitted } from "./machine.ts";
import type { HostKey } from "./offered-key.ts";
import { sectionOf, type Outcome } from "./outcomes.ts";
import { trust, type Asker } from "./questions.ts";
import type { Stack } from "./stack.ts";
import type { Entries } from "./stack-text.ts";

export interface Examined {
  readonly outcomes: readonly Outcome[];
  /** Of the machines that can be added. */
  readonly sections: readonly Section[];
}

interface Trusted {
  readonly destination: Destination;
  readonly key: HostKey;
  /** How it was found right. */
  readonly how: string;
}

export async function examine(
  machines: readonly Named[],
  stack: Stack,
  ask: Asker,
): Promise<Examined> {
  const offers = await Promise.all(machines.map((machine) => offerOf(machine, stack)));
  const trusted: (Trusted | Outcome)[] = [];
  const shown = new Map<string, string>();
  for (const offer of offers) trusted.push(await trustedOf(offer, stack, shown, ask));
  const looks = await Promise.all(
    trusted.map(async (one) =>
      "how" in one ? { ...one, seen: await lookAt(one.destination, one.key.line, stack) } : one,
    ),
  );
  const names: string[] = [];
  const ids = new Map<string, string>();
  const sections: Section[] = [];
  const outcomes = looks.map((one): Outcome => {
    if (!("seen" in one)) return one;
    const { destination, key, how, seen } = one;
    const { called } = destination;
    if ("where" in seen) return { called, problem: seen };
    const twin = ids.get(seen.identity.machineId);
    if (twin !== undefined) {
      return { called, host: twin, why: ", which is the same machine by its machine-id" };
    }
    const verdict = admitted(seen, stack, names);
    if ("where" in verdict) return { called, problem: verdict };
    names.push(verdict.name);
    if (seen.identity.machineId !== "") ids.set(seen.identity.machineId, verdict.name);
    sections.push(sectionOf(seen, key, how, verdict));
    return { called, admitted: verdict };
  });
  return { outcomes, sections };
}

type Offer =
  Outcome | { readonly destination: Destination; readonly port: number; readonly key: HostKey };

async function offerOf(machine: Named, stack: Stack): Promise<Offer> {
  if ("problem" in machine) return machine;
  const { called, address, fingerprint } = machine;
  const port = machine.port ?? stack.usualPort;
  const present = stack.hostAt(address, port);
  if (present !== undefined) return { called, host: present.name, why: "" };
  const key = await keyOf({ host: address, port, fingerprint });
  return "where" in key ? { called, problem: key } : { destination: machine, port, key };
}

async function trustedOf(
  offer: Offer,
  stack: Stack,
  shown: Map<string, string>,
  ask: Asker,
): Promise<Trusted | Outcome> {
  if (!("key" in offer)) return offer;
  const { destination, port, key } = offer;
  const { called } = destination;
  const how = await trust(destination, port, key, ask);
  if (typeof how !== "string") return { called, problem: how };
  const present = stack.hostWithKey(key.line);
  const twin =
    present === undefined
      ? shown.get(key.line)
      : `${present.name} (${hostEndpoint(present.address, present.ssh.port)})`;
  if (twin !== undefined) return { called, problem: sameKey(called, twin) };
  shown.set(key.line, called);
  return { destination, key, how };
}

function sameKey(called: string, twin: string): Problem {
  return {
    where: called,
    what: `has the host key of ${twin}`,
    why: "it is that machine at another address, or a copy of it that could be taken for it",
    fix: "leave it out; or give the copy keys of its own: `rm /etc/ssh/ssh_host_* && ssh-keygen -A` there, and restart sshd",
  };
}

export const entriesOf = (machines: readonly Admitted[]): Entries =>
  Object.fromEntries(machines.map(({ name, entry }) => [name, entry]));

/** Entries as they will stand in the file. */
export const entryLines = (entries: Entries): string[] =>
  stringify(entries, { lineWidth: 0 }).trimEnd().split("\n");
