import { formatProblem } from "../../../components/model/problem.ts";
import { checkPreconditions } from "../../../components/model/preconditions/preconditions.ts";
import {
  takenAlong,
  takenAlongProblem,
} from "../../../components/model/preconditions/taken-along.ts";
import {
  baselineFrom,
  convergedMachine,
  desiredHost,
  factsOf,
  freshMachine,
  infoOf,
  tlsListener,
  vendorUnit,
  type Values,
} from "../../support/machine-answer.ts";

const desired = desiredHost();
const running = { docker_info: infoOf({ ContainersRunning: 2 }) };
const hook = {
  unit_text: `${vendorUnit}\n# /etc/systemd/system/docker.service.d/ours.conf\n[Service]\nExecStop=/opt/stop --password=x\n`,
  unit_show: "LoadState=loaded\nActiveState=active\nExecStop={ path=/opt/stop ; }\n",
};

const takenBy = (values: Values): string[] =>
  takenAlong(factsOf(freshMachine(values)), desired, baselineFrom(""));

function refusalOf(values: Values, host = desired): string | undefined {
  const problem = takenAlongProblem(factsOf(freshMachine(values)), host, baselineFrom(""));
  return problem === undefined ? undefined : formatProblem(problem);
}

test.each<[string, Values, string[]]>([
  ["nothing on an ordinary machine", running, []],
  [
    "units, with their containers",
    { dependents: "web.service web\ndb.service -\n" },
    ["db.service", "web.service (container web)"],
  ],
  [
    "containers that systemd kills with docker.service",
    { ...running, stop_kills_containers: "yes" },
    ["the containers in docker.service's own control group"],
  ],
  ["no containers where none runs", { stop_kills_containers: "yes" }, []],
  [
    "what a command at the stop may stop, by the file that says so",
    { ...running, ...hook },
    ["what ExecStop= of /etc/systemd/system/docker.service.d/ours.conf stops"],
  ],
  ["nothing that a command could stop where nothing runs", hook, []],
])("a restart takes along %s", (_what, values, named) => {
  expect(takenBy(values)).toEqual(named);
  expect(refusalOf(values) === undefined).toBe(named.length === 0);
  expect(refusalOf(values, desiredHost({ allowContainerRestart: true }))).toBeUndefined();
});

test("docker.socket's do not count where its drop-in stays", () => {
  const agent = { socket_dependents: "agent.service -\n" };
  const own = desiredHost({ listener: tlsListener({ socket: "/run/own.sock" }) });
  const facts = factsOf(convergedMachine(own, "", agent));
  expect(facts.socketDropIn).toBeDefined();
  expect(takenAlong(facts, own, baselineFrom(""))).toEqual([]);
  expect(takenAlong(facts, desired, baselineFrom(""))).toEqual(["agent.service"]);
  expect(takenBy(agent)).toEqual([]);
});

test.each<[string, Values, string]>([
  [
    "one unit",
    { dependents: "web.service web\n" },
    "web.service: would be stopped by the restart of dockerd (container web); live-restore keeps no unit that systemd ties to docker.service, and none whose process is a docker client; stop it first, or set `allowContainerRestart: true` for this host",
  ],
  [
    "seven units",
    { dependents: "abcdefg".replace(/./g, "$&.service -\n") },
    "a.service: would be stopped by the restart of dockerd, and so would b.service, c.service, d.service, e.service, f.service, and 1 more; live-restore keeps no unit that systemd ties to docker.service, and none whose process is a docker client; stop them first, or set `allowContainerRestart: true` for this host",
  ],
  [
    "containers",
    { ...running, stop_kills_containers: "yes" },
    "containers: 2 would be killed by the restart of dockerd; dockerd has started its own containerd, and systemd kills all that docker.service has started; set `KillMode=process` in a drop-in for docker.service, or `allowContainerRestart: true` for this host",
  ],
  [
    "a command",
    { ...running, ...hook },
    "docker.service: ExecStop= of /etc/systemd/system/docker.service.d/ours.conf runs a command at every stop of dockerd; it may stop the running containers, live-restore or not; take it out, stop them first, or set `allowContainerRestart: true` for this host",
  ],
])("the line about %s", (_what, values, line) => {
  expect(refusalOf(values)).toBe(line);
});

test("a machine that was converged is not refused as such: a change may need no restart", () => {
  const tied = { dependents: "web.service -\n" };
  expect(checkPreconditions(factsOf(freshMachine(tied)), desired)).toMatchObject({
    where: "web.service",
  });
  expect(
    checkPreconditions(factsOf(convergedMachine(desired, "", tied)), desired),
  ).not.toHaveProperty("where");
});

test("a machine that tells of thousands is told in few", () => {
  const many = Array.from({ length: 5000 }, (_, at) => `u${String(at)}.service -\n`).join("");
  expect(takenBy({ dependents: many })).toHaveLength(41);
  expect(refusalOf({ dependents: many })).toMatch(/, and 94 more; /);
});
