// What `npm run renew` was asked for.
import { parseArgs } from "node:util";
import { webhookOf, webhookVariable } from "../drift/webhook.ts";

export const usage = `usage: npm run renew [-- OPTIONS]: renews the certificates that are due, and does nothing else
  --stack NAME  which stack, more than once if you like (default: PULUMI_STACK, the one selected, or dev)
  --all         every stack of this project
  --yes         does not ask
  --json        one document on stdout; everything else on stderr
  --notify URL  posts a message to Slack, Mattermost or Teams when it was stopped or failed
  --notify-file FILE
                the same, with the URL in a file; or put it into ${webhookVariable}
exit code: 0 renewed, or nothing was due; 2 stopped, because pulumi up would do
something else as well; 1 failed; 4 more when the message did not get out`;

export interface Options {
  readonly stack: readonly string[] | undefined;
  readonly all: boolean;
  readonly yes: boolean;
  readonly json: boolean;
  /** Who is told when it was stopped or failed. */
  readonly webhook: URL | undefined;
}

/** @throws Error in one line, or with the usage, and never with an argument in it that may be a secret. */
export function readOptions(args: readonly string[]): Options {
  // Positionals are let through here, since the complaint of parseArgs repeats them: one may be the URL.
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      stack: { type: "string", short: "s", multiple: true },
      all: { type: "boolean", default: false },
      yes: { type: "boolean", short: "y", default: false },
      json: { type: "boolean", default: false },
      notify: { type: "string" },
      "notify-file": { type: "string" },
    },
  });
  const { stack, all, yes, json, notify, "notify-file": notifyFile } = values;
  const contradicts =
    (all && stack !== undefined) || (notify !== undefined && notifyFile !== undefined);
  if (contradicts || positionals.length > 0) throw new Error(usage);
  return { stack, all, yes, json, webhook: webhookOf({ notify, notifyFile }) };
}
