// This machine: checks that it has what the program needs, from facts that scripts/local-facts.ts gathers.
import type { Problem } from "../components/model/problem.ts";
import { failed, note, ok, type Step } from "./step.ts";

/** What was found on this machine; an undefined value was not found. */
export interface LocalFacts {
  /** Version of the Node that runs this: the project's own. */
  readonly ownNode: string;
  /** Version of the `node` that a plain `pulumi` would start. */
  readonly pathNode: string | undefined;
  readonly engine: EngineFacts;
  /** One line: which plugins would be used. */
  readonly plugins: readonly PluginFacts[];
  readonly agent: AgentFacts;
  /** Path of the docker CLI. */
  readonly dockerCli: string | undefined;
}

export interface EngineFacts {
  /** Version that this program needs at least. */
  readonly wanted: string;
  /** Where one that is new enough comes from; undefined when there is none. */
  readonly origin: string | undefined;
  /** Version of the `pulumi` on PATH, new enough or not. */
  readonly pathVersion: string | undefined;
  /** Whether a Node language host is on PATH. */
  readonly languageHost: boolean;
}

export interface PluginFacts {
  readonly name: string;
  readonly version: string;
  readonly origin: string | undefined;
}

/** The SSH agent, if some host is logged in to by it. */
export interface AgentFacts {
  /** Hosts without a key of their own in the configuration. */
  readonly neededBy: readonly string[];
  readonly socket: string | undefined;
  /** How many keys it holds, or why it can't be asked. */
  readonly keys: number | string;
}

/** What the SDK and type stripping ask for (README, "Your own machine"). */
const oldestNode = [22, 18] as const;

export function isFittingNode(version: string): boolean {
  const [major = 0, minor = 0] = version.replace(/^v/, "").split(".").map(Number);
  const [oldestMajor, oldestMinor] = oldestNode;
  return major > oldestMajor || (major === oldestMajor && minor >= oldestMinor);
}

export function localSteps(found: LocalFacts): Step[] {
  return [
    nodeStep(found),
    ok("packages", "as package-lock.json names them"),
    engineStep(found.engine),
    ...(found.engine.languageHost || found.engine.origin !== undefined
      ? [ok("language host", "Node.js, with the engine")]
      : [failed("language host", noLanguageHost)]),
    ...found.plugins.map(pluginStep),
    ...agentSteps(found.agent),
    found.dockerCli === undefined
      ? note("docker CLI", "not on PATH; `pulumi up` needs none, people who use the machines do")
      : ok("docker CLI", found.dockerCli),
  ];
}

function nodeStep({ ownNode, pathNode }: LocalFacts): Step {
  if (pathNode === undefined) {
    return note(
      "node",
      `${ownNode} by \`npm run pulumi --\`; there is none on PATH for a plain \`pulumi\``,
    );
  }
  return isFittingNode(pathNode)
    ? ok("node", pathNode)
    : note(
        "node",
        `${ownNode} by \`npm run pulumi --\`; the one on PATH is ${pathNode}, too old for a plain \`pulumi\`: put node_modules/.bin before it`,
      );
}

function engineStep({ wanted, origin, pathVersion }: EngineFacts): Step {
  if (origin !== undefined) return ok("engine", `Pulumi ${wanted} or newer, ${origin}`);
  return failed("engine", {
    where: "pulumi",
    what: pathVersion === undefined ? "is not on PATH" : `on PATH is ${pathVersion}`,
    why: `this program needs ${wanted} or newer, with its Node language host`,
    fix: "install it from https://www.pulumi.com/docs/install/, or run `npm start`, which gets one",
  });
}

const noLanguageHost: Problem = {
  where: "pulumi-language-nodejs",
  what: "is not on PATH",
  why: "the engine can't run a program in TypeScript without it",
  fix: "install the whole release of Pulumi, which holds it beside `pulumi`",
};

function pluginStep({ name, version, origin }: PluginFacts): Step {
  const what = `${name} ${version}`;
  return origin === undefined
    ? note("plugin", `${what} is not here yet; the engine downloads it when it is first needed`)
    : ok("plugin", `${what}, ${origin}`);
}

function agentSteps({ neededBy, socket, keys }: AgentFacts): Step[] {
  if (neededBy.length === 0) return [];
  const problem = (what: string, fix: string): Step =>
    failed("ssh agent", {
      where: "environment: SSH_AUTH_SOCK",
      what,
      why: `${neededBy.join(", ")}: no key is configured, so the agent's are tried`,
      fix,
    });
  if (socket === undefined) {
    return [
      problem("is not set", "start an agent and add your key: `eval $(ssh-agent) && ssh-add`"),
    ];
  }
  if (typeof keys === "string") {
    return [
      problem(
        `names an agent that does not answer (${keys})`,
        "start a new agent: `eval $(ssh-agent) && ssh-add`",
      ),
    ];
  }
  return keys === 0
    ? [problem("names an agent without keys", "add yours: `ssh-add`")]
    : [ok("ssh agent", `holds ${String(keys)} ${keys === 1 ? "key" : "keys"}`)];
}
