import { equalJson } from "../components/model/daemon-json.ts";
import { MachineError } from "../components/model/problem.ts";
import { proveEndpoint, type Proof, type ProofInputs } from "./prove.ts";
import type { ManagedResource, Properties } from "./provider.ts";
import { throughTunnel } from "./tunnel.ts";
import { secret, strings, unwrap } from "./wire.ts";

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

/** The endpoint as a client sees it over the network: who answers, who is turned away. */
export class EndpointProofResource implements ManagedResource {
  // 2: what TLS takes is one input.
  readonly stateVersion = 2;

  changed(state: Properties, inputs: Properties): boolean {
    return (
      strings(state, "problems").length > 0 ||
      inputKeys.some((key) => !equalJson(unwrap(state[key]), unwrap(inputs[key])))
    );
  }

  async create(inputs: Properties): Promise<Properties> {
    const proof = await prove(unwrap(inputs) as ProofInputs);
    const [first] = proof.problems;
    if (first !== undefined) throw new Error(proof.problems.join("\n"));
    return { ...inputs, ...seen(proof, inputs), problems: [] };
  }

  update(_state: Properties, inputs: Properties): Promise<Properties> {
    return this.create(inputs);
  }

  async read(state: Properties): Promise<Properties> {
    const proof = await prove(unwrap(state) as ProofInputs);
    return { ...state, ...seen(proof, state), problems: proof.problems };
  }

  notices(): string[] {
    return [];
  }

  warnings(state: Properties): string[] {
    return [...strings(state, "problems")];
  }
}

/** Where only the machine itself can connect, its clients come through SSH, and so does the proof. */
async function prove(inputs: ProofInputs): Promise<Proof> {
  if (inputs.tunnel === undefined) return proveEndpoint(inputs);
  try {
    return await throughTunnel(inputs.tunnel, (open) => proveEndpoint(inputs, open));
  } catch (error) {
    if (!(error instanceof MachineError)) throw error;
    return { problems: [`${inputs.host}: ${error.message}`] };
  }
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
