// What a machine is called in a stack.
import { isIP } from "node:net";

/** See the rule in components/model/configuration/schema.ts: the name is a part of resources' names. */
const limit = 63;

/** A name that is free, made of the first of these that holds a letter or a digit. */
export function freeName(candidates: readonly string[], taken: Iterable<string>): string {
  const used = new Set(taken);
  const name = candidates.map(fitting).find((one) => one !== "") ?? "host";
  for (let count = 1; ; count++) {
    const ending = count === 1 ? "" : `-${String(count)}`;
    const tried = `${name.slice(0, limit - ending.length)}${ending}`;
    if (!used.has(tried)) return tried;
  }
}

/** The first label of a host name, or an address, in letters, digits and dashes; "" where that leaves nothing. */
function fitting(text: string): string {
  const isAddress = isIP(text) !== 0;
  const label = isAddress ? `host-${text}` : (text.split(".")[0] ?? "");
  // What an image has before anybody has named the machine tells none from another.
  if (/^localhost$/i.test(label)) return "";
  const plain = label.replace(/[^A-Za-z0-9]+/g, "-").replace(/^-+|-+$/g, "");
  return plain.slice(0, limit).replace(/-+$/, "");
}
