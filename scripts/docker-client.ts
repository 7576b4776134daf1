// The ordinary docker CLI, which is what the machine is for: the last word of `npm start` is its own.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Reports } from "../lab/engine/report.ts";
import { cacheDirectory } from "../lab/paths.ts";
import { asRoot } from "../lab/machines/root.ts";
import { aptCandidate, aptInstall, findProgram, labObstacle } from "../lab/requirements.ts";

const cached = join(cacheDirectory, "docker-cli", "docker");
const shared = "/usr/local/bin/docker";

/**
 * The docker CLI. Where there is none, Debian's: its package docker-cli, or, before Debian 13, the
 * client out of docker.io, which can't be installed for the client alone since it starts a daemon.
 */
export async function dockerClient(reports: Reports): Promise<string | undefined> {
  const own = findProgram("docker");
  if (own) return own;
  if (!findProgram("apt-get")) return undefined;
  const mayInstall = labObstacle() === undefined;
  if (mayInstall && aptCandidate("docker-cli")) {
    reports.say("this machine lacks the docker CLI: installing docker-cli with apt-get");
    await aptInstall(["docker-cli"]);
    return findProgram("docker");
  }
  if (!existsSync(cached)) fetchClient();
  if (!existsSync(cached) || !mayInstall) return existsSync(cached) ? cached : undefined;
  reports.say(
    `this machine lacks the docker CLI: Debian's own goes to ${shared}, without its daemon`,
  );
  // Under its final name, a partly written program would be taken for the person's own.
  await asRoot(["install", "-m", "0755", cached, `${shared}.new`]);
  await asRoot(["mv", `${shared}.new`, shared]);
  return shared;
}

function fetchClient(): void {
  mkdirSync(dirname(cached), { recursive: true });
  const work = mkdtempSync(`${dirname(cached)}/fetch-`);
  try {
    spawnSync("apt-get", ["-qq", "download", "docker.io"], { cwd: work, stdio: "ignore" });
    const archive = readdirSync(work).find((file) => file.endsWith(".deb"));
    if (!archive) return;
    execFileSync("dpkg-deb", ["--extract", join(work, archive), join(work, "root")]);
    renameSync(join(work, "root", "usr", "bin", "docker"), cached);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

export interface ClientFiles {
  ca: string;
  cert: string;
  key: string;
}

/**
 * What one pastes to see the machine: absolute paths, nothing from the environment. Without files the
 * API is in plaintext.
 */
export const infoArguments = (files: ClientFiles | undefined, endpoint: string): string[] =>
  files === undefined
    ? ["-H", endpoint, "info"]
    : [
        "--tlsverify",
        `--tlscacert=${files.ca}`,
        `--tlscert=${files.cert}`,
        `--tlskey=${files.key}`,
        `-H=${endpoint.replace(/^tcp:\/\//, "")}`,
        "info",
      ];

/** For a shell: quoted where the checkout's path needs it. */
export const pasted = (words: string[]): string =>
  words
    .map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`))
    .join(" ");

interface DockerInfo {
  Name?: string;
  ServerVersion?: string;
  OperatingSystem?: string;
  LiveRestoreEnabled?: boolean;
  RegistryConfig?: { Mirrors?: string[] | null };
}

/** What `docker info` says, as lines, or why it says nothing. */
export function dockerInfo(
  docker: string,
  files: ClientFiles | undefined,
  endpoint: string,
): string[] {
  const environment = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith("DOCKER_")),
  );
  const { status, stdout, stderr } = spawnSync(
    docker,
    [...infoArguments(files, endpoint), "--format", "{{json .}}"],
    { encoding: "utf8", env: environment, timeout: 30_000 },
  );
  if (status !== 0)
    throw new Error(
      `docker info at ${endpoint}: ${stderr.trim().split("\n").at(-1) ?? "no answer"}`,
    );
  const info = JSON.parse(stdout) as DockerInfo;
  const rows: [string, string][] = [
    ["Name", info.Name ?? ""],
    ["Server Version", info.ServerVersion ?? ""],
    ["Operating System", info.OperatingSystem ?? ""],
    ["Registry Mirrors", info.RegistryConfig?.Mirrors?.join(", ") ?? "none"],
    ["Live Restore", String(info.LiveRestoreEnabled ?? false)],
  ];
  return rows.map(([label, value]) => `  ${`${label}:`.padEnd(18)}${value}`);
}
