// The provider's own inputs. They may come from the stack's configuration, where a key that is none of
// them is most likely a typing error.
import type { Checked } from "./provider.ts";
import type { Values } from "./values.ts";

/** What the engine puts beside them. */
const OF_THE_ENGINE = ["version", "pluginDownloadURL", "__defaults"];

export function checkKeys(plugin: string, keys: readonly string[], news: Values): Checked {
  const failures = Object.keys(news)
    .filter((key) => !keys.includes(key) && !OF_THE_ENGINE.includes(key))
    .map((key) => ({
      property: "",
      reason:
        `\`${plugin}:${key}\` is not a valid configuration key for the ${plugin} provider. If the ` +
        `referenced key is not intended for the provider, please choose a different namespace ` +
        `from \`${plugin}:\`.`,
    }));
  return { inputs: news, failures };
}
