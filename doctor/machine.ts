// The steps of a host that the probe answers.
import type { HostConfiguration } from "../components/model/configuration/parse.ts";
import { daemonJsonPath } from "../components/model/machine-paths.ts";
import { findings } from "../components/model/drift/findings.ts";
import { checkPreconditions } from "../components/model/preconditions/preconditions.ts";
import type { Api } from "../components/model/daemon-json/listener.ts";
import type { MachineFacts } from "../components/model/observed/facts.ts";
import { ownershipProblem } from "../components/model/preconditions/ownership.ts";
import { oneLine, type Problem } from "../components/model/problem.ts";
import { failed, note, ok, type Step } from "./step.ts";
import { desiredOf, type StackFacts } from "./desired.ts";

/** The step that reports a problem of `checkPreconditions`, by its `where`; the unit's files belong to docker. */
const stepOf: Readonly<Record<string, string>> = {
  login: "root",
  init: "systemd",
  "docker.service": "docker",
  docker: "docker",
  [daemonJsonPath]: "daemon.json",
};

function rootBy({ sudo, sudoPassword }: HostConfiguration): string {
  if (!sudo) return "by the login itself";
  return sudoPassword === undefined ? "by sudo, without a password" : "by sudo, with its password";
}

export function* machineSteps(
  host: HostConfiguration,
  facts: MachineFacts,
  stack: StackFacts,
): Generator<Step> {
  const desired = desiredOf(host, stack);
  const baseline = checkPreconditions(facts, desired);
  const blocked = "where" in baseline ? (stepOf[baseline.where] ?? "docker") : undefined;
  const told = (step: string, says: string): Step =>
    blocked === step && "where" in baseline
      ? failed(step, { ...baseline, where: `${host.name}: ${baseline.where}` })
      : ok(step, says);

  yield told("root", rootBy(host));
  yield told("systemd", `runs ${facts.operatingSystem}`);
  yield told("docker", `Docker ${facts.dockerdVersion} is installed`);
  const stopped = stoppedDocker(host.name, facts);
  yield stopped === undefined ? ok("dockerd", "is active and answers") : failed("dockerd", stopped);
  yield told("daemon.json", "can be read");
  yield ownerStep(host, facts, desired.owner, stack);
  const base = "where" in baseline ? "" : baseline.base;
  const lines = findings(facts, desired, Date.now() / 1000, base);
  const clock = lines.find((line) => line.startsWith("clock: "));
  yield clock === undefined
    ? ok("clock", "agrees with this machine's")
    : { name: "clock", outcome: "FAIL", says: oneLine(`${host.name}: ${clock}`) };
  for (const line of lines.filter((candidate) => candidate !== clock)) {
    yield note("finding", oneLine(line));
  }
}

/** Why nobody answers Docker clients there, if so. */
export function stoppedDocker(host: string, facts: MachineFacts): Problem | undefined {
  const state = facts.unit.get("ActiveState") ?? "unknown";
  const where = `${host}: docker.service`;
  if (state !== "active") {
    return {
      where,
      what: `is ${state}`,
      why: "nobody answers Docker clients",
      // A unit that was only stopped has nothing to tell.
      fix:
        state === "failed"
          ? "see why in `journalctl -u docker.service` on the machine"
          : "run `systemctl start docker.service` on the machine, or `pulumi up`",
    };
  }
  if (facts.info !== undefined) return undefined;
  return {
    where,
    what: "is active, but dockerd does not answer on its local socket",
    why: "it hangs, or is still starting",
    fix: "run it again; if that stays, see `journalctl -u docker.service` on the machine",
  };
}

function ownerStep(
  { name, listener, takeOver }: HostConfiguration,
  facts: MachineFacts,
  own: string,
  { hostEndpoints }: StackFacts,
): Step {
  const owner = facts.owner?.id;
  if (owner !== undefined && owner !== own) {
    if (ownershipProblem(facts.owner, { owner: own, hostEndpoints, takeOver }) === undefined) {
      return note("owner", `${oneLine(owner, 100)}: the next \`pulumi up\` makes it ${own}`);
    }
    const interrupted = facts.interrupted ? ", a run of which was interrupted" : "";
    return failed("owner", {
      where: `${name}: owner`,
      what: `this machine belongs to ${oneLine(owner, 100)}${interrupted}, not to ${own}`,
      why: "two programs that write to one machine undo each other's work",
      fix: "destroy it there first, take the host out of this configuration, or set `takeOver: true`",
    });
  }
  if (facts.interrupted) {
    return failed("owner", {
      where: `${name}: converge`,
      what: "a run was interrupted before it ended",
      why: "the machine may be half changed",
      fix: "run `pulumi up`, which completes it",
    });
  }
  return owner === undefined
    ? note("owner", `nobody's yet: the next \`pulumi up\` ${whatUpDoes[listener.api]}`)
    : ok("owner", "this stack's");
}

const whatUpDoes: Readonly<Record<Api, string>> = {
  "mutual-tls": "puts its API behind TLS",
  "plain-tcp": "opens its API to the network, without TLS",
};
