import { X509Certificate } from "node:crypto";
import { endpoint } from "../components/model/address.ts";
import { withoutCredentials } from "../components/model/drift/difference.ts";
import type { DaemonInfo } from "../components/model/observed/docker-info.ts";
import { sameMirrors } from "../components/model/daemon-json/mirrors.ts";
import { MachineError, formatProblem, oneLine, type Problem } from "../components/model/problem.ts";
import type { SshTarget } from "../components/model/ssh-target.ts";
import {
  codeOf,
  daemonInfoOf,
  getInfo,
  getInfoInPlaintext,
  type Answer,
  type ClientIdentity,
  type Endpoint,
  tooLong,
  type Opener,
} from "./docker-api.ts";
import { refusalProblems, refusals } from "./refusals.ts";
import { tlsFailure } from "./tls-failure.ts";

/** What the program hands over; see components/verify/endpoint-proof.ts. */
export interface ProofInputs {
  readonly host: string;
  readonly address: string;
  readonly port: number;
  readonly tunnel?: SshTarget;
  readonly tls?: TlsProofInputs;
  readonly liveRestore: boolean;
  readonly registryMirrors: readonly string[];
  readonly settingsAreSecret: boolean;
  readonly converged: string;
}

export interface TlsProofInputs {
  readonly ca: string;
  /** Whom the daemon trusts of those, where it is fewer. */
  readonly trusted?: string;
  readonly clientCertificate: string;
  readonly clientKey: string;
  readonly strangerCertificate: string;
  readonly strangerKey: string;
  readonly serverCertificate: string;
  /** A certificate of the same authority that is good for servers alone; states of 0.1.0 have none. */
  readonly misused?: { readonly certificate: string; readonly privateKey: string };
  /** Further clients that must be let in; see components/verify/endpoint-proof.ts. */
  readonly admitted?: readonly AdmittedClient[];
  /** SHA-256 fingerprints of authorities whose clients are let in beside this one's. */
  readonly alsoTrusted?: readonly string[];
}

interface AdmittedClient extends ClientIdentity {
  readonly name: string;
  readonly issuer: string;
}

export interface Proof {
  /** What the daemon said of itself, and what was seen of it; nothing when it did not answer. */
  readonly answered?: {
    readonly endpoint: string;
    readonly daemonName: string;
    readonly serverVersion: string;
    readonly operatingSystem: string;
    readonly registryMirrors: readonly string[];
    readonly liveRestoreInEffect: boolean;
    /** ISO 8601; empty with plain TCP. */
    readonly certificateExpiresAt: string;
    readonly refusals: readonly string[];
  };
  /** What is wrong, a line each. */
  readonly problems: string[];
}

/** Says which firewall of the machine closes the port, and what opens it; undefined where it can't. */
export type ClosedBy = (
  port: number,
  code: string,
) => Promise<Pick<Problem, "why" | "fix"> | undefined>;

