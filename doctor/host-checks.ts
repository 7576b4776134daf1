// Checks one host from this machine, step by step, up to the first that fails: those after it could only
// fail for the same reason.
import { isIP, type Socket } from "node:net";
import { readSshTarget } from "../components/stack/ssh-target.ts";
import type { HostConfiguration } from "../components/model/configuration/parse.ts";
import { oneLine, type Problem } from "../components/model/problem.ts";
import type { SshTarget } from "../components/model/ssh-target.ts";
import type { MachineFacts } from "../components/model/observed/facts.ts";
import { askFirewall } from "../provider/firewall.ts";
import { look } from "../provider/look.ts";
import { LookError } from "../provider/look-error.ts";
import { apiSteps, type ApiOptions } from "./api.ts";
import { machineSteps } from "./machine.ts";
import { addressesOf, dial, noConnection, patience, sshProblem } from "./network.ts";
import { failed, note, ok, type Section, type Step } from "./step.ts";

export interface HostCheckOptions extends ApiOptions {
  /** Seconds until a machine that accepts a connection and says nothing is given up. */
  readonly patience?: number;
}

/** Checks one host, from its name to its API. */
export async function checkHost(
  host: HostConfiguration,
  options: HostCheckOptions,
): Promise<Section> {
  const steps: Step[] = [];
  for await (const step of stepsOf(host, options)) {
    steps.push(step);
    if (step.outcome === "FAIL") break;
  }
  const title = host.name === host.address ? host.name : `${host.name} (${host.address})`;
  return { title, steps };
}

async function* stepsOf(host: HostConfiguration, options: HostCheckOptions): AsyncGenerator<Step> {
  const socket = yield* waySteps(host, options.patience ?? patience);
  const target = readSshTarget(host);
  if ("problems" in target) {
    socket?.destroy();
    yield unreadableTarget(target.problems);
    return;
  }
  const facts = await lookAt(host, target, socket);
  if (facts instanceof LookError) {
    yield* lookFailure(target, facts);
    return;
  }
  yield ok("host key", "is the configured one");
  yield ok("login", `as ${target.user}`);
  yield* machineSteps(host, facts, options);
  yield* apiSteps(host, facts, options, () =>
    askFirewall({ host: host.name, connection: target, sudo: host.sudo }),
  );
}

/** The name, the port and the greeting, as far as they can be seen from here. */
async function* waySteps(
  host: HostConfiguration,
  seconds: number,
): AsyncGenerator<Step, Socket | undefined> {
  const { bastion } = host.ssh;
  if (bastion === undefined) {
    yield await nameStep(host.address);
    return yield* sshSteps(host, seconds);
  }
  yield note("route", `leads through the bastion ${bastion.address}`);
  return undefined;
}

async function nameStep(address: string): Promise<Step> {
  if (isIP(address) !== 0) return ok("name", "is an address itself");
  const addresses = await addressesOf(address);
  return Array.isArray(addresses)
    ? ok("name", `${address} is ${addresses.join(", ")}`)
    : failed("name", addresses);
}

async function* sshSteps(
  { address, ssh }: HostConfiguration,
  seconds: number,
): AsyncGenerator<Step, Socket | undefined> {
  const answer = await dial(address, ssh.port, { greeting: true, keep: true, seconds });
  if ("code" in answer) {
    yield failed("route", noConnection(address, ssh.port, answer.code, "ssh"));
    return undefined;
  }
  yield ok("route", `port ${String(ssh.port)} accepts connections`);
  const problem = sshProblem(address, ssh.port, answer);
  const banner = answer.text.split("\n").find((line) => line.startsWith("SSH-")) ?? "";
  yield problem === undefined ? ok("ssh", oneLine(banner, 80)) : failed("ssh", problem);
  return answer.socket;
}

/** The host key comes before the login: a wrong server must not even be shown who is there. */
function unreadableTarget(problems: readonly Problem[]): Step {
  const hostKey = problems.find(({ where }) => /\.(hostKey|knownHosts)$/.test(where));
  const [first] = problems;
  if (hostKey !== undefined) return failed("host key", hostKey);
  return first === undefined
    ? note("host key", "none is configured, so the machine is not logged in to (see above)")
    : failed("login", first);
}

async function lookAt(
  { name, sudo, listener }: HostConfiguration,
  target: SshTarget,
  dialled: Socket | undefined,
): Promise<MachineFacts | LookError> {
  try {
    return await look({ host: name, connection: target, sudo, listener, dialled });
  } catch (error) {
    if (error instanceof LookError) return error;
    throw error;
  }
}

function* lookFailure({ user }: SshTarget, { stage, problem }: LookError): Generator<Step> {
  const reached = stage === "login" || stage === "sudo" || stage === "answer";
  // A private key that can't be used is noticed before anything is dialled.
  const dialled = !/private key/.test(problem.what);
  if (reached && dialled) yield ok("host key", "is the configured one");
  if (reached && stage !== "login") yield ok("login", `as ${user}`);
  yield failed(stepOf[stage], problem);
}

const stepOf = {
  reach: "ssh",
  "host key": "host key",
  login: "login",
  sudo: "root",
  answer: "answer",
} as const;
