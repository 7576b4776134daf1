// Files that point docker, and whatever reads its variables, at one machine: for each kind of shell one.
import { oneLine } from "../../components/model/problem.ts";

export interface Environment {
  readonly stack: string;
  readonly client: string;
  readonly host: string;
  /** `tcp://address:port` */
  readonly endpoint: string;
  readonly tunnel?: string | undefined;
  /** Absolute path of the folder with the PEM files, in which these files lie as well. */
  readonly folder: string;
}

/** By the end of their names. */
export function environmentFiles(environment: Environment): Readonly<Record<string, string>> {
  return {
    sh: posix(environment),
    fish: fish(environment),
    ps1: powershell(environment),
    cmd: commandPrompt(environment),
  };
}

/** What stands at the top of each, without the shell's own mark of a comment. */
const comment = ({ stack, client, host, tunnel }: Environment): string[] => [
  oneLine(`docker of ${host}, as ${client} of stack ${stack}`),
  ...(tunnel === undefined ? [] : [oneLine(`first, in another terminal: ${tunnel}`)]),
];

/** A word as it is in a shell of the POSIX family. */
export const posixQuoted = (word: string): string => `'${word.replaceAll("'", String.raw`'\''`)}'`;

function posix(environment: Environment): string {
  return lines([
    ...comment(environment).map((line) => `# ${line}`),
    `DOCKER_CERT_PATH=${posixQuoted(environment.folder)}`,
    "# The folder may have moved since: bash and zsh know where they read this.",
    "dockertls_folder=${BASH_SOURCE-${ZSH_VERSION:+$0}}",
    'if [ -n "$dockertls_folder" ]; then',
    '  dockertls_folder=$(CDPATH= cd -- "$(dirname -- "$dockertls_folder")" && pwd) || dockertls_folder=',
    '  if [ -f "$dockertls_folder/ca.pem" ]; then DOCKER_CERT_PATH=$dockertls_folder; fi',
    "fi",
    "unset dockertls_folder DOCKER_CONTEXT",
    `export DOCKER_CERT_PATH DOCKER_TLS_VERIFY=1 DOCKER_HOST=${posixQuoted(environment.endpoint)}`,
  ]);
}

const fish = (environment: Environment): string =>
  lines([
    ...comment(environment).map((line) => `# ${line}`),
    "set -gx DOCKER_CERT_PATH (realpath (dirname (status -f)))",
    "set -gx DOCKER_TLS_VERIFY 1",
    `set -gx DOCKER_HOST '${environment.endpoint}'`,
    "set -e DOCKER_CONTEXT",
    "true",
  ]);

const powershell = (environment: Environment): string =>
  lines([
    ...comment(environment).map((line) => `# ${line}`),
    "$env:DOCKER_CERT_PATH = $PSScriptRoot",
    "$env:DOCKER_TLS_VERIFY = '1'",
    `$env:DOCKER_HOST = '${environment.endpoint}'`,
    "Remove-Item Env:DOCKER_CONTEXT -ErrorAction SilentlyContinue",
  ]);

const commandPrompt = (environment: Environment): string =>
  lines(
    [
      "@echo off",
      // Even in a comment it would be a variable.
      ...comment(environment).map((line) => `rem ${line.replaceAll("%", "%%")}`),
      'set "DOCKER_CERT_PATH=%~dp0."',
      'set "DOCKER_TLS_VERIFY=1"',
      `set "DOCKER_HOST=${environment.endpoint}"`,
      'set "DOCKER_CONTEXT="',
    ],
    "\r\n",
  );

const lines = (all: readonly string[], end = "\n"): string =>
  all.map((line) => line + end).join("");
