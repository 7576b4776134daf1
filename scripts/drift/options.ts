// What `npm run drift` was asked for.
import { parseArgs } from "node:util";
import { checkTextfile } from "../metrics/textfile.ts";
import { checkReport } from "../report/write.ts";
import {
  refuseContradictions,
  unattended,
  unattendedOptions,
  type Unattended,
} from "../unattended.ts";
import { webhookVariable } from "./webhook.ts";

export const usage = `usage: npm run drift [-- OPTIONS]: looks at the machines of stacks, and changes nothing
  --stack NAME  which stack, more than once if you like (default: PULUMI_STACK, the one selected, or dev)
  --all         every stack of this project
  --json        for scripts
  --notify URL  posts a message to Slack, Mattermost or Teams when there is something to tell
  --notify-file FILE
                the same, with the URL in a file; or put it into ${webhookVariable}
  --prom FILE   writes metrics for node_exporter's textfile collector
  --report FILE.html
                writes a page about it, and the report as FILE.json beside it
exit code: 0 in sync, 2 drift, 1 it could not tell; 4 more when the message,
the metrics or the report did not get out`;

export interface Options extends Unattended {
  /** Where the metrics go. */
  readonly prom: string | undefined;
  /** Where the page goes. */
  readonly report: string | undefined;
}

/** @throws Error in one line, or with the usage, and never with an argument in it that may be a secret. */
export function readOptions(args: readonly string[]): Options {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      ...unattendedOptions,
      prom: { type: "string" },
      report: { type: "string" },
    },
  });
  refuseContradictions(values, positionals, usage);
  const { prom, report } = values;
  if (prom !== undefined) checkTextfile(prom);
  if (report !== undefined) checkReport(report);
  return { ...unattended(values), prom, report };
}
