// The ordinary docker CLI, which is what the machine is for: the last word of `npm start` is its own.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Reports } from "../lab/engine/report.ts";
import { cacheDirectory } from "../lab/paths.ts";
import { findProgram } from "../lab/requirements.ts";

const cached = join(cacheDirectory, "docker-cli", "docker");

/** The docker CLI: on PATH, or out of Debian's package without installing that, since it brings a daemon. */
export function dockerClient({ say }: Reports): string | undefined {
  const own = findProgram("docker");
  if (own) return own;
  if (existsSync(cached)) return cached;
  if (!findProgram("apt-get") || !findProgram("dpkg-deb")) return undefined;
  say("fetching the docker CLI (Debian's package, unpacked into the cache, nothing installed)");
  mkdirSync(dirname(cached), { recursive: true });
  const work = mkdtempSync(`${dirname(cached)}/fetch-`);
  try {
    // Debian 13 has the client apart; before, it is in docker.io.
    const found = ["docker-cli", "docker.io"].some((name) => {
      const { status } = spawnSync("apt-get", ["-qq", "download", name], {
        cwd: work,
        stdio: "ignore",
      });
      return status === 0;
    });
    const archive = readdirSync(work).find((file) => file.endsWith(".deb"));
    if (!found || !archive) return undefined;
    execFileSync("dpkg-deb", ["--extract", join(work, archive), join(work, "root")]);
    renameSync(join(work, "root", "usr", "bin", "docker"), cached);
    return cached;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

export interface ClientFiles {
  ca: string;
  cert: string;
  key: string;
}

/** What one pastes to see the machine: absolute paths, nothing from the environment. */
export const infoArguments = (files: ClientFiles, endpoint: string): string[] => [
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

/** What `docker info` says through TLS, as lines, or why it says nothing. */
export function dockerInfo(docker: string, files: ClientFiles, endpoint: string): string[] {
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
