// What `npm run add` is told on its command line.
import { isAbsolute, resolve } from "node:path";
import { parseArgs } from "node:util";
import { readInventory } from "./ansible.ts";
import { destinationIn, fingerprintForm, type Named } from "./destination.ts";
import { machinesOf } from "./inventory.ts";
import { pathInStack } from "./logins.ts";
import { fromSshConfig } from "./ssh-config.ts";

export const usage = `usage: npm run add -- [OPTIONS] USER@ADDRESS[:PORT]…
puts machines into a stack's file, once it has looked at them
  --stack NAME         which stack (default: PULUMI_STACK, that selected, prod)
  --config-file PATH   its file (Pulumi.NAME.yaml); no stack is made then
  --name NAME          what the machine is called there (default: its own name)
  --identity FILE      the key to log in with (default: those of your SSH agent,
                       then ~/.ssh/id_ed25519, id_ecdsa, id_rsa)
  --fingerprint SHA256:…
                       the machine's host key, once for each machine, in order;
                       without it you are asked
  --from-ssh-config    the arguments are aliases of ~/.ssh/config
  --from-ansible FILE  an inventory; the arguments are hosts and groups of it
                       (default: all)
  --yes                writes without asking; it trusts no host key
It changes nothing on a machine. Exit code: 0 all are in the file, 1 some are
not, 2 it was called wrongly`;

export interface Request {
  readonly stack: string | undefined;
  readonly configFile: string | undefined;
  readonly isAsked: boolean;
  readonly machines: readonly Named[];
}

/**
 * @param from the folder that the person is in.
 * @throws Error where it is called wrongly.
 */
export function requestIn(args: readonly string[], from: string, project: string): Request {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: {
      stack: { type: "string", short: "s" },
      "config-file": { type: "string" },
      name: { type: "string" },
      identity: { type: "string" },
      fingerprint: { type: "string", multiple: true, default: [] },
      "from-ssh-config": { type: "boolean", default: false },
      "from-ansible": { type: "string" },
      yes: { type: "boolean", short: "y", default: false },
    },
    allowPositionals: true,
  });
  const { identity, name, fingerprint } = values;
  const inventory = values["from-ansible"];
  const file = values["config-file"];
  const fingerprints = fingerprint.map((one) => one.replace(/=+$/, ""));
  const machines = named(positionals, {
    isAlias: values["from-ssh-config"],
    inventory: inventory === undefined ? undefined : resolve(from, inventory),
  });
  const isNamed = machines.length > 0 || inventory !== undefined;
  if (!isNamed) throw new Error("no machine is named");
  if (name !== undefined && machines.length !== 1) {
    throw new Error("--name: is for one machine; leave it out, or add one at a time");
  }
  const wrong = fingerprints.find((one) => !fingerprintForm.test(one));
  if (wrong !== undefined) {
    throw new Error(
      "--fingerprint: is not of the form SHA256:… that `ssh-keygen -lf` prints; write it as it stands there",
    );
  }
  if (fingerprints.length > 0 && fingerprints.length !== machines.length) {
    throw new Error(
      `--fingerprint: is there ${String(fingerprints.length)} times for ${String(machines.length)} machines; write one for each, in their order`,
    );
  }
  return {
    stack: values.stack,
    configFile: file === undefined ? undefined : resolve(from, file),
    isAsked: !values.yes,
    machines: machines.map((machine, at) => {
      if ("problem" in machine) return machine;
      const expected = fingerprints[at];
      const files = identity === undefined ? machine.identityFiles : [identity];
      // A path of ssh's or Ansible's own is absolute, or begins with ~/.
      const known = files?.map((one) =>
        identity !== undefined || isAbsolute(one) ? pathInStack(one, from, project) : one,
      );
      return {
        ...machine,
        ...(name === undefined ? {} : { name }),
        ...(known === undefined ? {} : { identityFiles: known }),
        ...(identity === undefined ? {} : { identitiesOnly: true }),
        ...(expected === undefined ? {} : { fingerprint: expected }),
      };
    }),
  };
}

interface Source {
  readonly isAlias: boolean;
  readonly inventory: string | undefined;
}

function named(words: readonly string[], { isAlias, inventory }: Source): Named[] {
  if (inventory === undefined) {
    return words.map((word) => (isAlias ? fromSshConfig(word) : destinationIn(word)));
  }
  if (isAlias) throw new Error("--from-ansible and --from-ssh-config: take one of them");
  const read = readInventory(inventory);
  return "problem" in read
    ? [{ called: inventory, problem: read.problem }]
    : machinesOf(read.inventory, words);
}