/** Connects as clients do, with TLS as configured, then as those that must be turned away. */
export async function proveEndpoint(
  inputs: ProofInputs,
  open?: Opener,
  closedBy?: ClosedBy,
): Promise<Proof> {
  const { address, port, tls } = inputs;
  const url = endpoint(address, port);
  const where = `${inputs.host}: ${url}`;
  const target: Endpoint = { host: address, port, ...(open === undefined ? {} : { open }) };
  let answer: Answer;
  try {
    answer = await (tls === undefined
      ? getInfoInPlaintext(target)
      : getInfo(target, {
          ca: tls.ca,
          certificate: tls.clientCertificate,
          privateKey: tls.clientKey,
        }));
  } catch (error) {
    if (error instanceof MachineError) throw error;
    const closed = isNoWay(error) ? await closedBy?.(port, codeOf(error)) : undefined;
    return { problems: [formatProblem({ where, ...failure(error, tls), ...closed })] };
  }
  const info = daemonInfoOf(answer);
  if (info === undefined) return { problems: [formatProblem(noDockerd(where, answer))] };
  const turnedAway =
    tls === undefined
      ? []
      : await refusals(
          target,
          { ca: tls.ca, certificate: tls.strangerCertificate, privateKey: tls.strangerKey },
          tls.misused === undefined ? undefined : { ca: tls.ca, ...tls.misused },
        );
  const shutOut = await Promise.all(
    (tls?.admitted ?? []).map((client) => admissionProblems(where, client, target)),
  );
  const problems = [
    ...shutOut.flat(),
    ...(tls === undefined ? [] : servedProblems(where, answer, tls.serverCertificate)),
    ...effectProblems(where, info, inputs),
    ...turnedAway.flatMap((refusal) =>
      refusalProblems(where, refusal, {
        why: "anyone has root on the machine",
        fix: "close the port now and run `pulumi up`",
      }),
    ),
  ];
  return {
    answered: {
      endpoint: url,
      daemonName: info.name,
      serverVersion: info.serverVersion,
      operatingSystem: info.operatingSystem,
      registryMirrors: info.registryMirrors,
      liveRestoreInEffect: info.liveRestore,
      certificateExpiresAt:
        answer.certificate === undefined ? "" : new Date(answer.certificate.valid_to).toISOString(),
      refusals: turnedAway.map(({ client, verdict }) => `${client}: ${verdict}`),
    },
    problems: problems.map(formatProblem),
  };
}

function noDockerd(where: string, answer: Answer): Problem {
  return {
    where,
    what: `GET /info answered HTTP ${String(answer.status)}: ${oneLine(answer.body, 120)}`,
    why: "no dockerd answers",
    fix: "see who listens there: `ss -ltnp` on the machine",
  };
}

/** What is wrong where a client is not let in. */
async function admissionProblems(
  where: string,
  client: AdmittedClient,
  target: Endpoint,
): Promise<Problem[]> {
  const { name } = client;
  try {
    const answer = await getInfo(target, client);
    if (daemonInfoOf(answer) !== undefined) return [];
    return [noDockerd(where, answer)];
  } catch (error) {
    return [
      {
        where,
        what: `${name}: not let in (${oneLine(codeOf(error), 120)})`,
        why: "whoever has such a certificate is cut off",
        fix: "compare the clocks of both machines, see what `tlscacert` in daemon.json leads to, then run `pulumi up` again",
      },
    ];
  }
}

function servedProblems(where: string, answer: Answer, serverCertificate: string): Problem[] {
  const wanted = new X509Certificate(serverCertificate).fingerprint256;
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

function effectProblems(where: string, info: DaemonInfo, inputs: ProofInputs): Problem[] {
  const wanted = inputs.registryMirrors;
  const setting = (name: string, expected: unknown, found: unknown): Problem => ({
    where,
    what: inputs.settingsAreSecret
      ? `${name}: another value is in effect than the configured one`
      : `${name}: ${withoutCredentials(JSON.stringify(found))} is in effect, not ${JSON.stringify(expected)}`,
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

const isNoWay = (error: unknown): boolean =>
  ["ECONNREFUSED", "ETIMEDOUT", "EHOSTUNREACH", "ENETUNREACH"].includes(codeOf(error));

function failure(error: unknown, tls: TlsProofInputs | undefined): Omit<Problem, "where"> {
  const code = oneLine(codeOf(error), 120);
  const message = error instanceof Error ? oneLine(error.message, 200) : code;
  if (code === tooLong) {
    return {
      what: "its answer to GET /info does not end within 1 MB",
      why: "no dockerd says that much of itself",
      fix: "see who listens there: `ss -ltnp` on the machine",
    };
  }
  if (isNoWay(error)) {
    return {
      what: `no connection (${code})`,
      why: "dockerd does not listen there, or a firewall is in between",
      fix: "see `systemctl status docker` on the machine, and let the port through",
    };
  }
  if (tls !== undefined) return tlsFailure(error, tls);
  return {
    what: `no answer in plaintext (${code === message ? code : `${code}: ${message}`})`,
    why: "the API can't be used as configured",
    fix: "see who listens there: `ss -ltnp` on the machine",
  };
}
