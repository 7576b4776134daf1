// Figures of a run of `npm run bench -- certificates`.
import type { Figure } from "../figures.ts";

export type ListenBy = "daemon-json" | "socket";

/** What clients saw of one piece of work. */
export interface Phase {
  readonly what: string;
  readonly seconds: number;
  readonly callers: readonly string[];
  /** Connections of all clients to all machines. */
  readonly calls: number;
  /** Why those failed that fell into a restart of their machine's dockerd, one entry for each. */
  readonly whileRestarting: readonly string[];
  /** The same of those that no restart explains. */
  readonly beyond: readonly string[];
  /** Starts of dockerd on each machine. */
  readonly restarts: readonly number[];
}

export interface Pass {
  readonly listenBy: ListenBy;
  readonly phases: readonly Phase[];
  /** From the begin of the `up` that takes a group out until each machine turns its client away. */
  readonly refusedAfter: readonly number[];
}

export interface CertificateReport {
  readonly date: string;
  readonly cores: number;
  /** Of each machine. */
  readonly dockerd: readonly string[];
  readonly passes: readonly Pass[];
  /** A rotation that waits for renewals: starts of dockerd on each machine, and renewals among them. */
  readonly withRenewals: {
    readonly restarts: readonly number[];
    readonly renewals: readonly number[];
  };
  /** What a reader has to know of this run. */
  readonly note: string | undefined;
}

export const isOfRotation = ({ what }: Phase): boolean => what.startsWith("rotation");

/** Starts of dockerd on each machine, in all phases of a rotation. */
export function restartsOfRotation({ phases }: Pass): number[] {
  const ofEach = phases.filter(isOfRotation).map(({ restarts }) => restarts);
  return (ofEach[0] ?? []).map((_, machine) =>
    ofEach.reduce((total, restarts) => total + (restarts[machine] ?? 0), 0),
  );
}

/** Restarts that a rotation with renewals took besides those that the renewals take anyway. */
export const extraRestarts = ({ withRenewals }: CertificateReport): number[] =>
  withRenewals.restarts.map(
    (restarts, machine) => restarts - (withRenewals.renewals[machine] ?? 0),
  );

/** What is promised, and whether it was kept. */
export function promisedFigures(report: CertificateReport): Figure[] {
  const atMost = (what: string, value: number, limit: number): Figure => ({
    ...{ what, value: String(value), limit: String(limit), kept: value <= limit },
  });
  const total = (phases: readonly Phase[], failed: (phase: Phase) => number): number =>
    phases.reduce((sum, phase) => sum + failed(phase), 0);
  return [
    ...report.passes.flatMap((pass) => [
      atMost(
        `${pass.listenBy}: failed beyond a restart`,
        total(pass.phases, ({ beyond }) => beyond.length),
        0,
      ),
      ...(pass.listenBy === "socket"
        ? [
            atMost(
              `${pass.listenBy}: failed at all`,
              total(
                pass.phases,
                ({ beyond, whileRestarting }) => beyond.length + whileRestarting.length,
              ),
              0,
            ),
          ]
        : []),
      atMost(`${pass.listenBy}: restarts of a rotation`, Math.max(...restartsOfRotation(pass)), 2),
    ]),
    atMost("--with-renewals: restarts more", Math.max(...extraRestarts(report)), 0),
  ];
}
