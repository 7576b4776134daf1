// The folders that lab and scripts share.
import { join, resolve } from "node:path";
import { ownCache } from "../own-cache.mjs";

export const checkout = resolve(import.meta.dirname, "..");

/** Per user: what is dear to make and the same for every checkout. Who has no safe place has one in each. */
export const cacheDirectory = ownCache() ?? join(checkout, ".dockertls", "cache");

/** PULUMI_HOME of the stack `dev`: the plugins that the engine uses in this checkout. */
export const pulumiHome = join(checkout, ".dockertls", "pulumi-home");
