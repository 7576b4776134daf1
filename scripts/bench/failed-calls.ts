// Calls that fail while an up works, by clients that call all the time: on the machine's local socket, on the one that
// a container has mounted, and on a TLS port that systemd holds (`listenBy: socket`). And how long a machine that boots
// is away. Two machines of one stack, which differ in who holds the port.
import { downLab } from "../../lab/machines/machines.ts";
import type { ImageName } from "../../lab/machines/image.ts";
import {
  failedCallsDuring,
  localSocket,
  tlsPort,
  type Caller,
} from "../../tests/support/outage.ts";
import { StackRun } from "../../tests/support/stack-run.ts";
import { testLab } from "../../tests/support/test-lab.ts";
import { TestMachine } from "../../tests/support/test-machine.ts";
import type { Figure } from "./figures.ts";

interface NamedCaller extends Caller {
  readonly who: string;
}

const mirrors = { "registry-mirrors": ["https://mirror.gcr.io"] };
const restarting = { ...mirrors, "max-concurrent-uploads": 3, "log-opts": { "max-file": "2" } };
const tls = { serverHours: 2160 };

/** A certificate of another length is issued for the same key, as a renewal's is. */
const renewed = { serverHours: 2161 };

/** @throws Error with the run's output when an up fails, and when a client was never answered. */
export async function failedCallFigures(
  image: ImageName,
  progress: (line: string) => void,
): Promise<Figure[]> {
  const usual = new TestMachine("t1", image);
  const bySocket = new TestMachine("t2", image);
  const settings = (changes: Readonly<Record<string, unknown>>): Record<string, unknown> => ({
    ...{ daemon: mirrors, tls, ...changes },
    hosts: { t1: usual.host(), t2: bySocket.host({ listenBy: "socket" }) },
  });
  progress(`${image}: two fresh machines`);
  await Promise.all([usual.pristine(), bySocket.pristine()]);
  await usual.runContainer("agent", "-v /var/run/docker.sock:/var/run/docker.sock");
  const container = await usual.sh("docker inspect -f '{{.State.Pid}}' agent");
  const local: NamedCaller[] = [
    { who: "local socket", machine: usual, way: localSocket },
    {
      who: "socket mounted in a container",
      machine: usual,
      way: `/proc/${container}/root/var/run/docker.sock`,
    },
    { who: "local socket, listenBy: socket", machine: bySocket, way: localSocket },
  ];
  const overTls: NamedCaller = { who: "TLS, listenBy: socket", machine: bySocket, way: tlsPort };
  const stack = await StackRun.create({});
  const upTo = async (changes: Readonly<Record<string, unknown>>): Promise<void> => {
    stack.configure(settings(changes));
    const run = await stack.up();
    if (run.exitCode !== 0) throw new Error(`bench: an up failed:\n${run.all}`);
  };
  const figures: Figure[] = [];
  const during = async (
    what: string,
    callers: readonly NamedCaller[],
    work: () => Promise<void>,
  ): Promise<void> => {
    progress(`${image}: ${what}`);
    const starts = await startsDuring([usual, bySocket], async () => {
      for (const [index, failed] of (await failedCallsDuring(callers, work)).entries()) {
        const { who } = callers[index] ?? { who: "" };
        figures.push({
          ...{ what: `${image}, ${what}, failed calls: ${who}`, value: String(failed) },
          ...{ limit: "0", kept: failed === 0 },
        });
      }
    });
    figures.push({ what: `${image}, ${what}, starts of dockerd`, value: starts.join(" and ") });
  };
  try {
    // Nobody listens on the port yet.
    await during("first up", local, () => upTo({}));
    const all = [...local, overTls];
    await during("change that restarts", all, () => upTo({ daemon: restarting }));
    await during("renewal", all, () => upTo({ daemon: restarting, tls: renewed }));
    for (const machine of [usual, bySocket]) {
      progress(`${image}: ${machine.name} boots`);
      figures.push(
        ...(await bootFigures(image, machine, machine === usual ? "" : ", listenBy: socket")),
      );
    }
    return figures;
  } finally {
    await stack.close();
    await downLab(testLab);
  }
}

async function startsDuring(
  machines: readonly TestMachine[],
  work: () => Promise<void>,
): Promise<number[]> {
  const marks = await Promise.all(machines.map((machine) => machine.mark()));
  await work();
  return Promise.all(machines.map((machine, index) => machine.dockerStarts(marks[index] ?? "")));
}

async function bootFigures(image: ImageName, machine: TestMachine, how: string): Promise<Figure[]> {
  await machine.stop();
  const begun = performance.now();
  const seconds = (): string => `${((performance.now() - begun) / 1000).toFixed(1)} s`;
  await machine.start({ untilSsh: true });
  const login = seconds();
  await machine.waitFor("its API", 120, `docker info && ss -Hltn 'sport = :2376' | grep -q .`);
  return [
    { what: `${image}, boot, until sshd answers${how}`, value: login },
    { what: `${image}, boot, until the API serves${how}`, value: seconds() },
  ];
}
