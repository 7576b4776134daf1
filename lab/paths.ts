// The folders that lab and scripts share.
import { homedir } from "node:os";
import { join, resolve } from "node:path";

export const checkout = resolve(import.meta.dirname, "..");

/** Per user: what is dear to make and the same for every checkout. */
export const cacheDirectory = join(
  process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"),
  "dockertls",
);

/** PULUMI_HOME of the stack `dev`: the plugins that the engine uses in this checkout. */
export const pulumiHome = join(checkout, ".dockertls", "pulumi-home");
