import type { ResourceValidationPolicy } from "@pulumi/policy";
import { eachMachine, settingOf } from "./machines.ts";

export const noPlainTcp: ResourceValidationPolicy = {
  name: "no-plain-tcp",
  description: "The Docker API speaks mutual TLS.",
  enforcementLevel: "mandatory",
  validateResource: eachMachine((machine) => {
    const { api, port } = machine.desired.listener;
    return api === "mutual-tls"
      ? []
      : [
          {
            where: settingOf(machine, "api"),
            what: "it is plain TCP",
            why: `whoever reaches port ${String(port)} is root on the machine`,
            fix: "take `api` out, so that the API speaks mutual TLS",
          },
        ];
  }),
};
