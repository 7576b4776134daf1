import ipaddr from "ipaddr.js";
import * as z from "zod";

// The values of daemon.json, as dockerd's own decoder takes them. The message of each type completes
// "dockerd wants …" and "write …", so that one wording serves errors, documentation and editors.

const fits = <T extends z.ZodType>(type: T, wanted: string): T => type.meta({ wanted });

/** A list of what `entry` describes. */
export const listOf = (entry: z.ZodType, wanted: string): z.ZodType =>
  fits(z.array(entry, `a list of ${wanted}`), `a list of ${wanted}`);

/** A map from names of the operator's choice. */
export const mapOf = (entry: z.ZodType, wanted: string): z.ZodType =>
  fits(z.record(z.string(), entry, wanted), wanted);

/** A map with keys of its own; dockerd ignores other keys, or refuses to start over them. */
export const fields = (shape: Readonly<Record<string, z.ZodType>>): z.ZodType => {
  const wanted = `a map of ${Object.keys(shape).join(", ")}`;
  return fits(z.strictObject(shape, wanted), wanted);
};

export const oneOf = (first: string, ...rest: readonly string[]): z.ZodType => {
  const wanted = `one of ${[first, ...rest].join(", ")}`;
  return fits(z.enum([first, ...rest], wanted), wanted);
};

export const flag = fits(z.boolean("true or false"), "true or false");

export const whole = (min: number, max?: number): z.ZodType => {
  const wanted =
    max === undefined
      ? `a whole number, ${String(min)} or more`
      : `a whole number from ${String(min)} to ${String(max)}`;
  const type = z.int(wanted).min(min, wanted);
  return fits(max === undefined ? type : type.max(max, wanted), wanted);
};

const anyMtu = "a whole number from 68 to 65535, or 0 for the usual one";
export const mtu = fits(
  z.int(anyMtu).refine((value) => value === 0 || (value >= 68 && value <= 65535), anyMtu),
  anyMtu,
);

const anyWhole = "a whole number";
export const integer = fits(z.int(anyWhole), anyWhole);

export const anything = fits(z.unknown(), "anything");

export const text = fits(z.string("a string"), "a string");

/** A string of a certain form. The pattern stands in the schema for editors as well, without flags. */
export const formed = (pattern: RegExp, wanted: string): z.ZodType =>
  fits(z.string(wanted).regex(pattern, wanted), wanted);

const checked = (check: (value: string) => boolean, wanted: string): z.ZodType =>
  fits(z.string(wanted).refine(check, wanted), wanted);

export const path = formed(/^\//, "an absolute path");
export const texts = listOf(text, "strings");
export const strings = mapOf(text, "a map of strings");

/** What docker/go-units reads as an amount of memory; a bare number is a start failure (opts.MemBytes). */
export const memory = formed(
  /^\d+(\.\d+)? ?([bB]|[kmgtpKMGTP]([bB]|[iI][bB])?)?$/,
  'a size in quotes, such as "64m"',
);

const kindOf = (value: string): string =>
  ipaddr.IPv4.isValidFourPartDecimal(value) ? "ipv4" : ipaddr.IPv6.isValid(value) ? "ipv6" : "";

export const ip = checked((value) => kindOf(value) !== "", "an IP address");
export const ipv4 = checked((value) => kindOf(value) === "ipv4", "an IPv4 address");
export const ipv6 = checked((value) => kindOf(value) === "ipv6", "an IPv6 address");

const isNetwork = (value: string, ...kinds: readonly string[]): boolean =>
  ipaddr.isValidCIDR(value) && kinds.includes(kindOf(value.replace(/\/.*$/, "")));

export const cidr = checked(
  (value) => isNetwork(value, "ipv4", "ipv6"),
  "a network such as 10.9.0.0/16",
);
export const cidr4 = checked((value) => isNetwork(value, "ipv4"), "an IPv4 network, 10.9.0.1/16");
export const cidr6 = checked((value) => isNetwork(value, "ipv6"), "an IPv6 network, fd00:9::1/64");

/** registry.ValidateMirror. `--validate` looks at it from 28.3 on only; 20.10 and 23.0 refuse a path as well. */
export const mirror = checked(
  isMirror,
  "http:// or https:// and a host, without user, query or fragment",
);

function isMirror(value: string): boolean {
  const url = /^https?:\/\//i.test(value) ? URL.parse(value) : null;
  return url !== null && url.username === "" && url.password === "" && !/[?#@\s\\]/.test(value);
}

/** registry.loadInsecureRegistries: a network, or `host[:port]`; a scheme is only warned about. */
export const insecureRegistry = checked((value) => {
  const bare = value.replace(/^https?:\/\//i, "");
  const port = /:(\d+)$/.exec(bare)?.[1];
  return (
    ipaddr.isValidCIDR(bare) ||
    ipaddr.IPv6.isValid(bare) ||
    (/^([a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*|\[[0-9a-f:]+\])(:\d+)?$/i.test(
      bare,
    ) &&
      Number(port ?? 0) <= 65535)
  );
}, "a host, host:port or network, without a path");

/** opts.ValidateLabel. */
export const label = formed(
  /^(?!(?:com\.docker|io\.docker|org\.dockerproject)\.)[^=]*=/,
  "key=value, outside com.docker, io.docker and org.dockerproject",
);

/** config.parseExecOptions and verifyCgroupDriver: on Linux there is one option only. */
export const execOption = formed(
  /^native\.cgroupdriver=(cgroupfs|systemd)$/,
  "native.cgroupdriver=systemd or native.cgroupdriver=cgroupfs",
);

/** opts.ValidateDNSSearch. */
export const searchDomain = formed(
  /^(\.|(?=.*[A-Za-z])[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*\.?)$/,
  'a domain, or "." for none',
);

/** A default address pool: `size` is the prefix length of the networks that `base` is cut into. */
export const addressPool = fits(
  z
    .strictObject(
      { base: cidr, size: whole(1, 128) },
      "a map of base (a network) and size (a prefix length)",
    )
    .refine(poolFits, "a size from that of base to the whole address"),
  "`{base: network, size: prefix length}`",
);

function poolFits({ base, size }: { readonly base?: unknown; readonly size?: unknown }): boolean {
  if (typeof base !== "string" || typeof size !== "number" || !ipaddr.isValidCIDR(base))
    return true;
  const [address, length] = ipaddr.parseCIDR(base);
  return size >= length && size <= (address.kind() === "ipv4" ? 32 : 128);
}
