import type { ResourceValidationPolicy } from "@pulumi/policy";
import { daemonSettings } from "../components/model/daemon-json/merge.ts";
import { eachMachine, settingOf } from "./machines.ts";

export const liveRestore: ResourceValidationPolicy = {
  name: "live-restore",
  description: "Running containers outlive a restart of dockerd.",
  enforcementLevel: "mandatory",
  validateResource: eachMachine((machine) =>
    daemonSettings(machine.desired.daemon)["live-restore"] === true
      ? []
      : [
          {
            where: settingOf(machine, "daemon.live-restore"),
            what: "it is off",
            why: "every restart of dockerd stops the containers of the machine",
            fix: "take it out, here and in `dockertls:daemon`: it is on unless it is said otherwise",
          },
        ],
  ),
};
