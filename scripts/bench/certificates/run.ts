// The walk that is measured: a renewal, a rotation by `rotate-ca`, and a group that is taken out, on three machines of one
// stack; and a rotation that waits for renewals.
import { cpus } from "node:os";
import { join } from "node:path";
import type { Reports } from "../../../lab/engine/report.ts";
import { generations } from "../../../lab/machines/image.ts";
import { downLab } from "../../../lab/machines/machines.ts";
import { Environments } from "../../../tests/support/environments.ts";
import type { Run } from "../../../tests/support/stack-run.ts";
import { testLab } from "../../../tests/support/test-lab.ts";
import { TestMachine } from "../../../tests/support/test-machine.ts";
import type { ClientBundle } from "../../../tests/support/tls-calls.ts";
import { clockBehind, hour } from "../../../tests/support/up-in-the-past.ts";
import { dockerClient } from "../../docker-client.ts";
import { phaseDuring, secondsToRefusal, withBundle, withContexts, type Caller } from "./calls.ts";
import type { CertificateReport, ListenBy, Pass, Phase } from "./results.ts";

const stack = "prod";
const group = "contractors";

/** What issues certificates has a clock that lags so far that machines' certificates are due at once. */
const lagging = clockBehind(1_900 * hour);

/** One of each generation of dockerd. */
const machines = generations.map((image, index) => new TestMachine(`t${index + 1}`, image));

interface Settings {
  readonly serverHours: number;
  readonly generation?: number;
  readonly hasGroup: boolean;
}

interface PhaseReports extends Reports {
  /** A phase that has been measured. */
  readonly measured: (listenBy: ListenBy, phase: Phase) => void;
}

export async function certificateFigures(
  reports: PhaseReports,
  note: string | undefined,
): Promise<CertificateReport> {
  try {
    reports.progress("three fresh machines");
    const passes: Pass[] = [];
    for (const listenBy of ["daemon-json", "socket"] as const) {
      passes.push(await onePass(listenBy, reports));
    }
    const withRenewals = await rotationWithRenewals(reports);
    const dockerd = await Promise.all(
      machines.map((machine) => machine.info("{{.ServerVersion}}")),
    );
    return {
      ...{ date: new Date().toISOString().slice(0, 10), cores: cpus().length },
      ...{ dockerd: dockerd.map((version) => version.trim()), passes, withRenewals, note },
    };
  } finally {
    await downLab(testLab);
  }
}

/** A stack as a person has it, and what they do with it. */
class Walked {
  readonly #environment: Environments;
  readonly #listenBy: ListenBy;

  constructor(environment: Environments, listenBy: ListenBy) {
    this.#environment = environment;
    this.#listenBy = listenBy;
  }

  static async create(listenBy: ListenBy): Promise<Walked> {
    await Promise.all(machines.map((machine) => machine.pristine()));
    return new Walked(await Environments.create([stack]), listenBy);
  }

