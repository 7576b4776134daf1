import { installation } from "../components/host/remote/scripts.ts";
import { envelopeText } from "../components/model/envelope.ts";
import { undoRevision } from "../components/model/plan/undo.ts";
import { remoteShell, reviseLine } from "../components/model/remote-shell.ts";
import { MachineError, oneLine } from "../components/model/problem.ts";
import type { SshTarget } from "../components/model/ssh-target.ts";
import { changedPaths, type Detail } from "./details.ts";
import { problemOfHost } from "./host-look.ts";
import { look } from "./look.ts";
import type { ManagedResource, Properties } from "./provider.ts";
import { runAsRoot } from "./ssh.ts";
import { changedKeys, text, unknownValue, unwrap } from "./wire.ts";

/** What the program hands over; see components/host/host-script.ts. */
interface Inputs {
  readonly host: string;
  readonly connection: SshTarget;
  readonly sudo: boolean;
  readonly digest: string;
  readonly installation: string;
  readonly claim: string;
}

const inputKeys = ["host", "connection", "sudo", "digest", "installation", "claim"] as const;

/**
 * Puts the script that changes a machine on it, as a file. HostState's look says whether it is there.
 */
export class HostScriptResource implements ManagedResource {
  readonly stateVersion = 1;
  readonly inputsAlone = ["connection"];

  /** Inputs that are unknown before the look: a preview would show a change that may never happen. */
  check(olds: Properties, news: Properties): Properties {
    const unknown = inputKeys.filter((key) => news[key] === unknownValue && key in olds);
    return { ...news, ...Object.fromEntries(unknown.map((key) => [key, olds[key]])) };
  }

  changed(state: Properties, inputs: Properties): boolean {
    return changedKeys(inputKeys, state, inputs).length > 0;
  }

  /** Another fencing token is another machine: the previous one gets its script before it is restored. */
  replacedBy(state: Properties, inputs: Properties): readonly string[] {
    return changedKeys(["claim"], state, inputs);
  }

  details(_state: Properties, olds: Properties, news: Properties): readonly Detail[] {
    return changedPaths(olds, news);
  }

  create(inputs: Properties): Promise<Properties> {
    return this.update({ digest: inputs["digest"], installation: "" }, inputs);
  }

  async update(state: Properties, inputs: Properties): Promise<Properties> {
    if (hasScript(inputs) && changedKeys(["digest", "installation"], state, inputs).length > 0)
      await install(unwrap(inputs) as Inputs, "anywhere");
    return inputs;
  }

  read(state: Properties): Promise<Properties> {
    return Promise.resolve(state);
  }

  /** undo is deleted next, and runs this file. Its own envelope is as old as the state. */
  async delete(state: Properties): Promise<void> {
    if (!hasScript(state)) return;
    const inputs = unwrap(state) as Inputs;
    await install(inputs, "used");
    await reviseUndo(inputs);
  }

  warnings(): string[] {
    return [];
  }
}

/** A machine that came into the stack in its maintenance has none until that is over. */
function hasScript(properties: Properties): boolean {
  return text(properties, "digest") !== "";
}

/**
 * Tells the machine what daemon.json would be now without this program. A machine that can't be looked at, or
 * does not take it, restores what it knows, and keeps what others have changed since beside it.
 */
async function reviseUndo({ host, connection, sudo, claim }: Inputs): Promise<void> {
  const facts = await look({ host, connection, sudo }).catch(() => undefined);
  const revision = facts === undefined ? undefined : undoRevision(facts, claim);
  if (revision === undefined) return;
  await runAsRoot({ connection, sudo }, reviseLine, envelopeText(revision)).catch(() => undefined);
}

async function install(
  { host, connection, sudo }: Inputs,
  where: Parameters<typeof installation>[0],
): Promise<void> {
  try {
    const { exitCode, stderr } = await runAsRoot(
      { connection, sudo },
      remoteShell,
      installation(where),
    );
    if (exitCode === 0) return;
    throw new MachineError({
      where: "script",
      what: `could not be put on the machine (exit code ${String(exitCode)}: ${oneLine(stderr, 300)})`,
      why: "the machine is changed and restored by it",
      fix: "put right what it says, and run it again",
    });
  } catch (error) {
    throw problemOfHost(host, error);
  }
}
