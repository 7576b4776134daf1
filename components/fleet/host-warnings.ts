import { endpoint } from "../model/address.ts";
import { dialled, isLocalOnly } from "../model/daemon-json/listener.ts";
import type { Problem } from "../model/problem.ts";
import type { ConfiguredHost } from "../stack/configuration.ts";
import { endedTrust } from "../stack/trust.ts";

/** Settings of a host that every run warns of. `now` is in milliseconds since 1970. */
export function hostWarnings(host: ConfiguredHost, now: number): Problem[] {
  return [
    ...(host.listener.api === "plain-tcp" ? [plainTcp(host)] : []),
    ...(host.takeOver ? [takeOver(host)] : []),
    ...(host.maintenance === false ? [] : [maintenance(host)]),
    ...endedTrust(host.name, host.authorities, now),
  ];
}

function plainTcp({ name, address, listener }: ConfiguredHost): Problem {
  const who = isLocalOnly(listener) ? "every user of the machine" : "whoever can connect";
  return {
    where: `dockertls:hosts.${name}.api`,
    what: `plain-tcp at ${endpoint(dialled(listener, address), listener.port)}`,
    why: `${who} has root there, without a key or a trace`,
    fix: "set it to mutual-tls, or keep the port behind a firewall",
  };
}

function takeOver({ name }: ConfiguredHost): Problem {
  return {
    where: `dockertls:hosts.${name}.takeOver`,
    what: "is true",
    why: "whoever takes the machine over from this stack some day loses it again at the next up",
    fix: "take the setting out once up has gone through",
  };
}

function maintenance({ name, maintenance: why }: ConfiguredHost): Problem {
  return {
    where: `dockertls:hosts.${name}.maintenance`,
    what: `is ${JSON.stringify(why)}`,
    why: `nothing of ${name} is changed, looked at or proven`,
    fix: "take the setting out once the machine is to be managed again",
  };
}
