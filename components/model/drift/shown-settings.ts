// daemon.json as a person may see it in a diff: names of all keys and members, values of those alone that the
// configuration names.
import type * as z from "zod";
import { daemonKey, own } from "../daemon-json/keys.ts";
import { forbiddenKeys } from "../daemon-json/listener.ts";
import { patchedMap, written } from "../daemon-json/members.ts";
import { managedPatch, readSettings } from "../daemon-json/merge.ts";
import { canonical, equalJson, isMap, type Json } from "../json-value.ts";
import type { DesiredHost } from "../desired/desired-host.ts";
import { oneLine } from "../problem.ts";
import { guarded, guardedMember } from "./difference.ts";

/** Characters of all of it, which is in the state as well. */
const shownLimit = 4000;

const foreign = "(not this stack's)";
const secret = "(secret)";
const anotherSecret = "(another secret)";

type Type = z.ZodType | undefined;

/** A value that was found, beside the part of a patch that decides on it. */
interface Found {
  readonly type: Type;
  readonly patch: Json | undefined;
  readonly value: Json;
}

/** The one that lies on a machine. */
export function foundSettings(text: string, desired: DesiredHost): string {
  return shown(text, desired, {
    value: ({ type, patch, value }, isMember) => {
      const wanted = patch === undefined ? undefined : written(type, patch);
      return isMember ? guardedMember(value, wanted) : guarded(value, wanted);
    },
    secret: ({ type, patch = null, value }) => masked(value, written(type, patch)),
  });
}

/** The one that is to be written. `before` are the settings that the configuration named before. */
export function wantedSettings(
  text: string,
  desired: DesiredHost,
  before: Readonly<Record<string, unknown>>,
): string {
  return shown(text, desired, {
    value: ({ value }) => value,
    secret: ({ type, value }, key) => {
      const last = own(before, key) as Json | undefined;
      return masked(value, last === undefined ? undefined : written(type, last));
    },
  });
}

/** Whether two texts of these show the same, once a secret that has changed is the one that is there. */
export function showSame(before: string | undefined, now: string): boolean {
  return before?.replaceAll(`"${anotherSecret}"`, `"${secret}"`) === now;
}

interface Shown {
  readonly value: (found: Found, isMember: boolean) => unknown;
  readonly secret: (found: Found, key: string) => string;
}

function shown(text: string, desired: DesiredHost, { value, secret }: Shown): string {
  const { listener, daemon, daemonIsSecret } = desired;
  const ours = managedPatch(listener, daemon, []);
  const forbidden = forbiddenKeys(listener);
  const settings = Object.entries(readSettings(text)).map(([key, there]) => {
    const isOurs = Object.hasOwn(ours, key) || forbidden.includes(key);
    if (!isOurs) return [key, foreign] as const;
    const found = { type: daemonKey(key)?.type, patch: own(ours, key), value: there };
    return daemonIsSecret && Object.hasOwn(daemon, key)
      ? ([key, secret({ ...found, value: ownPart(found) }, key)] as const)
      : ([key, byMember(found, value)] as const);
  });
  return oneLine(canonical(Object.fromEntries(settings)), shownLimit);
}

/** Members that the patch does not name are of others, as keys are. */
function byMember(found: Found, value: Shown["value"], isMember = false): unknown {
  const map = mapOf(found);
  if (map === undefined) return value(found, isMember);
  return Object.fromEntries(
    map.map(([name, inner]) => [
      name,
      inner.patch === undefined ? foreign : byMember(inner, value, true),
    ]),
  );
}

/** Without the members of others. */
function ownPart(found: Found): Json {
  const map = mapOf(found);
  if (map === undefined) return found.value;
  const ours = map.filter(([, { patch }]) => patch !== undefined);
  return Object.fromEntries(ours.map(([name, inner]) => [name, ownPart(inner)]));
}

function mapOf({ type, patch, value }: Found): [string, Found][] | undefined {
  const map = patch === undefined ? undefined : patchedMap(type, patch);
  if (map === undefined || !isMap(value)) return undefined;
  const patches = new Map(map.members);
  return Object.entries(value).map(([name, inner]) => [
    name,
    { type: map.types(name), patch: patches.get(name), value: inner },
  ]);
}

/** Whether a secret is another one may be seen. */
function masked(value: unknown, other: unknown): string {
  return equalJson(value, other) ? secret : anotherSecret;
}
