// Figures as a run of the fleet's benchmark would find them, for tests of what is made of them.
import type { PhaseName, Report, Result, ToolName } from "../../scripts/bench/results.ts";

export function result(
  tool: ToolName,
  machines: number,
  phase: PhaseName,
  wallSeconds: number,
  changes: Partial<Result> = {},
): Result {
  return {
    ...{ tool, machines, phase, wallSeconds, rounds: 3 },
    ...{ cpuSeconds: 2 * wallSeconds, memoryBytes: 200e6, logins: 1, restarts: 0 },
    ...changes,
  };
}

export function report(results: readonly Result[], changes: Partial<Report> = {}): Report {
  return {
    ...{ date: "2026-01-02", cores: 2, rounds: 3, versions: ["dockertls 1", "pyinfra 2"] },
    ...{ results, growth: [], states: [], missing: [] },
    ...changes,
  };
}