  /** docker's configuration, which has the contexts. */
  get dockerConfiguration(): string {
    return join(this.#environment.directory, "docker");
  }

  configure({ serverHours, generation = 1, hasGroup }: Settings): void {
    const clients = { alice: {}, bob: {} };
    this.#environment.configure(stack, {
      ...(hasGroup
        ? { groups: { [group]: {} }, clients: { ...clients, carol: { group } } }
        : { clients }),
      tls: { generation, serverHours, clientHours: 30_000 },
      hosts: Object.fromEntries(
        machines.map((machine) => [machine.name, machine.host({ listenBy: this.#listenBy })]),
      ),
    });
  }

  up(): Promise<Run> {
    return this.#environment.pulumi("up", "--stack", stack, "--yes", "--skip-preview");
  }

  /** The same while what issues certificates has a clock that lags. */
  upLagging(): Promise<Run> {
    return this.#environment.pulumiWith(lagging, "up", "--stack", stack, "--yes", "--skip-preview");
  }

  async command(name: string, args: readonly string[], more?: NodeJS.ProcessEnv): Promise<Run> {
    const environment = { DOCKER_CONFIG: this.dockerConfiguration, ...more };
    const run = await this.#environment.commandWith(environment, name, ...args, "--stack", stack);
    if (run.exitCode !== 0) throw new Error(`bench: ${name} ${args.join(" ")} failed:\n${run.all}`);
    return run;
  }

  rotate(args: readonly string[] = [], more?: NodeJS.ProcessEnv): Promise<Run> {
    return this.command("rotate-ca", ["--yes", ...args], more);
  }

  async handOut(client: string): Promise<ClientBundle> {
    await this.command("client", [client]);
    return this.#environment.bundleOf(stack, client);
  }

  handOutContexts(client: string): Promise<Run> {
    return this.command("client", [client, "--contexts"]);
  }

  /** Machines whose certificate is due for renewal by now. */
  async due(): Promise<string[]> {
    const { stdout } = await this.#environment.command("expiry", "--json", "--stack", stack);
    const { certificates } = JSON.parse(stdout) as {
      certificates: readonly { kind: string; owner: string; renewsFrom: string }[];
    };
    return certificates
      .filter(({ kind, renewsFrom }) => kind === "machine" && new Date(renewsFrom) <= new Date())
      .map(({ owner }) => owner);
  }

  close(): Promise<void> {
    return this.#environment.close();
  }
}

async function onePass(
  listenBy: ListenBy,
  { say, progress, measured }: PhaseReports,
): Promise<Pass> {
  const docker = await dockerClient({ say, progress });
  if (docker === undefined) throw new Error("bench: no docker CLI here; install docker-cli");
  const phases: Phase[] = [];
  const walked = await Walked.create(listenBy);
  const during = async (
    what: string,
    callers: readonly Caller[],
    work: () => Promise<unknown>,
  ): Promise<void> => {
    progress(`${listenBy}: ${what}`);
    const phase = await phaseDuring(what, machines, callers, work);
    measured(listenBy, phase);
    phases.push(phase);
  };
  try {
    progress(`${listenBy}: the first up`);
    walked.configure({ serverHours: 2_160, hasGroup: true });
    await walked.up();
    const old = withBundle("old", await walked.handOut("alice"));
    await walked.handOutContexts("bob");
    await walked.handOut("carol");
    const contexts = withContexts("contexts", stack, docker, {
      ...{ PATH: process.env["PATH"], HOME: walked.dockerConfiguration },
      DOCKER_CONFIG: walked.dockerConfiguration,
    });

    // A certificate of another length is issued for the same key, as a renewal's is.
    walked.configure({ serverHours: 2_161, hasGroup: true });
    await during("renewal", [old, contexts], () => walked.up());
    await during("rotation, phase 1", [old, contexts], () => walked.rotate());
    const bridge = withBundle("bridge", await walked.handOut("alice"));
    await during("rotation, phases 2, 3", [old, bridge, contexts], () => walked.rotate());
    // The gate names them.
    await walked.handOutContexts("bob");
    const revoked = await walked.handOut("carol");
    await during("rotation, phase 4", [bridge, contexts], () => walked.rotate());
    const now = withBundle("new", await walked.handOut("alice"));
    walked.configure({ serverHours: 2_161, generation: 2, hasGroup: false });
    let refusedAfter: readonly number[] = [];
    await during("a group is taken out", [bridge, now, contexts], async () => {
      refusedAfter = await secondsToRefusal(machines, revoked, () => walked.up());
    });
    return { listenBy, phases, refusedAfter };
  } finally {
    await walked.close();
  }
}

/** Both phases that restart machines wait for the day on which the renewals of all are due. */
async function rotationWithRenewals({
  progress,
}: Reports): Promise<CertificateReport["withRenewals"]> {
  const walked = await Walked.create("socket");
  const restarts = machines.map(() => 0);
  const renewals = machines.map(() => 0);
  const step = async (what: string, clock?: NodeJS.ProcessEnv): Promise<void> => {
    progress(`with renewals: ${what}`);
    const due = await walked.due();
    const marks = await Promise.all(machines.map((machine) => machine.mark()));
    await walked.rotate(["--with-renewals"], clock);
    for (const [index, machine] of machines.entries()) {
      restarts[index] = (restarts[index] ?? 0) + (await machine.dockerStarts(marks[index] ?? ""));
      if (due.includes(machine.name)) renewals[index] = (renewals[index] ?? 0) + 1;
    }
  };
  try {
    progress("with renewals: the first up");
    walked.configure({ serverHours: 2_160, hasGroup: false });
    await walked.upLagging();
    // No machine is touched, and nothing is due by that clock.
    await walked.rotate([], lagging);
    await step("phase 2", lagging);
    await walked.handOut("alice");
    await walked.handOutContexts("bob");
    await step("phase 4");
    const left = await walked.due();
    if (left.length > 0) throw new Error(`bench: not renewed by the rotation: ${left.join(", ")}`);
    return { restarts, renewals };
  } finally {
    await walked.close();
  }
}
