// npm run bench: the figures that this program promises, measured on lab machines.
import { parseArgs } from "node:util";
import { consoleReports } from "../lab/engine/report.ts";
import { generations, imageNamed, imageNames } from "../lab/machines/image.ts";
import { benchCertificates } from "./bench/certificates.ts";
import { parseFleetArgs } from "./bench/fleet-options.ts";
import { benchFleet } from "./bench/fleet.ts";
import { printed } from "./bench/figures.ts";
import type { Figure } from "./bench/figures.ts";
import { failedCallFigures } from "./bench/failed-calls.ts";
import { figuresFromNothing } from "./bench/from-nothing.ts";
import { figuresOfOneMachine } from "./bench/one-machine.ts";
import { outageFigures } from "./bench/outage.ts";
import { benchSharedState } from "./bench/shared-state.ts";
import { failureText, showedHelp } from "./help.ts";
import { refuseSecretLogs } from "./secret-logs.ts";

const usage = `usage: npm run bench            one machine, how long its API is away, a first start
         --quick                without what takes minutes: the first start
         --outage               only how long the API is away
         --image NAME           that, on one kind of machine only
       npm run bench -- calls   calls that fail while an up works, and boots
         --image NAME           on one kind of machine; without it, on one for
                                each of three generations of dockerd
       npm run bench -- certificates
                                connections that fail in a renewal, a rotation
                                and a revocation
         --out DIRECTORY        where its page goes (default: docs)
         --note TEXT            what a reader of the page has to know
       npm run bench -- fleet   beside pyinfra and Ansible, on many machines
         --machines 1,10,30     how many
         --growth 99            more, for this program alone; none: not at all
         --rounds N             of phases whose median counts (default: 3)
         --only dockertls,pyinfra
                                some of the tools
         --out DIRECTORY        where page and chart go (docs, if it was whole)
         --redraw               measures nothing: the page of the last figures
       npm run bench -- shared-state
                                what an S3-compatible server takes of a run
         --machines 10          how many`;

const { say, progress } = consoleReports();

function print(figures: readonly Figure[]): void {
  for (const line of printed(figures)) say(line);
}

async function benchCalls(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: { image: { type: "string", multiple: true } },
  });
  for (const image of values.image?.map(imageNamed) ?? generations) {
    print(await failedCallFigures(image, progress));
  }
}

async function benchPromises(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: "boolean", default: false },
      outage: { type: "boolean", default: false },
      image: { type: "string", multiple: true },
    },
  });
  if (!values.outage) print(await figuresOfOneMachine(progress));
  for (const image of values.image?.map(imageNamed) ?? imageNames) {
    print(await outageFigures(image, progress));
  }
  if (!values.outage && !values.quick) print(figuresFromNothing(progress));
}

const benches: Readonly<Record<string, (args: readonly string[]) => Promise<void>>> = {
  calls: benchCalls,
  certificates: (args) => benchCertificates(args, { say, progress }),
  fleet: (args) => benchFleet(parseFleetArgs(args), { say, progress }),
  "shared-state": (args) => benchSharedState(args, { say, progress }),
};

try {
  refuseSecretLogs();
  const args = process.argv.slice(2);
  const named = benches[args[0] ?? ""];
  if (!showedHelp(usage)) await (named === undefined ? benchPromises(args) : named(args.slice(1)));
} catch (error) {
  console.error(failureText(error, usage));
  process.exitCode = 1;
}
