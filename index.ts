import * as pulumi from "@pulumi/pulumi";
import { readConfiguration } from "./components/stack/configuration.ts";
import { Fleet } from "./components/fleet/fleet.ts";
import { tellFailuresPlainly } from "./components/fleet/plain-failures.ts";
import { stackNames } from "./components/identity.ts";
import { formatProblem } from "./components/model/problem.ts";
import { dropDebugLog } from "./components/stack/debug-log.ts";
import { environmentWarnings } from "./components/stack/environment.ts";

dropDebugLog();
tellFailuresPlainly();
for (const warning of environmentWarnings()) void pulumi.log.warn(formatProblem(warning));

const fleet = new Fleet(stackNames.fleet, readConfiguration());

/** What is known of each machine, by its name in the configuration. */
export const hosts = fleet.hosts;

/** Files of the program's own client, which every machine lets in: `pulumi stack output --show-secrets`. */
export const clientBundle = fleet.clientBundle;

/** Files of the clients that the configuration names, by their names. */
export const clientBundles = fleet.clientBundles;
