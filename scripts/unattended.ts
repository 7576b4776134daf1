// The options of commands that a timer runs for some stacks or all, and that tell somebody.
import { webhookOf } from "./drift/webhook.ts";

/** For parseArgs. Positionals must be let through: its complaint repeats them, and one may be the URL. */
export const unattendedOptions = {
  stack: { type: "string", short: "s", multiple: true },
  all: { type: "boolean", default: false },
  json: { type: "boolean", default: false },
  notify: { type: "string" },
  "notify-file": { type: "string" },
} as const;

export interface Unattended {
  readonly stack: readonly string[] | undefined;
  readonly all: boolean;
  readonly json: boolean;
  /** Who is told. */
  readonly webhook: URL | undefined;
}

interface Values {
  readonly stack?: readonly string[] | undefined;
  readonly all: boolean;
  readonly json: boolean;
  readonly notify?: string | undefined;
  readonly "notify-file"?: string | undefined;
}

/** @throws Error with the usage where they contradict each other. */
export function refuseContradictions(
  { all, stack, notify, "notify-file": notifyFile }: Values,
  positionals: readonly string[],
  usage: string,
): void {
  const contradicts =
    (all && stack !== undefined) || (notify !== undefined && notifyFile !== undefined);
  if (contradicts || positionals.length > 0) throw new Error(usage);
}

/** @throws Error in one line where the webhook is no URL, without it. */
export function unattended({ stack, all, json, notify, ...others }: Values): Unattended {
  return { stack, all, json, webhook: webhookOf({ notify, notifyFile: others["notify-file"] }) };
}
