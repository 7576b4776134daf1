/** Which machines the docker provider proves as well; EndpointProof proves every one. */
export const verifications = ["every-host", "canaries", "auto"] as const;
export type Verification = (typeof verifications)[number];

/** Up to so many machines, `auto` is every host: each costs a process of the docker provider. */
const everyHostUpTo = 10;

/** Those of a stack's machines that the docker provider proves as well. */
export function provenByProvider(
  hosts: readonly string[],
  verification: Verification,
  canaries: readonly string[],
): ReadonlySet<string> {
  const isEvery =
    verification === "every-host" || (verification === "auto" && hosts.length <= everyHostUpTo);
  return new Set(isEvery ? hosts : canaries.length > 0 ? canaries : hosts.slice(0, 1));
}
