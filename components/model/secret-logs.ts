// The engine shows secrets as [secret], except where it is told to debug itself: then it writes every value as
// it is, private keys included (seen with Pulumi 3.255).
import type { Problem } from "./problem.ts";

/** Say that it is meant: `yes`. */
const secretLogSwitch = "DOCKERTLS_LOG_SECRETS";

type Environment = Readonly<Record<string, string | undefined>>;

export const secretLogsAllowed = (environment: Environment): boolean =>
  environment[secretLogSwitch] === "yes";

/** From 3 on the engine's own log has values, in a file that every user can read; the help says "above 3". */
const harmlessVerbosity = 2;

const isVerbose = (value: string): boolean => !(Number(value) <= harmlessVerbosity);
const isOn = (value: string): boolean => !["", "0", "f", "false"].includes(value.toLowerCase());

/** Flags that write secrets, and with which values. */
const flags: Readonly<Record<string, (value: string) => boolean>> = {
  debug: isOn,
  "event-log": () => true,
  tracing: () => true,
  "otel-traces": () => true,
  verbose: isVerbose,
};

/** Commands that know `-d` as `--debug`; `pulumi new` has another one. */
const operations = [
  ...["up", "update", "preview", "pre", "destroy", "down", "dn", "refresh"],
  ...["import", "watch", "replay-events"],
];

/** Short flags that take a value. */
const withValue = "cmpstxC";

/** The arguments of `pulumi` that make it write secrets, as they were given. */
export function secretLogFlags(args: readonly string[]): string[] {
  const end = args.indexOf("--");
  const own = end === -1 ? args : args.slice(0, end);
  const hasDebug = own.some((argument) => operations.includes(argument));
  return own.filter((argument, index) => {
    const next = own[index + 1] ?? "";
    if (argument.startsWith("--")) return longFlagTells(argument, next);
    if (!argument.startsWith("-") || isValue(own[index - 1])) return false;
    return shortFlagsTell(argument.slice(1), next, hasDebug);
  });
}

function longFlagTells(argument: string, next: string): boolean {
  const [, name = "", value] = /^--([^=]+)(?:=(.*))?$/s.exec(argument) ?? [];
  // A flag that is on or off takes no value but its own.
  const given = value ?? (name === "debug" ? "true" : next);
  return Object.hasOwn(flags, name) && (flags[name]?.(given) ?? false);
}

/** `-yd`, `-v9`: several in one, of which the last may take a value. */
function shortFlagsTell(letters: string, next: string, hasDebug: boolean): boolean {
  for (const [index, letter] of Array.from(letters).entries()) {
    const rest = letters.slice(index + 1).replace(/^=/, "");
    if (letter === "v") return isVerbose(rest === "" ? next : rest);
    if (withValue.includes(letter)) return false;
    if (letter === "d" && hasDebug) return !letters.slice(index + 1).startsWith("=") || isOn(rest);
  }
  return false;
}

/** Whether an argument takes the one after it as its value. */
const isValue = (before: string | undefined): boolean =>
  before !== undefined && new RegExp(`^-[a-zA-Z]*[${withValue}]$`).test(before);

/** Variables that write secrets, and with which values. */
const variables: readonly (readonly [RegExp, (value: string) => boolean])[] = [
  [/^PULUMI_DEBUG_GRPC$/, () => true],
  [/^PULUMI_OPTION_DEBUG$/, isOn],
  [/^PULUMI_OPTION_(EVENT_LOG|TRACING|OTEL_TRACES)$/, () => true],
  [/^PULUMI_OPTION_VERBOSE$/, isVerbose],
  // Terraform's, of which Pulumi's plugins tls and docker are made. What they log then is theirs to say.
  [/^TF_LOG(_CORE|_PROVIDER\w*|_SDK\w*)?$/, (value) => value.toUpperCase() !== "OFF"],
];

/** Names of the variables that have the engine or a plugin write secrets. */
export const secretLogVariables = (environment: Environment): string[] =>
  Object.entries(environment).flatMap(([name, value = ""]) =>
    value !== "" && variables.some(([pattern, tells]) => pattern.test(name) && tells(value))
      ? [name]
      : [],
  );

/** What would write secrets, or undefined where nothing does or it is meant. */
export function secretLogProblem(
  args: readonly string[],
  environment: Environment,
): Problem | undefined {
  const found = [...secretLogFlags(args), ...secretLogVariables(environment)];
  if (found.length === 0 || secretLogsAllowed(environment)) return undefined;
  return {
    where: `pulumi: ${found.join(", ")}`,
    what: "writes every secret of the stack in plain text",
    why: "whoever sees that output or file has its private keys: root on every machine",
    fix: `leave it out, or set ${secretLogSwitch}=yes if that is what you want, and treat what is written like the keys`,
  };
}
