// What this machine must have for the lab, and how it gets it: Debian family, root or sudo.
import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import type { Reports } from "./engine/report.ts";
import { isFittingGo } from "./engine/build.ts";
import { asRoot, isRoot } from "./machines/root.ts";

export interface Tool {
  /** A program that is there when the package is. */
  program: string;
  package: string;
}

export const labTools: Tool[] = [
  { program: "mmdebstrap", package: "mmdebstrap" },
  { program: "systemd-nspawn", package: "systemd-container" },
  { program: "ip", package: "iproute2" },
  { program: "ssh-keygen", package: "openssh-client" },
  { program: "nsenter", package: "util-linux" },
];

export const lintTools: Tool[] = [{ program: "shellcheck", package: "shellcheck" }];

// Not on every user's PATH, but where root's programs are.
const alsoHere = ["/usr/local/sbin", "/usr/sbin", "/sbin"];

export function findProgram(
  program: string,
  path: string = process.env["PATH"] ?? "",
): string | undefined {
  const candidates = [...path.split(delimiter), ...alsoHere].map((directory) =>
    join(directory, program),
  );
  return candidates.find((candidate) => {
    try {
      accessSync(candidate, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

const missingTools = (tools: Tool[]): Tool[] =>
  tools.filter(({ program }) => !findProgram(program));

/** Why lab machines can't run here, in one clause, or undefined when they can. */
export function labObstacle(): string | undefined {
  if (process.platform !== "linux") return `it needs Linux, and this is ${process.platform}`;
  if (!isRoot() && !findProgram("sudo")) return "it needs root, and there is no sudo";
  const missing = missingTools(labTools);
  if (missing.length > 0 && !findProgram("apt-get")) {
    return `it needs ${missing.map(({ program }) => program).join(", ")}, and there is no apt-get to install them`;
  }
  return undefined;
}

/** Lets sudo ask for the password once, before anything else writes to the terminal. */
export function unlockSudo(): void {
  if (isRoot() || spawnSync("sudo", ["-n", "true"]).status === 0) return;
  console.log("the lab needs root on this machine: sudo asks for your password");
  if (spawnSync("sudo", ["-v"], { stdio: "inherit" }).status !== 0) {
    throw new Error(
      "lab: needs root; sudo refused; run this as root, or as a user who may use sudo",
    );
  }
}

export async function installTools(tools: Tool[], { say }: Reports): Promise<void> {
  const packages = missingTools(tools).map((tool) => tool.package);
  // Another distribution than Debian lacks the keys to check Debian's packages with.
  if (
    packages.includes("mmdebstrap") &&
    !existsSync("/usr/share/keyrings/debian-archive-keyring.gpg")
  ) {
    packages.push("debian-archive-keyring");
  }
  if (packages.length === 0) return;
  say(`this machine lacks ${packages.join(", ")}: installing with apt-get`);
  await aptInstall(packages);
}

export async function aptInstall(packages: string[]): Promise<void> {
  const apt = [
    "env",
    "DEBIAN_FRONTEND=noninteractive",
    "apt-get",
    "-qq",
    "-o",
    "DPkg::Lock::Timeout=300",
  ];
  // A list that is out of date names packages that are gone; an update that fails may still do.
  await asRoot([...apt, "update"], { check: false, label: "apt-get update" });
  await asRoot([...apt, "install", "--yes", "--no-install-recommends", ...packages], {
    label: `apt-get install ${packages.join(" ")}`,
  });
}

/** The version of a package that apt-get would install. */
export function aptCandidate(name: string): string | undefined {
  if (!findProgram("apt-cache")) return undefined;
  const { stdout } = spawnSync("apt-cache", ["policy", name], { encoding: "utf8" });
  return /^ *Candidate: (?:\d+:)?(\d\S*)$/m.exec(stdout)?.[1];
}

/** Go for the build of the engine, if this machine's Debian has one that is new enough. */
export async function provideGo({ say }: Reports): Promise<void> {
  const candidate = aptCandidate("golang-go");
  if (!candidate || !isFittingGo(candidate) || labObstacle()) return;
  say(`this machine lacks Go: installing golang-go ${candidate} with apt-get`);
  await aptInstall(["golang-go"]);
}
