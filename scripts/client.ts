// npm run client -- NAME: writes what docker needs to reach the machines of a stack as one of its clients.
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { formatProblem } from "../components/model/problem.ts";
import { withFileLock } from "../lab/file-lock.ts";
import { writeBundle, type Bundle } from "./client/bundle.ts";
import { factsOf } from "./client/certificates.ts";
import { askOutputs, withKey, type ClientOutputs } from "./client/outputs.ts";
import { dockerConfiguration, leftContexts, writeContexts } from "./client/person-contexts.ts";
import { refuseLinesOfNpm, secretText, usageLines } from "./client/secret.ts";
import { told } from "./client/told.ts";
import { noteWritten, usualFolder, writtenLock } from "./client/written.ts";
import { failureText, showedHelp } from "./help.ts";
import { presentEngine, usualStack } from "./stack-engine.ts";

const usage = `usage: npm run client -- NAME [OPTIONS]: writes the files of a client, for docker to use
  --stack NAME  which stack (default: PULUMI_STACK, the one selected, or dev)
  --out DIR     the folder (default: .dockertls/clients/STACK/NAME); only you can read it
  --host HOST   the machine that env.sh and --ci are for (default: the first)
  --contexts    also creates or updates a docker context for each machine, STACK-HOST
  --ci          instead prints one secret for CI on stdout, and on stderr how to use it:
                npm run --silent client -- NAME --ci
  --force       also replaces files and contexts that are not this client's`;

interface Options {
  readonly out: string | undefined;
  readonly contexts: boolean;
  readonly ci: boolean;
  readonly force: boolean;
}

/** The bundle that is asked for. */
function bundleOf(
  { clients, hosts }: ClientOutputs,
  named: { stack: string; client: string; host: string | undefined },
): Bundle {
  const { stack, client, host } = named;
  const pems = Object.hasOwn(clients, client) ? clients[client] : undefined;
  if (pems === undefined) {
    const names = Object.keys(clients);
    throw new Error(
      formatProblem({
        where: `stack ${stack}: ${client}`,
        what: "is not one of its clients",
        why: "nobody has a certificate under that name",
        fix: `${names.length === 0 ? "" : `name one of these: ${names.join(", ")}, or `}add it to dockertls:clients, and run \`pulumi up\``,
      }),
    );
  }
  if (host !== undefined && !Object.hasOwn(hosts, host)) {
    throw new Error(
      formatProblem({
        where: `--host ${host}`,
        what: `is no machine of stack ${stack} that speaks TLS`,
        why: "there is nothing to point docker at, or it takes no certificate",
        fix: `name one of these: ${Object.keys(hosts).join(", ")}`,
      }),
    );
  }
  if (Object.keys(hosts).length === 0) {
    throw new Error(
      formatProblem({
        where: `stack ${stack}`,
        what: "has no machine that speaks TLS",
        why: "there is nothing to point docker at",
        fix: "add one to dockertls:hosts, and run `pulumi up`",
      }),
    );
  }
  return { stack, client, pems, hosts, host };
}

function printSecret(bundle: Bundle, now: Date): void {
  refuseLinesOfNpm(process.env);
  const [first = ""] = Object.keys(bundle.hosts);
  const host = bundle.host ?? first;
  const output = bundle.hosts[host];
  if (output === undefined) return;
  const secret = {
    ...{ stack: bundle.stack, client: bundle.client, host, output },
    pems: withKey(bundle, bundle.pems.key, {
      what: "--ci",
      fix: "leave the option out; its owner makes the secret, from HOST.dockercontext",
    }),
  };
  console.error(usageLines(secret, "DOCKERTLS").join("\n"));
  if (process.stdout.isTTY) {
    console.error(
      "It goes to this terminal, and stays in what it remembers: a pipe to your CI's own command is safer.",
    );
  }
  console.log(secretText(secret));
  const facts = factsOf(bundle.pems);
  noteWritten(bundle.stack, bundle.client, {
    ...{ ...facts, kind: "secret", place: "", writtenAt: now.toISOString() },
  });
}

function makeContexts(
  bundle: Bundle,
  key: string | undefined,
  force: boolean,
  now: Date,
): string[] {
  const pems = withKey(bundle, key, {
    what: "--contexts",
    fix: "put it into the folder as key.pem, and run this again",
  });
  const configuration = dockerConfiguration(process.env);
  const contexts = writeContexts({ ...bundle, pems }, configuration, force);
  noteWritten(bundle.stack, bundle.client, {
    ...{ ...factsOf(pems), kind: "contexts", place: configuration, writtenAt: now.toISOString() },
  });
  const [first] = contexts;
  return [
    "",
    ...contexts.map(({ name, what }) => `context ${name}: ${what}`),
    ...leftContexts(bundle, configuration).map(
      (name) => `context ${name}: its machine has left the stack; docker context rm ${name}`,
    ),
    ...(first === undefined ? [] : [`  docker --context ${first.name} info`]),
    ...((process.env["DOCKER_HOST"] ?? "") === ""
      ? []
      : ["DOCKER_HOST is set in this shell, and beats every context: unset it"]),
  ];
}

function write(bundle: Bundle, { out, contexts, ci, force }: Options): void {
  const now = new Date();
  if (ci) {
    printSecret(bundle, now);
    return;
  }
  const { stack, client } = bundle;
  const folder = out ?? usualFolder(stack, client);
  const written = writeBundle(bundle, { folder, force, now });
  noteWritten(stack, client, {
    ...{ ...factsOf(bundle.pems), kind: "folder", place: folder, writtenAt: now.toISOString() },
  });
  console.log(told(bundle, folder, written, now).join("\n"));
  if (contexts) console.log(makeContexts(bundle, written.key, force, now).join("\n"));
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: {
      stack: { type: "string", short: "s" },
      out: { type: "string", short: "o" },
      host: { type: "string" },
      contexts: { type: "boolean", default: false },
      ci: { type: "boolean", default: false },
      force: { type: "boolean", default: false },
    },
    allowPositionals: true,
  });
  const [client, ...more] = positionals;
  const { contexts, ci, force, host } = values;
  const isMixed = ci && (contexts || values.out !== undefined);
  if (client === undefined || more.length > 0 || isMixed) throw new Error(usage);
  const out =
    values.out === undefined
      ? undefined
      : // npm starts this in the project's folder, wherever the person is.
        resolve(process.env["INIT_CWD"] ?? process.cwd(), values.out);
  const engine = presentEngine();
  const stack = values.stack ?? usualStack(engine);
  const bundle = bundleOf(await askOutputs(engine, stack), { stack, client, host });
  const turn = {
    lock: writtenLock,
    doing: "writes the files of a client",
    say: (line: string) => console.error(line),
  };
  await withFileLock(turn, () => {
    write(bundle, { out, contexts, ci, force });
  });
}

try {
  if (!showedHelp(usage)) await main();
} catch (error) {
  console.error(failureText(error, usage));
  process.exitCode = 1;
}
