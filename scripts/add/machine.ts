// Looks at a machine that is to be added, with the look that the program itself uses, and says what it would be in the
// stack. Nothing is changed on it.
import { isIP } from "node:net";
import type { Client } from "ssh2";
import type { HostConfiguration } from "../../components/model/configuration/parse.ts";
import { isBehindSsh } from "../../components/model/daemon-json/listener.ts";
import { isShutOut } from "../../components/model/drift/findings.ts";
import type { FirewallFacts } from "../../components/model/firewall/firewall-facts.ts";
import type { EndpointProbe } from "../../components/model/observed/endpoint-probe.ts";
import { ownershipProblem } from "../../components/model/preconditions/ownership.ts";
import { checkPreconditions } from "../../components/model/preconditions/preconditions.ts";
import type { MachineFacts } from "../../components/model/observed/facts.ts";
import { oneLine, type Problem } from "../../components/model/problem.ts";
import { readSshTarget } from "../../components/stack/ssh-target.ts";
import { desiredOf } from "../../doctor/desired.ts";
import { askFirewall } from "../../provider/firewall.ts";
import { look } from "../../provider/look.ts";
import { LookError } from "../../provider/look-error.ts";
import { probeEndpoint } from "../../provider/served-certificate.ts";
import type { Destination } from "./destination.ts";
import { entryOf, needsSudo, type Entry, type Way } from "./entry.ts";
import { freeName } from "./host-name.ts";
import { loginsFor, type Login } from "./logins.ts";
import type { Manageable } from "./outlook.ts";
import type { Stack } from "./stack.ts";

/** A machine that was looked at, before it has a name. */
export interface LookedAt {
  readonly destination: Destination;
  readonly way: Way;
  readonly login: Login;
  readonly facts: MachineFacts;
  /** The port of its API to be, as it looks from here; and its firewalls, where they keep us out. */
  readonly endpointProbe: EndpointProbe;
  readonly firewall: FirewallFacts | undefined;
  readonly identity: Identity;
  readonly asked: number;
}

/** What a machine says of itself; "" where it says nothing. */
export interface Identity {
  readonly hostname: string;
  readonly machineId: string;
}

/** A name that stands for a machine until its own is known; no host can have it. */
const unnamed = "new-machine";

/** Tries one way to log in after the other. */
export async function lookAt(
  destination: Destination,
  hostKey: string,
  stack: Stack,
): Promise<LookedAt | Problem> {
  const { called, address, name } = destination;
  const label = freeName([name ?? unnamed], stack.names);
  const plain = stack.hostFrom(label, { address, ssh: { hostKey, ...portOf(destination) } });
  if ("where" in plain) return plain;
  const user = destination.user ?? plain.ssh.user;
  const way = { address, user, hostKey, port: plain.ssh.port };
  const logins = await loginsFor(destination, plain.ssh);
  const refusals: Problem[] = [];
  for (const login of logins) {
    const { identityFile } = login;
    const entry = entryOf({ ...way, identityFile }, { sudo: false, ssh: { user: "", port: 0 } });
    const host = stack.hostFrom(label, { ...entry, sudo: needsSudo(user) });
    if ("where" in host) return host;
    const seen = await lookBy(called, host, stack);
    if (!("where" in seen)) return { destination, way: { ...way, identityFile }, login, ...seen };
    const { stage, ...problem } = seen;
    if (stage !== "login" || /the server says/.test(problem.what)) return problem;
    refusals.push(problem);
  }
  return refusedLogin(way, logins, refusals);
}

const portOf = ({ port }: Destination): { port?: number } => (port === undefined ? {} : { port });

type Seen = Pick<LookedAt, "facts" | "identity" | "asked" | "endpointProbe" | "firewall">;

