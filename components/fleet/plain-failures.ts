// How the program ends when something failed. The SDK rejects every output that depends on a resource that failed, and
// logs that as an unhandled exception: the properties on the way to it, the error as Node prints it.
import * as pulumi from "@pulumi/pulumi";
import { formatProblem, oneLine, type Problem } from "../model/problem.ts";

/** From now on such errors are one line each. Before the SDK's own listeners, which log what they find then. */
export function tellFailuresPlainly(): void {
  process.prependListener("unhandledRejection", makePlain);
  process.prependListener("uncaughtException", makePlain);
}

/** Where an error is that nobody expected. */
const fault = "program";

function makePlain(error: unknown): void {
  const isTold: boolean = pulumi.RunError.isInstance(error);
  if (!(error instanceof Error) || isTold) return;
  const problem = plainProblem(error.message);
  // Somebody has asked for stack traces; see entry.mjs.
  if (problem.where === fault && error.stack !== undefined) return;
  // The SDK counts errors by their identity, so it must stay the same one; of a RunError it logs the message alone.
  const line = formatProblem(problem);
  Object.assign(error, new pulumi.RunError(line), { message: line });
}

/** What a person is told of an error of the SDK. */
export function plainProblem(message: string): Problem {
  const reason = message.replace(/^(error serializing property "[^"]*": )+/, "");
  const [, failed] = /^resource (.+) \[\S+\] failed to register$/s.exec(reason) ?? [];
  if (failed !== undefined) {
    return {
      where: failed,
      what: "failed",
      why: "what depends on it was left as it is",
      fix: "see the error beside it, put that right, and run `pulumi up` again",
    };
  }
  const [, unregistered, why] =
    /^failed to register new resource (.+) \[\S+\]: (.*)$/s.exec(reason) ?? [];
  if (unregistered !== undefined) {
    return {
      where: unregistered,
      what: oneLine(why ?? ""),
      why: "the engine does not take it like that",
      fix: "do what it says, or report it as a fault of this program",
    };
  }
  const [, refused] =
    /^(?:invocation of|Invoke of) \S*docker:\S+ (?:returned an error|failed): (.*)$/s.exec(
      reason,
    ) ?? [];
  if (refused !== undefined) {
    return {
      where: "docker provider",
      what: oneLine(refused),
      why: "it is the second client that an endpoint is proven with",
      fix: "see what is between it and the API, or leave that host out of `verification`",
    };
  }
  return {
    where: fault,
    what: oneLine(reason),
    why: "this is a fault of the program, or of Pulumi's SDK",
    fix: "run it again with DOCKERTLS_STACK_TRACES=1 in the environment, and report what it shows",
  };
}
