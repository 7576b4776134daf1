// npm run bench -- certificates: whose connections fail while certificates are renewed, replaced and revoked.
import { parseArgs } from "node:util";
import type { Reports } from "../../lab/engine/report.ts";
import {
  certificatesPage,
  pageName,
  phaseHeading,
  phaseLine,
  reasons,
} from "./certificates/page.ts";
import { promisedFigures } from "./certificates/results.ts";
import { certificateFigures } from "./certificates/run.ts";
import { printed } from "./figures.ts";
import { writeText } from "./pages.ts";

export async function benchCertificates(
  args: readonly string[],
  { say, progress }: Reports,
): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: { out: { type: "string", default: "docs" }, note: { type: "string" } },
  });
  say(phaseHeading);
  const report = await certificateFigures(
    {
      ...{ say, progress },
      measured: (listenBy, phase) => {
        say(phaseLine(listenBy, phase));
        for (const why of reasons(phase.beyond)) say(`  beyond: ${why}`);
      },
    },
    values.note,
  );
  for (const { listenBy, refusedAfter } of report.passes) {
    const seconds = refusedAfter.map((one) => one.toFixed(1)).join(", ");
    say(`${listenBy}: a group's client is refused after ${seconds} s, machine by machine`);
  }
  for (const line of printed(promisedFigures(report))) say(line);
  say(`written: ${await writeText(values.out, pageName, certificatesPage(report))}`);
}
