import * as z from "zod";
import { isAddress } from "../address.ts";
import ipaddr from "ipaddr.js";
import type { Json } from "../json-value.ts";

// Values of settings. A message is "why; do this": `schemaProblems` adds the place and what was found there.

export const port = (example: number): z.ZodInt => {
  const message = `a port is a whole number from 1 to 65535; write one, such as ${String(example)}`;
  return z.int(message).min(1, message).max(65535, message);
};

export const text = (fix: string): z.ZodString => z.string(fix).min(1, fix);

export const flag = z.boolean("it is a choice; write true or false");

export const hours = z
  .int("lifetimes are whole hours; write a number, such as 8760 for a year")
  .min(1, "lifetimes are whole hours; write a number, such as 8760 for a year");

export const address = text(
  "nothing can be dialled; write the IP address or host name of the machine",
)
  .refine(
    (value) => !/[A-Za-z0-9]\.$/.test(value),
    "it ends in a dot, and no certificate names it so; leave the dot out",
  )
  .refine(isAddress, "it can't be dialled; write an IP address or a host name");

export const ipAddress = text("nothing can listen there; write an IP address of the machine")
  .refine(
    (value) => ipaddr.isValid(value) && isAddress(value),
    "nothing can listen there; write an IP address of the machine, such as 127.0.0.1, or 0.0.0.0 for all of them",
  )
  .refine(
    (value) => !ipaddr.IPv6.isValid(value) || ipaddr.parse(value).range() !== "linkLocal",
    "it is an address of one link alone, on which dockerd can't listen; write a global one, or :: for all of them",
  )
  .transform((value) => ipaddr.parse(value).toString());

/** Safe in units, shells and JSON alike, and without `..`. */
export const absolutePath = (what: string): z.ZodString =>
  text(`it names no ${what}; write an absolute path`).regex(
    /^(\/(?!\.{1,2}(\/|$))[A-Za-z0-9._-]+)+$/,
    "it can't be used as it stands; write an absolute path of plain letters, digits, . _ -",
  );

export const fileName = text("it names no file; write a file name").regex(
  /^(?!\.{1,2}$)[A-Za-z0-9._-]+$/,
  "it can't be used as it stands; write a file name of plain letters, digits, . _ -",
);

export const json: z.ZodType<Json> = z.json(
  "it is no value that JSON has; write a text, a number, true, false, a list or a map",
);

const durationForm = "it is a time; write one with its unit, such as 90s, 10m or 1h30m";

/** A time, in seconds. */
export const duration = z
  .string(durationForm)
  .regex(/^(?=.)(\d{1,4}h)?(\d{1,5}m)?(\d{1,6}s)?$/, durationForm)
  .transform((text) => {
    const [, hours = "0", minutes = "0", seconds = "0"] =
      /^(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/.exec(text) ?? [];
    return (Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds);
  });
