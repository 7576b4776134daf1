import type { MachineFacts } from "../observed/facts.ts";
import type { Problem } from "../problem.ts";
import { executableOf } from "../systemd/drop-ins.ts";
import { notInstalledYet } from "./readiness.ts";

const notInstalled: Problem = {
  where: "docker",
  what: "is not installed",
  why: "there is no dockerd with a docker.service to put behind TLS",
  fix: "install your distribution's docker.io or Docker's docker-ce on the machine",
};

/** Installations of Docker that ignore the files of this program. */
const otherDockers: Readonly<Record<string, Problem>> = {
  snap: {
    where: "docker",
    what: "is installed as a snap",
    why: "its unit and its daemon.json are the snap's own, and it can't read files outside of it",
    fix: "remove the snap and install your distribution's docker.io or Docker's docker-ce",
  },
  rootless: {
    where: "docker",
    what: "runs rootless, in a user's own session",
    why: "there is no docker.service of the system to put behind TLS",
    fix: "install your distribution's docker.io or Docker's docker-ce beside it; the rootless one may stay",
  },
};

/** Why a look that could log in has not shown how the machine is. */
export function lookProblem(facts: MachineFacts): Problem | undefined {
  if (!facts.root) {
    return {
      where: "login",
      what: "is not root's",
      why: "dockerd and its files are",
      fix: "set ssh.user to root, or to a user with sudo and `sudo: true`",
    };
  }
  // The probe waits for each answer only a few seconds.
  const isSilent =
    facts.unit.size === 0 ||
    (facts.unit.get("LoadState") === "loaded" && facts.unitText === "") ||
    facts.dockerdIsSilent;
  if (!facts.systemd || !isSilent) return undefined;
  return {
    where: "docker.service",
    what: "systemd or dockerd did not say in time how it is",
    why: "nothing can be decided without it",
    fix: "run it again; if that stays, see what keeps the machine busy",
  };
}

/** Why docker.service is not a dockerd that this program can configure. */
export function dockerServiceProblem(
  facts: MachineFacts,
  execStart: string | undefined,
): Problem | undefined {
  if (!facts.systemd) {
    return {
      where: "init",
      what: "systemd does not run this machine",
      why: "dockerd is started, stopped and watched through it",
      fix: "use a machine booted by systemd",
    };
  }
  if (facts.missingTool !== "") {
    return {
      where: "machine",
      what: `${facts.missingTool} is missing`,
      why: "a change takes it",
      fix: "install coreutils, grep, sed and util-linux",
    };
  }
  if (facts.unit.get("LoadState") === "masked") {
    return {
      where: "docker.service",
      what: "expected it unmasked, found it masked",
      why: "systemd refuses to start it",
      fix: "run `systemctl unmask docker.service` on the machine if that is meant to end",
    };
  }
  if (facts.dockerSocket.get("LoadState") === "masked" && isRequired("docker.socket", facts)) {
    return {
      where: "docker.socket",
      what: "is masked",
      why: "docker.service requires it, so dockerd could not be started again",
      fix: "run `systemctl unmask docker.socket` on the machine; a disabled one does not matter",
    };
  }
  if (execStart === undefined)
    return otherDockers[facts.otherDocker] ?? notInstalledYet(facts) ?? notInstalled;
  const executable = executableOf(execStart);
  // A package that is gone leaves its init script, of which systemd makes a unit.
  if (!/(^|\/)dockerd[^/]*$|^\/etc\/init\.d\//.test(executable)) {
    return {
      where: "docker.service",
      what: `starts ${executable}, and not dockerd itself`,
      why: "the flags that it gives to dockerd can't be seen or changed",
      fix: "have ExecStart name dockerd with its flags",
    };
  }
  if (facts.dockerdVersion === "")
    return otherDockers[facts.otherDocker] ?? notInstalledYet(facts) ?? notInstalled;
  return undefined;
}

function isRequired(unit: string, facts: MachineFacts): boolean {
  return (facts.unit.get("Requires") ?? "").split(" ").includes(unit);
}
