// What this program expects of a plugin: a line for each property, written from the official plugins'
// schema and compared with what the plugin in use says of itself. The compiler compares the names, and
// which of them are required, with the types of the official npm packages.
import type { Output } from "@pulumi/pulumi";

/** `type[, required][, secret][, default X][, replaces]`. */
export type Line = string;
export type Lines = Readonly<Record<string, Line>>;

export interface Contract {
  readonly inputs: Lines;
  readonly outputs: Lines;
}

/**
 * Inputs that no state keeps, a second way to hand over a key. This program can't use them, since a
 * renewal signs again with the key of the state; so it needs their twins, which are optional only
 * because one of the two will do.
 */
type WriteOnly = `${string}Wo` | `${string}WoVersion`;

type RequiredLine = `${string}, required${string}`;

/** A line for each input of the official type, and `required` where that demands it. */
export type InputsOf<Args> = {
  readonly [Key in Exclude<keyof Args, WriteOnly>]-?: object extends Pick<Args, Key>
    ? `${Key & string}Wo` extends keyof Args
      ? RequiredLine
      : Line
    : RequiredLine;
};

/** A line for each output of the official class. */
export type OutputsOf<Resource> = {
  readonly [
    Key in keyof Resource as Resource[Key] extends Output<unknown>
      ? Exclude<Key, "id" | "urn" | WriteOnly>
      : never
  ]: Line;
};

/** A line for each field of what an official function answers. */
export type FieldsOf<Result> = { readonly [Key in keyof Result]-?: Line };

export const isRequired = (line: Line): boolean => /, required\b/.test(line);
export const isSecretLine = (line: Line): boolean => /, secret\b/.test(line);
