import { setTimeout } from "node:timers/promises";
import { changedPaths, telling, type Detail } from "./details.ts";
import { closedPort } from "../components/model/firewall/closed-port.ts";
import type { FirewallFacts } from "../components/model/firewall/firewall-facts.ts";
import { MachineError } from "../components/model/problem.ts";
import type { Opener } from "./docker-api.ts";
import { revokedClients, withRevokedClients, type FullProofInputs } from "./revoked-clients.ts";
import { proveEndpoint, type ClosedBy, type Proof, type ProofInputs } from "./prove.ts";
import { isInMaintenance, type ManagedResource, type Properties } from "./provider.ts";
import { throughTunnel } from "./tunnel.ts";
import { changedKeys, secret, strings, unwrap } from "./wire.ts";

const inputKeys = [
  "host",
  "address",
  "port",
  "tunnel",
  "tls",
  "liveRestore",
  "registryMirrors",
  "settingsAreSecret",
  "converged",
] as const satisfies readonly (keyof ProofInputs)[];

/**
 * The endpoint as clients see it over the network: who answers, who is let in, who is turned away. When an authority is
 * trusted no more, the client that was shown to get in by it is kept, and has to be turned away in this proof and in all
 * later ones.
 */
export class EndpointProofResource implements ManagedResource {
  // 2: what TLS takes is one input.
  readonly stateVersion = 2;
  readonly inputsAlone = ["tls", "tunnel", "maintenance"];
  /** What was proven in this run, by the host's name. */
  readonly #made = new Map<string, FullProofInputs>();
  readonly #firewallOf: FirewallOf;

  /** @param firewallOf asks a host of this run about its firewalls; undefined where it can't. */
  constructor(firewallOf: FirewallOf = () => Promise.resolve(undefined)) {
    this.#firewallOf = firewallOf;
  }

  changed(state: Properties, inputs: Properties): boolean {
    return (
      isInMaintenance(state) ||
      strings(state, "problems").length > 0 ||
      changedKeys(inputKeys, state, inputs).length > 0
    );
  }

  details(_state: Properties, olds: Properties, news: Properties): readonly Detail[] {
    return telling(changedPaths(olds, news), (path) => !path.startsWith("tls."));
  }

  create(inputs: Properties): Promise<Properties> {
    return this.update({}, inputs);
  }

  async update(state: Properties, inputs: Properties): Promise<Properties> {
    const wanted = unwrap(inputs) as ProofInputs;
    const revoked = revokedClients(unwrap(state), wanted.tls);
    const whole = { ...wanted, ...(revoked.length === 0 ? {} : { revokedClients: revoked }) };
    const proof = await prove(whole, this.#firewallOf);
    const [first] = proof.problems;
    if (first !== undefined) throw new Error(proof.problems.join("\n"));
    this.#made.set(wanted.host, whole);
    return { ...inputs, ...seen(proof, inputs), ...kept(whole), problems: [] };
  }

  async read(state: Properties): Promise<Properties> {
    const proof = await prove(recorded(state));
    return { ...state, ...seen(proof, state), problems: proof.problems };
  }

  warnings(state: Properties): string[] {
    return [...strings(state, "problems")];
  }

  /** Proves once more, after a while, those of the hosts that were proven in this run; all others are as they were. */
  async proveAgain(hosts: readonly string[], seconds: number): Promise<ProvenAgain> {
    const made = hosts.flatMap((host) => this.#made.get(host) ?? []);
    if (made.length === 0) return { again: [], problems: [] };
    await setTimeout(seconds * 1000);
    const proofs = await Promise.all(made.map((inputs) => prove(inputs, this.#firewallOf)));
    return {
      again: made.map(({ host }) => host),
      problems: proofs.flatMap(({ problems }) => problems),
    };
  }
}

type FirewallOf = (host: string) => Promise<FirewallFacts | undefined>;

export interface ProvenAgain {
  readonly again: readonly string[];
  readonly problems: readonly string[];
}

/** Where only the machine itself can connect, its clients come through SSH, and so does the proof. */
async function prove(inputs: FullProofInputs, firewallOf?: FirewallOf): Promise<Proof> {
  const all = async (open?: Opener, closedBy?: ClosedBy): Promise<Proof> =>
    withRevokedClients(await proveEndpoint(inputs, open, closedBy), inputs, open);
  if (inputs.tunnel === undefined) {
    return all(undefined, async (port, code) =>
      closedPort(await firewallOf?.(inputs.host), port, code),
    );
  }
  try {
    return await throughTunnel(inputs.tunnel, (open) => all(open));
  } catch (error) {
    if (!(error instanceof MachineError)) throw error;
    return { problems: [`${inputs.host}: ${error.message}`] };
  }
}

/** What the last proof took. A state of 0.1.0 knows one revoked client, under another name. */
function recorded(state: Properties): FullProofInputs {
  const inputs = unwrap(state) as FullProofInputs;
  const before = revokedClients({ ...inputs, tls: undefined }, inputs.tls);
  return { ...inputs, revokedClients: before };
}

/** Their keys go into the state like any other: encrypted, and never shown. */
function kept({ revokedClients: clients }: Pick<FullProofInputs, "revokedClients">): Properties {
  return clients === undefined ? {} : { revokedClients: secret(clients) };
}

/** What the daemon said of itself; nothing when it did not answer. */
function seen({ answered }: Proof, inputs: Properties): Properties {
  if (answered === undefined) return {};
  const { registryMirrors, ...rest } = answered;
  return {
    ...rest,
    registryMirrorsInEffect:
      unwrap(inputs["settingsAreSecret"]) === true ? secret(registryMirrors) : registryMirrors,
  };
}
