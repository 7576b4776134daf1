// What `npm run renew` was asked for.
import { parseArgs } from "node:util";
import { webhookVariable } from "../drift/webhook.ts";
import {
  refuseContradictions,
  unattended,
  unattendedOptions,
  type Unattended,
} from "../unattended.ts";
import { waitSeconds, waitUsage } from "../stack-lock.ts";

export const usage = `usage: npm run renew [-- OPTIONS]: renews the certificates that are due, and does nothing else
  --stack NAME  which stack, more than once if you like (default: PULUMI_STACK, the one selected, or dev)
  --all         every stack of this project
  --yes         does not ask
  --wait TIME   ${waitUsage}
  --json        one document on stdout; everything else on stderr
  --notify URL  posts a message to Slack, Mattermost or Teams when it was stopped or failed
  --notify-file FILE
                the same, with the URL in a file; or put it into ${webhookVariable}
exit code: 0 renewed, or nothing was due; 2 stopped, because pulumi up would do
something else as well; 1 failed; 4 more when the message did not get out`;

export interface Options extends Unattended {
  readonly yes: boolean;
  /** How long a locked stack is waited for. */
  readonly waitSeconds: number;
}

/** @throws Error in one line, or with the usage, and never with an argument in it that may be a secret. */
export function readOptions(args: readonly string[]): Options {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      ...unattendedOptions,
      yes: { type: "boolean", short: "y", default: false },
      wait: { type: "string" },
    },
  });
  refuseContradictions(values, positionals, usage);
  return { ...unattended(values), yes: values.yes, waitSeconds: waitSeconds(values.wait) };
}
