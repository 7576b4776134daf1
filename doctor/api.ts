// The Docker API of a host as it looks from this machine: port, certificate, answer.
import type { HostConfiguration } from "../components/model/configuration/parse.ts";
import { bracketed, endpoint } from "../components/model/address.ts";
import type { ClientBundle } from "../components/model/certificates.ts";
import { isLocalOnly } from "../components/model/daemon-json/listener.ts";
import { listeningSockets } from "../components/model/observed/listening-sockets.ts";
import { closedPort } from "../components/model/firewall/closed-port.ts";
import type { FirewallFacts } from "../components/model/firewall/firewall-facts.ts";
import type { MachineFacts } from "../components/model/observed/facts.ts";
import { oneLine, type Problem } from "../components/model/problem.ts";
import {
  codeOf,
  daemonInfoOf,
  getInfo,
  getInfoInPlaintext,
  type Answer,
} from "../provider/docker-api.ts";
import { servedCertificate } from "../provider/served-certificate.ts";
import { certificateProblem } from "./certificate.ts";
import { dial } from "./network.ts";
import { failed, note, ok, type Step } from "./step.ts";
import type { StackFacts } from "./desired.ts";

export interface ApiOptions extends StackFacts {
  /** Files of a client of the stack, if they are at hand: without them the chain is not judged. */
  readonly bundle: ClientBundle | undefined;
}

export async function* apiSteps(
  host: HostConfiguration,
  facts: MachineFacts,
  { bundle }: ApiOptions,
  firewallOf: () => Promise<FirewallFacts | undefined>,
): AsyncGenerator<Step> {
  const { api, port } = host.listener;
  const name = `port ${String(port)}`;
  const apart = isLocalOnly(host.listener)
    ? "listens on the machine's loopback alone"
    : host.ssh.bastion && "listens behind the bastion";
  if (!listens(facts, port) && facts.record === undefined) {
    const answer = apart === undefined && (await dial(host.address, port, { greeting: false }));
    // A port on which nobody listens refuses at once.
    yield answer && "code" in answer && ["ETIMEDOUT", "EHOSTUNREACH"].includes(answer.code)
      ? failed(name, shutPort(host, facts, answer.code, await firewallOf()))
      : note(name, "nothing listens there yet; `pulumi up` opens it");
    return;
  }
  if (apart !== undefined) {
    yield listens(facts, port)
      ? note(name, `${apart}; \`pulumi up\` proves it through SSH`)
      : failed(name, deafPort(host, facts) ?? shutPort(host, facts, ""));
    return;
  }
  const answer = await dial(host.address, port, { greeting: false });
  if ("code" in answer) {
    const deaf = deafPort(host, facts);
    yield failed(name, deaf ?? shutPort(host, facts, answer.code, await firewallOf()));
    return;
  }
  yield ok(name, "accepts connections from this machine");
  if (api === "plain-tcp") {
    yield note("plain-tcp", "whoever can connect has root on the machine");
    yield await answerStep(host, () => getInfoInPlaintext({ host: host.address, port }));
    return;
  }
  yield* tlsSteps(host, port, bundle);
}

async function* tlsSteps(
  host: HostConfiguration,
  port: number,
  bundle: ClientBundle | undefined,
): AsyncGenerator<Step> {
  const { address } = host;
  const served = await servedCertificate({ host: address, port }, bundle?.ca);
  const problem = certificateProblem(endpoint(address, port), address, served, new Date());
  if (problem !== undefined) {
    yield failed("certificate", { ...problem, where: `${host.name}: ${problem.where}` });
  } else if ("certificate" in served) {
    const until = served.certificate.validToDate.toISOString().slice(0, 10);
    const issuer = bundle === undefined ? "" : "of this stack's authority, ";
    yield ok("certificate", `${issuer}for ${address}, until ${until}`);
  }
  if (bundle === undefined) {
    yield note("api", "not asked: there is no client bundle of this stack at hand");
    return;
  }
  const { ca, cert: certificate, key: privateKey } = bundle;
  yield await answerStep(host, () =>
    getInfo({ host: address, port }, { ca, certificate, privateKey }),
  );
}

async function answerStep(host: HostConfiguration, ask: () => Promise<Answer>): Promise<Step> {
  const { api, port } = host.listener;
  const where = `${host.name}: ${endpoint(host.address, port)}`;
  try {
    const answer = await ask();
    const info = daemonInfoOf(answer);
    if (info !== undefined)
      return ok("api", `answers as ${info.name}, Docker ${info.serverVersion}`);
    return failed("api", {
      where,
      what: `GET /info answered HTTP ${String(answer.status)}`,
      why: "it is not dockerd, or it is one that a plugin keeps from answering",
      fix: `see who listens there: \`ss -ltnp 'sport = :${String(port)}'\` on the machine`,
    });
  } catch (error) {
    const sign = oneLine(codeOf(error), 80);
    return failed(
      "api",
      api === "plain-tcp"
        ? {
            where,
            what: `does not answer in plaintext (${sign})`,
            why: "something else than this configuration is in effect",
            fix: "run `pulumi up`",
          }
        : {
            where,
            what: `turns this stack's client away (${sign})`,
            why: "dockerd trusts another authority than the one in the state",
            fix: "run `pulumi up`, which puts the authority back",
          },
    );
  }
}

const listens = (facts: MachineFacts, port: number): boolean =>
  listeningSockets(facts).some((socket) => socket.port === port);

const placeOf = ({ name, address, listener }: HostConfiguration): string =>
  `${name}: tcp ${bracketed(address)}:${String(listener.port)}`;

/** The machine has been looked at, so a port that nobody listens on can be told from a firewall. */
function deafPort(host: HostConfiguration, facts: MachineFacts): Problem | undefined {
  const where = placeOf(host);
  const addresses = listeningSockets(facts)
    .filter((socket) => socket.port === host.listener.port)
    .map((socket) => socket.address);
  if (addresses.length === 0) {
    return {
      where,
      what: "nothing listens on it on the machine",
      why: "dockerd runs without the configuration that this program wrote",
      fix: "run `pulumi up`",
    };
  }
  if (addresses.every((own) => own === "::1" || own?.startsWith("127."))) {
    return {
      where,
      what: `on the machine it listens on ${addresses.join(", ")} only`,
      why: "no other machine can reach that",
      fix: "run `pulumi up`; if that stays, see `hosts` in the machine's /etc/docker/daemon.json",
    };
  }
  return undefined;
}

/** It answers over SSH, and not on this port. */
function shutPort(
  host: HostConfiguration,
  facts: MachineFacts,
  code: string,
  firewall?: FirewallFacts,
): Problem {
  const { port } = host.listener;
  const though = listens(facts, port)
    ? "though the machine listens on it"
    : "though SSH gets through";
  return {
    where: placeOf(host),
    what: `no way through (${code}), ${though}`,
    ...(closedPort(firewall, port, code) ?? {
      why: "a firewall on the machine or in between blocks this port",
      fix: `let this machine through to port ${String(port)}: see \`iptables -S INPUT\` or \`nft list ruleset\` there`,
    }),
  };
}
