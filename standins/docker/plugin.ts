// Stands in for the official `docker` plugin: its configuration, and the function getNetwork.
import type { Values } from "../values.ts";
import { isUnknown, revealAll, text } from "../values.ts";
import { checkKeys } from "../configuration.ts";
import type { Plugin } from "../provider.ts";
import { changedPaths } from "../difference.ts";
import { connect, type Daemon } from "./daemon.ts";
import { getNetwork } from "./get-network.ts";
import { CONFIGURATION, NETWORK, TYPES } from "./schema.ts";
import { settingsOf } from "./settings.ts";

const GET_NETWORK = "docker:index/getNetwork:getNetwork";

/** One provider: it is configured for one daemon. */
export function docker(): Plugin {
  let daemon: Daemon | undefined;
  return {
    name: "docker",
    version: "5.2.0",
    acceptsSecrets: false,
    types: TYPES,
    configuration: CONFIGURATION,
    resources: {},

    checkConfig: (news) => checkKeys("docker", Object.keys(CONFIGURATION), news),

    diffConfig(olds: Values, news: Values) {
      // What isn't known yet counts as unchanged.
      const known = Object.entries(news).filter(([, value]) => !isUnknown(value));
      const kept = Object.entries(olds).filter(([key]) => isUnknown(news[key]));
      const changes = [
        ...changedPaths(revealAll(olds), revealAll(Object.fromEntries([...known, ...kept]))),
      ].map(([path, kind]) => [path, { kind, replace: false }] as const);
      return { changes: new Map(changes), detailed: true };
    },

    /** Reaches the daemon at once; the engine shows the error when the provider is first used. */
    async configure(config: Values) {
      try {
        const configured = connect(settingsOf(revealAll(config), process.env));
        await configured.ping().catch(() => {
          throw new Error("failed to connect to any docker daemon");
        });
        daemon = configured;
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        throw new Error(
          `docker native provider returned an unexpected error from Configure: ${reason}`,
        );
      }
    },

    functions: {
      [GET_NETWORK]: {
        schema: NETWORK,
        async call(args: Values) {
          try {
            if (!daemon) throw new Error("the provider is not configured");
            return await getNetwork(daemon, text(args["name"]));
          } catch (error) {
            const reason = error instanceof Error ? error.message : String(error);
            throw new Error(`invoking ${GET_NETWORK}: 1 error occurred:\n\t* ${reason}\n\n`);
          }
        },
      },
    },
  };
}
