import { readConfiguration } from "./components/config.ts";
import { Fleet } from "./components/fleet/fleet.ts";

const fleet = new Fleet("fleet", readConfiguration());

/** What is known of each machine, by its name in the configuration. */
export const hosts = fleet.hosts;

/** Files of a Docker client that every machine lets in: `pulumi stack output --show-secrets`. */
export const clientBundle = fleet.clientBundle;
