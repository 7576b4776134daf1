// npm run bench -- shared-state: what a backend that is elsewhere takes of a run, beside a folder.
import { parseArgs } from "node:util";
import type { Reports } from "../../lab/engine/report.ts";
import { downLab } from "../../lab/machines/machines.ts";
import { s3Server, type SharedBackend } from "../../tests/support/shared-backend.ts";
import { testLab } from "../../tests/support/test-lab.ts";
import { farServer } from "./far-server.ts";
import { benchMachines, restore } from "./machines.ts";
import { measured } from "./measure.ts";
import { withRoomFor } from "./room.ts";
import { dockertls } from "./tools.ts";

const rounds = 3;

/** Where the state is: a folder, a server here, and one that each request takes 30 ms to. */
const places = [undefined, 0, 30] as const;

export async function benchSharedState(
  args: readonly string[],
  { say, progress }: Reports,
): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: { machines: { type: "string", default: "10" } },
  });
  const count = Number(values.machines);
  const server = await s3Server();
  if (typeof server === "string") throw new Error(server);
  try {
    await withRoomFor(count, say, async () => {
      for (const milliseconds of places)
        await benchPlace(count, server, milliseconds, say, progress);
    });
  } finally {
    await server.close();
    await downLab(testLab);
  }
}

async function benchPlace(
  count: number,
  server: SharedBackend,
  milliseconds: number | undefined,
  say: (line: string) => void,
  progress: (line: string) => void,
): Promise<void> {
  const url = server.environment["PULUMI_BACKEND_URL"] ?? "";
  const address = /endpoint=([^&]+)/.exec(url)?.[1] ?? "";
  const way = milliseconds === undefined ? undefined : await farServer(address, milliseconds);
  const place = way === undefined ? "a folder" : `S3, ${String(milliseconds)} ms away`;
  const machines = benchMachines(count);
  progress(`${place}: putting the machines back to new`);
  await restore(machines);
  const fleet = await dockertls("dockertls").fleet(machines);
  const asked = async (phase: "first" | "unchanged" | "reload"): Promise<void> => {
    const runs: { seconds: number; requests: number }[] = [];
    for (let round = 1; round <= (phase === "first" ? 1 : rounds); round += 1) {
      fleet.configure(phase === "reload" ? round : 0);
      progress(`${place}: ${phase}`);
      const command = fleet.command(phase);
      const before = way?.requests() ?? 0;
      const environment = {
        ...command.environment,
        ...(way === undefined
          ? {}
          : { ...server.environment, PULUMI_BACKEND_URL: url.replace(address, way.address) }),
      };
      const { wallSeconds } = await measured(place, { ...command, environment });
      runs.push({ seconds: wallSeconds, requests: (way?.requests() ?? 0) - before });
    }
    runs.sort((one, other) => one.seconds - other.seconds);
    const { seconds, requests } = runs[Math.floor(runs.length / 2)] ?? { seconds: 0, requests: 0 };
    const counted = way === undefined ? "" : `, ${String(requests)} requests`;
    say(`${String(count)} machines, ${place}: ${phase} ${seconds.toFixed(1)} s${counted}`);
  };
  try {
    if (way !== undefined && fleet.backend !== undefined) await server.fill(fleet.backend);
    for (const phase of ["first", "unchanged", "reload"] as const) await asked(phase);
  } finally {
    await fleet.close();
    way?.close();
  }
}
