// The provider's own inputs. They may come from the stack's configuration, where a key that is none of
// them is most likely a typing error.
import type { Checked } from "./provider.ts";
import type { Values } from "./values.ts";

export function checkKeys(plugin: string, keys: readonly string[], news: Values): Checked {
  const failures = Object.keys(news)
    .filter((key) => !keys.includes(key) && key !== "version")
    .map((key) => ({
      property: "",
      reason:
        `\`${plugin}:${key}\` is not a valid configuration key for the ${plugin} provider. If the ` +
        `referenced key is not intended for the provider, please choose a different namespace ` +
        `from \`${plugin}:\`.`,
    }));
  return { inputs: news, failures };
}
