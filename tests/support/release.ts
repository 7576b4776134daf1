// A release as it was once: the state of its stack and its files on the machine, kept in tests/releases
// so that every later version can be shown to take it over. Nothing in it opens anything: the keys are
// those of a lab machine that is gone, and what one logs in with is left out.
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { checkout } from "../../lab/paths.ts";
import type { StackRun, StackSettings } from "./stack-run.ts";
import type { TestMachine } from "./test-machine.ts";

const folder = join(checkout, "tests/releases");

interface Release {
  /** `pulumi stack export --show-secrets`, without what one logs in with. */
  readonly state: unknown;
  /** A tar of the paths below, in base64. */
  readonly files: string;
}

const paths =
  "/opt/docker-ssl /etc/docker/daemon.json /etc/systemd/system/docker.service.d /etc/systemd/system/docker.socket.d /var/lib/dockertls";

/** Certificates that outlive whoever reads this, so that none is due for renewal in a later test. */
export const releaseSettings = (machine: TestMachine): StackSettings => ({
  daemon: { "registry-mirrors": ["https://mirror.gcr.io"], labels: ["release=yes"] },
  tls: { caHours: 262800, serverHours: 262800, clientHours: 262800 },
  hosts: { t1: machine.host() },
});

export function recordedReleases(): string[] {
  return existsSync(folder)
    ? readdirSync(folder).map((file) => file.replace(/\.json\.gz$/, ""))
    : [];
}

export async function recordRelease(
  version: string,
  stack: StackRun,
  machine: TestMachine,
): Promise<void> {
  const release: Release = {
    state: withoutLogin(await stack.stateInClear()),
    files: await machine.sh(`tar -C / -c ${paths.replaceAll(" /", " ").slice(1)} | base64 -w 0`),
  };
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${version}.json.gz`), gzipSync(JSON.stringify(release)));
}

/** Puts machine and stack where that release had left them. */
export async function restoreRelease(
  version: string,
  stack: StackRun,
  machine: TestMachine,
): Promise<void> {
  const text = gunzipSync(readFileSync(join(folder, `${version}.json.gz`))).toString("utf8");
  const { state, files } = JSON.parse(text) as Release;
  await machine.sh("base64 -d | tar -C / -x", files);
  await machine.sh("systemctl daemon-reload && systemctl restart docker.socket docker.service");
  const file = join(stack.directory, "release.json");
  writeFileSync(file, JSON.stringify(state), { mode: 0o600 });
  await stack.expectSuccess(["stack", "import", "--file", file]);
}

/** Where the engine saw a resource made: paths of the machine that it ran on. */
const traces = ["sourcePosition", "stackTrace"];

/** A fixture does not hold what opens the lab's current machines. */
function withoutLogin(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutLogin);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !traces.includes(key))
      .map(([key, inner]) => [
        key,
        typeof inner === "object" && inner !== null && key === "connection"
          ? JSON.parse(
              JSON.stringify(inner).replace(
                /-----BEGIN OPENSSH.*?END OPENSSH[^-]*-----(\\\\*n)*/g,
                "a key that is gone",
              ),
            )
          : withoutLogin(inner),
      ]),
  );
}
