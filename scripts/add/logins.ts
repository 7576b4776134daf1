// The keys to try on a machine that nobody has configured yet: what ssh would, as far as a stack's file can say it.
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { isAbsolute, join, relative, resolve } from "node:path";
import type { SshConfiguration } from "../../components/model/configuration/parse.ts";
import { loginKey } from "../../components/model/login-key.ts";
import { expanded } from "../../components/stack/files.ts";
import { keysHeld } from "../../provider/agent.ts";
import type { Destination } from "./destination.ts";

/** One way to log in. */
export interface Login {
  /** As the stack's file is to name it; undefined: the agent's keys, or what the stack's defaults say. */
  readonly identityFile?: string;
  /** What it is, for a person. */
  readonly called: string;
}

/** Files that ssh tries by itself, of the kinds that both SSH clients of this program know. */
const usualFiles = ["id_ed25519", "id_ecdsa", "id_rsa"].map((name) => `~/.ssh/${name}`);

/**
 * In the order in which they are tried. Each is an attempt, so only what is there is among them.
 * @param defaults how all hosts of the stack are logged in to.
 */
export async function loginsFor(
  { identityFiles, identitiesOnly = false }: Destination,
  defaults: Pick<SshConfiguration, "identityFile" | "privateKey">,
): Promise<Login[]> {
  const isKeySet = defaults.identityFile !== undefined || defaults.privateKey !== undefined;
  const held = await agentHolds();
  const files = identityFiles ?? usualFiles.filter((file) => existsSync(expanded(file)));
  // A host can't take a key of the defaults back, so with one the agent as a whole is no choice.
  const agent: Login[] =
    held > 0 && !isKeySet && !identitiesOnly
      ? [{ called: `the SSH agent (${String(held)} ${held === 1 ? "key" : "keys"})` }]
      : [];
  return [
    ...(isKeySet && identityFiles === undefined ? [{ called: "the stack's own key" }] : []),
    ...agent,
    ...files
      .map((file) => loginBy(file, held > 0))
      // One that is named is tried, and its fault told; one that was only found is passed over.
      .filter(({ isLocked }) => !isLocked || identityFiles !== undefined)
      .map(({ identityFile }) => ({ identityFile, called: identityFile })),
  ];
}

/** A key with a passphrase is the agent's, chosen by its public half. */
function loginBy(file: string, hasAgent: boolean): { identityFile: string; isLocked: boolean } {
  const isLocked = isLockedKey(file);
  const half = `${file}.pub`;
  return isLocked && hasAgent && existsSync(expanded(half))
    ? { identityFile: half, isLocked: false }
    : { identityFile: file, isLocked };
}

function isLockedKey(file: string): boolean {
  try {
    const found = loginKey(readFileSync(expanded(file), "utf8"));
    return "fault" in found && found.fault === "locked";
  } catch {
    return false;
  }
}

/** How many keys the agent holds; none where there is no agent. */
function agentHolds(): Promise<number> {
  const socket = process.env["SSH_AUTH_SOCK"];
  if (socket === undefined || socket === "") return Promise.resolve(0);
  return keysHeld(socket).then(
    ({ length }) => length,
    () => 0,
  );
}

/**
 * A path that somebody gave, as a stack's file names it: below the home by `~/`, which others have as well, and
 * otherwise relative to the project.
 * @param from the folder that the person is in.
 */
export function pathInStack(path: string, from: string, project: string): string {
  if (path.startsWith("~/")) return path;
  const whole = resolve(from, path);
  const inHome = relative(homedir(), whole);
  const inProject = relative(project, whole);
  if (!inProject.startsWith("..")) return inProject;
  if (!inHome.startsWith("..") && !isAbsolute(inHome)) return join("~", inHome);
  return isAbsolute(path) ? path : inProject;
}
