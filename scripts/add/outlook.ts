// What is on a machine that nobody has converged yet, and what the first `pulumi up` makes of it. Lines for a person.
import type { HostConfiguration } from "../../components/model/configuration/parse.ts";
import { managedPaths, readSettings } from "../../components/model/daemon-json/merge.ts";
import { equalJson } from "../../components/model/json-value.ts";
import { pathName, valueAt, type Path } from "../../components/model/daemon-json/members.ts";
import { desiredFiles } from "../../components/model/desired/desired-files.ts";
import { foreignPaths, type DesiredHost } from "../../components/model/desired/desired-host.ts";
import { findings, reachFindings } from "../../components/model/drift/findings.ts";
import type { Observation } from "../../components/model/drift/observation.ts";
import { hostEndpoint } from "../../components/model/address.ts";
import type { MachineFacts } from "../../components/model/observed/facts.ts";
import { listeningSockets } from "../../components/model/observed/listening-sockets.ts";
import { fewLines } from "../../components/model/problem.ts";
import { stoppedDocker } from "../../doctor/machine.ts";
import { note, ok, type Step } from "../../doctor/step.ts";

/** A machine that can be converged. */
export interface Manageable extends Observation {
  readonly host: HostConfiguration;
  readonly desired: DesiredHost;
  /** Seconds since 1970 by this machine's clock, when it was looked at. */
  readonly asked: number;
}

export function outlook(machine: Manageable): Step[] {
  const { host, facts, desired, baseline, asked } = machine;
  const stopped = stoppedDocker(host.name, facts);
  return [
    ok("docker", `dockerd ${facts.dockerdVersion} on ${facts.operatingSystem}`),
    stopped === undefined
      ? ok("containers", containersOf(facts))
      : note("dockerd", `${stopped.what}; the first \`pulumi up\` starts it`),
    ...apiSteps(facts),
    ok("daemon.json", settingsOf(machine)),
    ...[
      ...findings(facts, desired, asked, baseline.base),
      ...reachFindings(machine, desired, host.address),
    ].map((line) => note("finding", line)),
    note("first up", firstUp(machine)),
  ];
}

function containersOf({ info }: MachineFacts): string {
  const { containersRunning = 0, containers = 0, liveRestore = false, swarm = false } = info ?? {};
  const stopped = containers - containersRunning;
  const count = `${String(containersRunning)} running${stopped > 0 ? `, ${String(stopped)} stopped` : ""}`;
  return `${count}; live-restore is ${liveRestore ? "on" : "off"}${swarm ? "; a node of a Docker Swarm" : ""}`;
}

/** Where dockerd listens already. */
function apiSteps(facts: MachineFacts): Step[] {
  const open = listeningSockets(facts)
    .filter(({ isDockerd }) => isDockerd)
    .map(({ address, port }) => hostEndpoint(address ?? "0.0.0.0", port));
  return open.length === 0
    ? []
    : [note("api", `dockerd listens on ${fewLines([...new Set(open)], 5).join(", ")} already`)];
}

/** What becomes of each key that is set already. */
function settingsOf({ desired, baseline }: Manageable): string {
  const { base } = baseline;
  const settings = readSettings(base);
  if (base === "") return "there is none; the first `pulumi up` writes it";
  const wanted = readSettings(desiredFiles(desired, baseline).daemonJson);
  const shared = managedPaths(desired.listener, desired.daemon).filter(
    (path) => valueAt(settings, path) !== undefined,
  );
  const isSame = (path: Path): boolean =>
    equalJson(valueAt(settings, path) ?? null, valueAt(wanted, path) ?? null);
  const foreign = foreignPaths(desired, base);
  const parts = [
    ["keeps", foreign, desired.unmanaged === "keep", " (unmanaged)"],
    ["removes", foreign, desired.unmanaged === "remove", ", which destroy restores"],
    ["has", shared.filter(isSame), true, " as the stack wants it"],
    ["replaces", shared.filter((path) => !isSame(path)), true, ", which destroy restores"],
  ] as const;
  const said = parts.flatMap(([verb, paths, applies, how]) =>
    applies && paths.length > 0 ? [`${verb} ${names(paths)}${how}`] : [],
  );
  return said.length === 0 ? "sets nothing" : said.join("; ");
}

const names = (paths: readonly Path[]): string => fewLines(paths.map(pathName), 12).join(", ");

function firstUp({ host, facts }: Manageable): string {
  const { api, port } = host.listener;
  const opens =
    api === "mutual-tls"
      ? `puts the API behind TLS on port ${String(port)}`
      : `opens the API on port ${String(port)}, without TLS`;
  if (facts.record !== undefined) return `${opens}, and restarts dockerd where that is needed`;
  const running = facts.info?.containersRunning ?? 0;
  const containers =
    running === 1
      ? "the running container stays"
      : `the ${String(running)} running containers stay`;
  return `${opens}; restarts dockerd once${running === 0 ? "" : `, and ${containers} up`}`;
}
