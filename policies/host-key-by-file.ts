import type { ResourceValidationPolicy } from "@pulumi/policy";
import { eachMachine, settingOf } from "./machines.ts";

interface Config {
  /** The setting that host keys are to come from. */
  readonly from: "knownHosts" | "hostKey";
}

export const hostKeyByFile: ResourceValidationPolicy = {
  name: "host-key-by-file",
  description:
    "Host keys come from the place that the policy names: a file, unless it says otherwise.",
  enforcementLevel: "advisory",
  configSchema: {
    properties: {
      from: { type: "string", enum: ["knownHosts", "hostKey"], default: "knownHosts" },
    },
  },
  validateResource: eachMachine((machine, settings) => {
    const { from } = settings.getConfig<Config>();
    const found = machine.hasInlineHostKey ? "hostKey" : "knownHosts";
    return found === from
      ? []
      : [
          {
            where: settingOf(machine, "ssh", found),
            what:
              found === "hostKey"
                ? "the host key stands in the configuration itself"
                : "the host key comes from a file",
            why: `the policy wants it from \`${from}\``,
            fix:
              from === "knownHosts"
                ? "put it into a known_hosts file that is reviewed as a whole, and name that in `knownHosts`"
                : "write it as `hostKey`, where a review of the stack's file sees it",
          },
        ];
  }),
};