async function lookBy(
  called: string,
  host: HostConfiguration,
  stack: Stack,
): Promise<Seen | (Problem & { readonly stage: LookError["stage"] })> {
  const target = readSshTarget(host);
  if ("problems" in target) {
    const [problem] = target.problems;
    if (problem === undefined) throw new Error(`${called}: no host key`);
    const where = problem.where.replace(/^.*\.ssh\./, `${called}: `);
    return { ...problem, where, stage: "login" };
  }
  const asked = Date.now() / 1000;
  const { sudo, listener, daemon, address } = host;
  const dataRoot = daemon["data-root"];
  let identity: Identity = { hostname: "", machineId: "" };
  try {
    const machine = { host: called, connection: target, sudo };
    const [facts, endpointProbe] = await Promise.all([
      look({
        ...{ ...machine, listener },
        ...(typeof dataRoot === "string" ? { dataRoot } : {}),
        besides: async (client) => {
          identity = await identityOf(client);
        },
      }),
      isBehindSsh(listener, target)
        ? {}
        : probeEndpoint({ host: address, port: listener.port }, listener.api === "mutual-tls"),
    ]);
    const desired = desiredOf(host, stack.facts);
    const firewall = isShutOut(facts, desired, address, endpointProbe)
      ? await askFirewall(machine)
      : undefined;
    return { facts, endpointProbe, firewall, identity, asked };
  } catch (error) {
    if (!(error instanceof LookError)) throw error;
    const { problem, stage } = error;
    const named = problem.where.startsWith("ssh ") || problem.where.startsWith(`${called}: `);
    return { ...problem, where: named ? problem.where : `${called}: ${problem.where}`, stage };
  }
}

/** Characters that are kept of what a machine says of itself. */
const identityLimit = 1000;

/** It must not fail, and the conversation around it has its limits. */
function identityOf(client: Client): Promise<Identity> {
  return new Promise((resolve) => {
    let text = "";
    const finish = (): void => {
      const [hostname = "", machineId = ""] = text.split("\n").map((line) => oneLine(line, 255));
      resolve({ hostname, machineId: /^[0-9a-f]{32}$/.test(machineId) ? machineId : "" });
    };
    client.exec("uname -n; cat /etc/machine-id", (error, stream) => {
      if (error !== undefined) {
        finish();
        return;
      }
      stream.on("data", (chunk: Buffer) => {
        if (text.length < identityLimit) text += chunk.toString("utf8");
      });
      stream.stderr.resume();
      stream.end();
      stream.on("error", finish);
      stream.on("close", finish);
    });
  });
}

function refusedLogin(
  { user, address, port }: Way,
  logins: readonly Login[],
  refusals: readonly Problem[],
): Problem {
  const [first] = refusals;
  if (first === undefined) {
    return {
      where: `ssh ${user}@${address}:${String(port)}`,
      what: "there is no key to log in with",
      why: "no SSH agent holds one, and ~/.ssh has none of the usual names without a passphrase",
      fix: "add yours to an agent (`eval $(ssh-agent) && ssh-add`), or name its file with --identity",
    };
  }
  if (refusals.length === 1) return first;
  return {
    ...first,
    what: `${first.what}; tried ${logins.map(({ called }) => called).join(", ")}`,
    fix: "name the user as in USER@ADDRESS, and the right key with --identity",
  };
}

/** A machine that the stack can have. */
export interface Admitted extends Manageable {
  readonly name: string;
  readonly entry: Entry;
}

/** Its name and its entry; or why it can't be managed. */
export function admitted(
  { destination, way, identity, ...seen }: LookedAt,
  stack: Stack,
  taken: readonly string[],
): Admitted | Problem {
  const { called, address, alias = "" } = destination;
  const { facts, endpointProbe, firewall, asked } = seen;
  const used = [...stack.names, ...taken];
  if (destination.name !== undefined && used.includes(destination.name)) {
    return {
      where: called,
      what: `the stack has a host ${destination.name} already`,
      why: "a name stands for one machine",
      fix: "give it another one with --name",
    };
  }
  const { hostname } = identity;
  const name =
    destination.name ??
    freeName([formerName(facts, stack), isIP(alias) === 0 ? alias : "", hostname, address], used);
  const plain = stack.hostFrom(name, { address, ssh: { hostKey: way.hostKey } });
  if ("where" in plain) return plain;
  const entry = entryOf(way, plain);
  const host = stack.hostFrom(name, entry);
  if ("where" in host) return host;
  const desired = desiredOf(host, stack.facts);
  const candidate = {
    owner: desired.owner,
    hostEndpoints: stack.facts.hostEndpoints,
    takeOver: host.takeOver,
  };
  const baseline = ownershipProblem(facts.owner, candidate) ?? checkPreconditions(facts, desired);
  if ("where" in baseline) return { ...baseline, where: `${called}: ${baseline.where}` };
  return { name, entry, host, facts, endpointProbe, firewall, desired, baseline, asked };
}

/** The name under which the stack had the machine, where its file was lost. */
function formerName({ owner }: MachineFacts, { facts }: Stack): string {
  const [, name = ""] = owner?.id.split(`${facts.stack}/`, 2) ?? [];
  return owner?.id === `${facts.stack}/${name}` ? name : "";
}
