// Settings of `daemon` that this program lets pass and dockerd does not.

/**
 * Found by dockerd --validate, where there is one; by a start otherwise. It passes in a stack with
 * `allowUnknownKeys`.
 */
export const refusedByValidate = { "no-such-key": true };

/** Found by a start only, whatever the dockerd. */
export const refusedByStart = { "log-opts": { mode: "no-such-mode" } };

/** Found by a running dockerd that should take it up. */
export const refusedByReload = { "default-runtime": "no-such-runtime" };
