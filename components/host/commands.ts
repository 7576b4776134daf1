// The two commands that change a machine. Both run its script, over one SSH connection each.
import { remote } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { hostNames } from "../identity.ts";
import { hostEndpoint } from "../model/address.ts";
import type { TlsFile } from "../model/daemon-json/listener.ts";
import type { Baseline } from "../model/desired/baseline.ts";
import { readRecordedHost } from "../model/desired/recorded-host.ts";
import { envelopeText, withSettings } from "../model/envelope.ts";
import { withHealthCheck } from "../model/health-check.ts";
import { convergeEnvelope } from "../model/plan/converge-envelope.ts";
import { readRepair } from "../model/plan/repair.ts";
import { applyLine, removeLine, sudoOf, withPassword } from "../model/remote-shell.ts";
import { commandConnection } from "./connection.ts";
import type { DesiredInputs } from "./desired-inputs.ts";
import type { HostScript } from "./host-script.ts";
import type { HostArgs } from "./host.ts";
import type { HostState } from "./host-state.ts";
import { leftAlone } from "./left-alone.ts";
import { machineScript } from "./remote/scripts.ts";

/**
 * Restores the machine. Nothing but `delete`: it is in the state before the machine is touched, so that even a
 * first run that was killed can be undone, and it dials only then. Another fencing token replaces it, and
 * deleting the old resource restores the previous machine at the end of the same run.
 */
export function undo(
  name: string,
  { owner, ssh, sudo, allowContainerRestart, maintenance, turn }: HostArgs,
  { claim: fencingToken }: HostState,
  parent: pulumi.Resource,
): remote.Command {
  const restart = String(allowContainerRestart);
  const nothingAfter: Promise<pulumi.Resource[]> = turn.then(() => []);
  return new remote.Command(
    hostNames.undo(name),
    {
      connection: commandConnection(ssh),
      // Of a machine that comes into the stack in its maintenance nothing is to be undone.
      ...(maintenance ? {} : { delete: removeLine(sudoOf(sudo, ssh)) }),
      stdin: asInput(
        ssh,
        fencingToken.apply((claim) =>
          envelopeText({ settings: { owner, claim, allow_container_restart: restart }, files: [] }),
        ),
      ),
      triggers: triggersOf(fencingToken),
      logging: remote.Logging.None,
      addPreviousOutputInEnv: false,
    },
    // The first resource that has to do with a change: all others come after it.
    { parent, dependsOn: nothingAfter, ...leftAlone(maintenance) },
  );
}

/**
 * None with the token of a state from before there were tokens: `triggers` that appear replace, and the old
 * program would restore the machine that is in use.
 */
function triggersOf(fencingToken: pulumi.Output<string>): pulumi.Output<string[]> {
  return fencingToken.apply((token) => (token === "0" ? undefined : [token])) as pulumi.Output<
    string[]
  >;
}

/** What a converge depends on. */
interface ConvergeParts {
  readonly desired: DesiredInputs;
  readonly state: HostState;
  readonly script: HostScript;
}

interface Converge {
  readonly command: remote.Command;
  /** What the machine is to become. Another health check alone changes nothing there, so there is nothing to prove. */
  readonly change: pulumi.Output<string>;
}

/**
 * Puts the machine into its desired state. Nothing but `create`: without an `update`, changed inputs run it
 * again in place.
 */
export function converge(
  name: string,
  { ssh, sudo, tls, healthCheck, maintenance }: HostArgs,
  { desired, state, script }: ConvergeParts,
  parent: pulumi.Resource,
): Converge {
  const connection = commandConnection(ssh);
  if (maintenance) {
    const options = { parent, dependsOn: script, ...leftAlone(maintenance) };
    const command = new remote.Command(hostNames.converge(name), { connection }, options);
    return { command, change: pulumi.output("") };
  }
  const contents: TlsOutput = pulumi.output(tls);
  const envelope = pulumi.secret(
    pulumi
      .all([pulumi.output(desired), baselineIn(state), contents, state.repair.apply(readRepair)])
      .apply(([recorded, ...rest]) => convergeEnvelope(readRecordedHost(recorded), ...rest)),
  );
  const ownership = pulumi.all([state.claim, state.former]).apply(([claim, former]) => ({
    address: hostEndpoint(ssh.host, ssh.port),
    claim,
    former,
  }));
  const change = pulumi.secret(
    pulumi.all([envelope, ownership]).apply((parts) => withSettings(...parts)),
  );
  const text = change.apply(envelopeText);
  const stdin =
    healthCheck === undefined
      ? text
      : change.apply((one) => envelopeText(withHealthCheck(one, healthCheck)));
  const command = new remote.Command(
    hostNames.converge(name),
    {
      connection,
      create: applyLine(machineScript().digest, sudoOf(sudo, ssh)),
      stdin: asInput(ssh, stdin),
      logging: remote.Logging.None,
      addPreviousOutputInEnv: false,
    },
    { parent, dependsOn: script },
  );
  return { command, change: text };
}

/** Standard input of a program on the machine. */
function asInput(
  { sudoPassword }: HostArgs["ssh"],
  text: pulumi.Output<string>,
): pulumi.Output<string> {
  if (sudoPassword === undefined) return text;
  return pulumi
    .all([text, sudoPassword])
    .apply(([input, password]) => withPassword(input, password));
}

type TlsOutput = pulumi.Output<Readonly<Record<TlsFile, string>> | undefined>;

function baselineIn(state: HostState): pulumi.Output<Baseline> {
  const { base, baseSha, current, edited, execStart, systemdSocket } = state;
  return pulumi.output({ base, baseSha, current, edited, execStart, systemdSocket });
}
