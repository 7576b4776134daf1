// What a restart of dockerd takes along, live-restore or not; see remote/dependents.sh.
import type { Baseline } from "../desired/baseline.ts";
import { desiredFiles, isSocketDropInRight } from "../desired/desired-files.ts";
import type { DesiredHost } from "../desired/desired-host.ts";
import type { Dependent, MachineFacts } from "../observed/facts.ts";
import { fewLines, type Problem } from "../problem.ts";
import { unitSettings } from "../systemd/unit-file.ts";

/** Each as a preview names it; empty where a restart takes nothing along. */
export function takenAlong(
  facts: MachineFacts,
  desired: DesiredHost,
  baseline: Baseline,
): string[] {
  return fewLines([
    ...dependentsOf(facts, desired, baseline).map(named),
    ...(killsContainers(facts) ? ["the containers in docker.service's own control group"] : []),
    ...stopHooks(facts).map((hook) => `what ${hook} stops`),
  ]);
}

/** Why dockerd may not be restarted here without leave. */
export function takenAlongProblem(
  facts: MachineFacts,
  desired: DesiredHost,
  baseline: Baseline,
): Problem | undefined {
  if (desired.allowContainerRestart) return undefined;
  const [first, ...others] = dependentsOf(facts, desired, baseline);
  if (first !== undefined) {
    const isOne = others.length === 0;
    return {
      where: first.unit,
      what: isOne
        ? `would be stopped by the restart of dockerd${container(first)}`
        : `would be stopped by the restart of dockerd, and so would ${fewLines(others.map(named), 5).join(", ")}`,
      why: "live-restore keeps no unit that systemd ties to docker.service, and none whose process is a docker client",
      fix: `stop ${isOne ? "it" : "them"} first, or set \`allowContainerRestart: true\` for this host`,
    };
  }
  if (killsContainers(facts)) {
    return {
      where: "containers",
      what: `${String(facts.info?.containersRunning)} would be killed by the restart of dockerd`,
      why: "dockerd has started its own containerd, and systemd kills all that docker.service has started",
      fix: "set `KillMode=process` in a drop-in for docker.service, or `allowContainerRestart: true` for this host",
    };
  }
  const [hook] = stopHooks(facts);
  if (hook === undefined) return undefined;
  return {
    where: "docker.service",
    what: `${hook} runs a command at every stop of dockerd`,
    why: "it may stop the running containers, live-restore or not",
    fix: "take it out, stop them first, or set `allowContainerRestart: true` for this host",
  };
}

/** docker.socket is restarted as well where its drop-in comes or goes. */
function dependentsOf(
  facts: MachineFacts,
  desired: DesiredHost,
  baseline: Baseline,
): readonly Dependent[] {
  const { dependents, socketDependents } = facts;
  const stays = isSocketDropInRight(facts, desiredFiles(desired, baseline));
  return stays ? dependents : [...dependents, ...socketDependents];
}

const named = (dependent: Dependent): string => `${dependent.unit}${container(dependent)}`;

const container = ({ container: name }: Dependent): string =>
  name === undefined ? "" : ` (container ${name})`;

const runsContainers = ({ info }: MachineFacts): boolean => (info?.containersRunning ?? 0) > 0;

const killsContainers = (facts: MachineFacts): boolean =>
  facts.stopKillsContainers && runsContainers(facts);

/** Commands that others run when docker.service stops, with the file that says so; never what they are. */
function stopHooks(facts: MachineFacts): string[] {
  if (!runsContainers(facts)) return [];
  return ["ExecStop", "ExecStopPost"]
    .filter((key) => (facts.unit.get(key) ?? "") !== "")
    .map((key) => {
      const file = unitSettings(facts.unitText).findLast((setting) => setting.key === key)?.file;
      return `${key}=${file === undefined || file === "" ? "" : ` of ${file}`}`;
    });
}
