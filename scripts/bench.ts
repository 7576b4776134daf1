// npm run bench: the figures that this program promises, measured on lab machines.
//
//   npm run bench                one machine, how long its API is away, and a start from nothing
//     --quick                    without what takes minutes: the start from nothing, and the tests
//     --outage                   only how long the API is away
//     --image NAME               that, on one kind of machine only
//   npm run bench -- calls       how many calls fail while an up works, and how long a boot takes
//     --image NAME               on one kind of machine only; three generations of dockerd without it
//   npm run bench -- certificates
//                                whose connections fail in a renewal, a rotation and a revocation
//     --out DIRECTORY            where the page of it goes; docs/ without it
//     --note TEXT                what a reader of the page has to know of this run
//   npm run bench -- fleet       this program beside pyinfra and Ansible, on many machines at once
//     --machines 1,10,30         how many
//     --rounds N                 of the phases whose median counts; 3 without it
//     --only dockertls,pyinfra   some of the tools
//     --out DIRECTORY            where the page and its chart go; docs/ after a whole run
//     --redraw                   measures nothing: the page of the last run's figures
//   npm run bench -- shared-state   what an S3-compatible server takes of a run, beside a folder
//     --machines 10              how many
import { parseArgs } from "node:util";
import { consoleReports } from "../lab/engine/report.ts";
import { imageNamed, imageNames } from "../lab/machines/image.ts";
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
import { refuseSecretLogs } from "./secret-logs.ts";

const { say, progress } = consoleReports();

function print(figures: readonly Figure[]): void {
  for (const line of printed(figures)) say(line);
}

/** A kind for each generation of dockerd. */
const generations = ["bookworm", "trixie", "forky"].map(imageNamed);

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

try {
  refuseSecretLogs();
  const [first, ...rest] = process.argv.slice(2);
  if (first === "fleet") await benchFleet(parseFleetArgs(rest), { say, progress });
  else if (first === "calls") await benchCalls(rest);
  else if (first === "shared-state") await benchSharedState(rest, { say, progress });
  else if (first === "certificates") await benchCertificates(rest, { say, progress });
  else await benchPromises(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
