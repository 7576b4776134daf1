// Stands in for the official `docker` plugin: its configuration, and the function getNetwork.
import type { Values } from "../values.ts";
import { revealAll, text } from "../values.ts";
import { serve } from "../serve.ts";
import { changedPaths } from "../difference.ts";
import { connect, type Daemon } from "./daemon.ts";
import { getNetwork } from "./get-network.ts";
import { settingsOf } from "./settings.ts";

const GET_NETWORK = "docker:index/getNetwork:getNetwork";

const KEYS = [
  "caMaterial",
  "certMaterial",
  "certPath",
  "context",
  "disableDockerDaemonCheck",
  "host",
  "keyMaterial",
  "registryAuth",
  "sshOpts",
];

let daemon: Daemon | undefined;

serve({
  name: "docker",
  version: "5.2.0",
  acceptsSecrets: false,
  resources: {},

  checkConfig(news: Values) {
    const unknown = Object.keys(news).filter((key) => !KEYS.includes(key) && key !== "version");
    const failures = unknown.map((key) => ({
      property: "",
      reason:
        `\`docker:${key}\` is not a valid configuration key for the docker provider. If the ` +
        `referenced key is not intended for the provider, please choose a different namespace ` +
        `from \`docker:\`.`,
    }));
    return { inputs: news, failures };
  },

  diffConfig(olds: Values, news: Values) {
    const changes = [...changedPaths(revealAll(olds), revealAll(news))].map(
      ([path, kind]) => [path, { kind, replace: false }] as const,
    );
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
    async [GET_NETWORK](args: Values) {
      try {
        if (!daemon) throw new Error("the provider is not configured");
        return await getNetwork(daemon, text(args["name"]));
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        throw new Error(`invoking ${GET_NETWORK}: 1 error occurred:\n\t* ${reason}\n\n`);
      }
    },
  },
});
