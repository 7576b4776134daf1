import { isMap } from "../json-value.ts";

/** The hosts with the settings that all of them have; what a host says itself comes first. */
export function withDefaults(hosts: unknown, defaults: unknown): unknown {
  if (!isMap(hosts) || !isMap(defaults)) return hosts;
  return Object.fromEntries(
    Object.entries(hosts).map(([name, host]) => [
      name,
      isMap(host) ? { ...defaults, ...host, ...loginOf(defaults["ssh"], host["ssh"]) } : host,
    ]),
  );
}

/** One way of naming the server's key, and one of naming one's own, takes the place of the other. */
export function loginOf(defaults: unknown, own: unknown): { readonly ssh?: unknown } {
  if (!isMap(defaults) || (own !== undefined && !isMap(own)))
    return own === undefined ? {} : { ssh: own };
  const said = own ?? {};
  const replaced = [
    ["hostKey", "knownHosts"],
    ["identityFile", "privateKey"],
  ]
    .filter((ways) => ways.some((way) => said[way] !== undefined))
    .flat();
  const kept = Object.entries(defaults).filter(([key]) => !replaced.includes(key));
  return { ssh: { ...Object.fromEntries(kept), ...said } };
}
