// How long a machine's Docker API is away during an up, and during a bare restart of docker in the same
// run: on each kind of machine, since what an older dockerd can't check beforehand costs an outage.
import { downLab } from "../../lab/machines/machines.ts";
import type { ImageName } from "../../lab/machines/image.ts";
import { askedDuring, localSocket, outageDuring } from "../../tests/support/outage.ts";
import { refusedByStart, refusedByValidate } from "../../tests/support/refused-settings.ts";
import { StackRun } from "../../tests/support/stack-run.ts";
import { testLab } from "../../tests/support/test-lab.ts";
import { TestMachine } from "../../tests/support/test-machine.ts";
import { median } from "./figures.ts";
import type { Figure } from "./figures.ts";

const rounds = 3;
const mirrors = { "registry-mirrors": ["https://mirror.gcr.io"] };

export async function outageFigures(
  image: ImageName,
  progress: (line: string) => void,
): Promise<Figure[]> {
  const machine = new TestMachine("t1", image);
  const settings = (daemon: Readonly<Record<string, unknown>>): Record<string, unknown> => ({
    allowUnknownKeys: true,
    daemon: { ...mirrors, ...daemon },
    hosts: { t1: machine.host() },
  });
  progress(`${image}: a fresh machine`);
  await machine.pristine();
  await machine.runContainer("box1");
  const fate = await machine.fate("box1");
  const stack = await StackRun.create(settings({}));
  // What came before stays: a key that leaves the file may need a restart of its own.
  let current: Readonly<Record<string, unknown>> = {};
  const upTo = async (changes: Readonly<Record<string, unknown>>, succeeds: boolean) => {
    const daemon = { ...current, ...changes };
    if (succeeds) current = daemon;
    stack.configure(settings(daemon));
    const run = await stack.up();
    if ((run.exitCode === 0) !== succeeds) {
      throw new Error(`bench: an up ${succeeds ? "failed" : "did not fail"}:\n${run.all}`);
    }
  };
  const works: readonly (readonly [string, (round: number) => Promise<unknown>])[] = [
    ["systemctl restart docker", () => machine.sh("systemctl restart docker")],
    ["up that a reload puts in effect", (round) => upTo({ labels: [`r=${String(round)}`] }, true)],
    [
      "up that needs a restart",
      (round) =>
        upTo({ "max-concurrent-uploads": 3, "log-opts": { "max-file": String(round + 1) } }, true),
    ],
    [
      "up that dockerd refuses, by --validate where it has it",
      () => upTo(refusedByValidate, false),
    ],
    ["up that a start of dockerd refuses", () => upTo(refusedByStart, false)],
  ];
  const measured = works.map((): number[] => []);
  try {
    progress(`${image}: its first up`);
    // Nobody listens on the port yet.
    const first = await askedDuring(machine, localSocket, () => upTo({}, true));
    for (let round = 1; round <= rounds; round += 1) {
      for (const [index, [what, work]] of works.entries()) {
        progress(`${image}: ${what}, round ${String(round)} of ${String(rounds)}`);
        measured[index]?.push(await outageDuring(machine, () => work(round)));
      }
    }
    const without = (what: string, seconds: number): Figure => ({
      what: `${image}, no API: ${what}`,
      value: `${seconds.toFixed(2)} s`,
    });
    const [bare = Number.NaN, , restarting = Number.NaN] = measured.map(median);
    const times = restarting / bare;
    const restarted = (await machine.fate("box1")) === fate ? 0 : 1;
    return [
      {
        what: `${image}, calls that failed on the local socket: first up`,
        value: String(first.failedCalls),
        limit: "0",
        kept: first.failedCalls === 0,
      },
      ...works.map(([what], index) => without(`${what}, median`, median(measured[index] ?? []))),
      {
        what: `${image}, no API: an up that needs a restart, beside a bare restart`,
        value: `${times.toFixed(2)} times`,
        limit: "1.5 times",
        kept: times <= 1.5,
      },
      {
        what: `${image}: containers restarted in all of this`,
        value: String(restarted),
        limit: "0",
        kept: restarted === 0,
      },
    ];
  } finally {
    await stack.close();
    await downLab(testLab);
  }
}
