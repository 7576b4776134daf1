// Clients of a machine's API that are none of ours: the ordinary docker CLI, and Node's own TLS.
import { mkdirSync, writeFileSync } from "node:fs";
import { get } from "node:https";
import { join } from "node:path";
import { execa } from "execa";
import { silent } from "../../lab/engine/report.ts";
import { dockerClient } from "../../scripts/docker-client.ts";

export interface DockerRun {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** What the CLI's flags of these names lead to, PEM. */
export type TlsFlags = Readonly<Partial<Record<"tlscacert" | "tlscert" | "tlskey", string>>>;

/** `docker ARGS` with only these files, kept in `directory`; nothing of the person's own set-up. */
export async function dockerCli(
  directory: string,
  args: readonly string[],
  files: TlsFlags = {},
  triesLeft = 5,
): Promise<DockerRun> {
  const client = await dockerClient(silent);
  if (client === undefined) throw new Error("docker CLI: not on this machine; install docker-cli");
  mkdirSync(directory, { recursive: true });
  const flags = Object.entries(files).map(([flag, content]) => {
    writeFileSync(join(directory, flag), content, { mode: 0o600 });
    return `--${flag}=${join(directory, flag)}`;
  });
  const env = { PATH: process.env["PATH"] ?? "", HOME: directory };
  const run = await execa(client, [...flags, ...args], { reject: false, env, extendEnv: false });
  // The server alerts and closes while the request is still on its way: the reset can overtake the
  // alert, and then proves nothing.
  if (triesLeft > 1 && /connection reset by peer|broken pipe/.test(run.stderr)) {
    return dockerCli(directory, args, files, triesLeft - 1);
  }
  return { exitCode: run.exitCode, stdout: run.stdout, stderr: run.stderr };
}

export interface ShownIdentity {
  /** Whom the client trusts. */
  readonly ca: string;
  readonly certificate: string;
  readonly privateKey: string;
}

/**
 * What a machine says to a client that shows its certificate whatever the server asks for; the docker CLI
 * keeps one to itself whose issuer the server has not named. `let in: HTTP 200`, or an error's message.
 */
export async function signTo(
  address: string,
  { ca, certificate, privateKey }: ShownIdentity,
  triesLeft = 5,
): Promise<string> {
  const options = { host: address, port: 2376, path: "/info", agent: false, ca };
  const sign = await new Promise<string>((done) => {
    get({ ...options, cert: certificate, key: privateKey }, (answer) => {
      done(`let in: HTTP ${String(answer.statusCode ?? 0)}`);
      answer.destroy();
    }).on("error", (error) => {
      done(error.message);
    });
  });
  const isCutOff = /ECONNRESET|EPIPE|socket hang up/.test(sign);
  return isCutOff && triesLeft > 1
    ? signTo(address, { ca, certificate, privateKey }, triesLeft - 1)
    : sign;
}
