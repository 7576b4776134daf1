import { X509Certificate } from "node:crypto";
import { endpoint } from "../components/model/certificates.ts";
import { equalJson } from "../components/model/daemon-json.ts";
import type { DaemonInfo } from "../components/model/machine.ts";
import { sameMirrors } from "../components/model/mirrors.ts";
import { formatProblem, oneLine, type Problem } from "../components/model/problem.ts";
import { codeOf, daemonInfoOf, getInfo, type Answer } from "./docker-api.ts";
import type { ManagedResource, Properties } from "./provider.ts";
import { refusals } from "./refusals.ts";
import { secret, strings, unwrap } from "./wire.ts";

/** What the program hands over; see components/verify/endpoint-proof.ts. */
interface Inputs {
  readonly host: string;
  readonly address: string;
  readonly port: number;
  readonly ca: string;
  readonly clientCertificate: string;
  readonly clientKey: string;
  readonly strangerCertificate: string;
  readonly strangerKey: string;
  readonly serverCertificate: string;
  readonly liveRestore: boolean;
  readonly registryMirrors: readonly string[];
  readonly settingsAreSecret: boolean;
  readonly converged: string;
}

const inputKeys = [
  "host",
  "address",
  "port",
  "ca",
  "clientCertificate",
  "clientKey",
  "strangerCertificate",
  "strangerKey",
  "serverCertificate",
  "liveRestore",
  "registryMirrors",
  "settingsAreSecret",
  "converged",
] as const satisfies readonly (keyof Inputs)[];

/** The endpoint as a client sees it over the network: who answers, who is turned away. */
export class EndpointProofResource implements ManagedResource {
  changed(state: Properties, inputs: Properties): boolean {
    return (
      strings(state, "problems").length > 0 ||
      inputKeys.some((key) => !equalJson(unwrap(state[key]), unwrap(inputs[key])))
    );
  }

  async create(inputs: Properties): Promise<Properties> {
    const proof = await prove(unwrap(inputs) as Inputs);
    const [first] = proof.problems;
    if (first !== undefined) throw new Error(proof.problems.join("\n"));
    return { ...inputs, ...proof.seen, problems: [] };
  }

  update(_state: Properties, inputs: Properties): Promise<Properties> {
    return this.create(inputs);
  }

  async read(state: Properties): Promise<Properties> {
    const proof = await prove(unwrap(state) as Inputs);
    return { ...state, ...proof.seen, problems: proof.problems };
  }

  warnings(state: Properties): string[] {
    return [...strings(state, "problems")];
  }
}

interface Proof {
  /** What the daemon said of itself; nothing when it did not answer. */
  readonly seen: Properties;
  readonly problems: string[];
}

async function prove(inputs: Inputs): Promise<Proof> {
  const url = endpoint(inputs.address, inputs.port);
  const where = `${inputs.host}: ${url}`;
  const target = { host: inputs.address, port: inputs.port };
  let answer: Answer;
  try {
    answer = await getInfo(target, {
      ca: inputs.ca,
      certificate: inputs.clientCertificate,
      privateKey: inputs.clientKey,
    });
  } catch (error) {
    return { seen: {}, problems: [formatProblem(failure(where, error))] };
  }
  const info = daemonInfoOf(answer);
  if (info === undefined) {
    const what = `GET /info answered HTTP ${String(answer.status)}: ${oneLine(answer.body, 120)}`;
    const fix = "see who listens there: `ss -ltnp` on the machine";
    return { seen: {}, problems: [formatProblem({ where, what, why: "no dockerd answers", fix })] };
  }
  const turnedAway = await refusals(target, {
    ca: inputs.ca,
    certificate: inputs.strangerCertificate,
    privateKey: inputs.strangerKey,
  });
  const open = turnedAway
    .filter(({ verdict }) => verdict !== "refused")
    .map(({ client, verdict, sign }) => ({
      where,
      what: `${client}: ${verdict} (${sign})`,
      why: verdict === "let in" ? "anyone has root on the machine" : "the refusal is not proven",
      fix:
        verdict === "let in"
          ? "close the port now and run `pulumi up`"
          : "run it again; a firewall or proxy in between may answer in dockerd's place",
    }));
  const problems = [
    ...servedProblems(where, answer, inputs),
    ...effectProblems(where, info, inputs),
    ...open,
  ];
  return {
    seen: {
      endpoint: url,
      daemonName: info.name,
      serverVersion: info.serverVersion,
      operatingSystem: info.operatingSystem,
      registryMirrorsInEffect: inputs.settingsAreSecret
        ? secret(info.registryMirrors)
        : info.registryMirrors,
      liveRestoreInEffect: info.liveRestore,
      certificateExpiresAt: new Date(answer.certificate?.valid_to ?? 0).toISOString(),
      refusals: turnedAway.map(({ client, verdict }) => `${client}: ${verdict}`),
    },
    problems: problems.map(formatProblem),
  };
}

function servedProblems(where: string, answer: Answer, inputs: Inputs): Problem[] {
  const wanted = new X509Certificate(inputs.serverCertificate).fingerprint256;
  if (answer.certificate?.fingerprint256 === wanted) return [];
  return [
    {
      where,
      what: "it serves another certificate than the one issued to it",
      why: "dockerd did not take up the new one, or another daemon answers",
      fix: "run `systemctl restart docker` on the machine; if that stays, see who listens: `ss -ltnp`",
    },
  ];
}

function effectProblems(where: string, info: DaemonInfo, inputs: Inputs): Problem[] {
  const wanted = inputs.registryMirrors;
  const setting = (name: string, expected: unknown, found: unknown): Problem => ({
    where,
    what: inputs.settingsAreSecret
      ? `${name}: another value is in effect than the configured one`
      : `${name}: ${JSON.stringify(found)} is in effect, not ${JSON.stringify(expected)}`,
    why: "dockerd did not take up its configuration",
    fix: "see `journalctl -u docker.service` on the machine, then run `systemctl restart docker` there",
  });
  return [
    ...(inputs.liveRestore === info.liveRestore
      ? []
      : [setting("live-restore", inputs.liveRestore, info.liveRestore)]),
    ...(wanted.length === 0 || sameMirrors(wanted, info.registryMirrors)
      ? []
      : [setting("registry-mirrors", wanted, info.registryMirrors)]),
  ];
}

function failure(where: string, error: unknown): Problem {
  const code = codeOf(error);
  const message = error instanceof Error ? oneLine(error.message, 200) : code;
  if (code === "ECONNREFUSED" || code === "ETIMEDOUT" || code === "EHOSTUNREACH") {
    return {
      where,
      what: `no connection (${code})`,
      why: "dockerd does not listen there, or a firewall is in between",
      fix: "see `systemctl status docker` on the machine, and let the port through",
    };
  }
  return {
    where,
    what: `no mutual TLS (${code === message ? code : `${code}: ${message}`})`,
    why: "the API can't be used as configured",
    fix: "compare the clocks of both machines, then run `pulumi up` again",
  };
}
