// What the fleet's figures must not pass, and whether they did.
import type { Figure } from "./figures.ts";
import { countsIn, memoryPerMachine, ratioTo, resultOf, statePerMachine } from "./results.ts";
import type { PhaseName, Report, ToolName } from "./results.ts";

interface Limited {
  readonly what: string;
  readonly value: number | undefined;
  readonly limit: number;
  readonly unit: "x" | " kB" | " MB";
  /** The limit is what must be reached, not what must not be passed. */
  readonly atLeast?: boolean;
}

/** One figure for each promise of which both sides were measured. */
export function limitFigures(report: Report): Figure[] {
  const { bytes, programBytes } = statePerMachine(report) ?? {};
  const limited: Limited[] = [
    { what: "state of a machine more", value: kilo(bytes), limit: 75, unit: " kB" },
    { what: "of it program text", value: kilo(programBytes), limit: 30, unit: " kB" },
    ...countsIn(report).flatMap((machines) => timesOf(report, machines)),
    {
      what: "most memory on 30 machines",
      value: mostMemory(report, 30),
      limit: 1000,
      unit: " MB",
    },
    ...growthOf(report),
  ];
  return limited.flatMap(figureOf);
}

/** On so many machines a first and an unchanged up take at most so many times what pyinfra takes. */
const besidePyinfra: Readonly<Record<number, number>> = { 10: 2.5, 30: 2 };

function timesOf(report: Report, machines: number): Limited[] {
  const beside = (phase: PhaseName, limit: number): Limited => ({
    what: `${phase} on ${machines}, beside pyinfra`,
    value: ratioTo(report, { tool: "dockertls", machines, phase }, "pyinfra"),
    limit,
    unit: "x",
  });
  const seconds = (phase: PhaseName): number =>
    resultOf(report, "dockertls", machines, phase)?.wallSeconds ?? Number.NaN;
  const limit = besidePyinfra[machines];
  return [
    ...(limit === undefined ? [] : [beside("first", limit), beside("unchanged", limit)]),
    beside("reload", 1),
    {
      what: `destroy on ${machines}, beside first`,
      value: seconds("destroy") / seconds("first"),
      limit: 1,
      unit: "x",
    },
    ...(machines === 30 ? [aheadOf(report, machines, "ansible", 4)] : []),
  ];
}

/** As long as memory grows linearly, a machine more takes no more in a large stack than in a small one. */
function growthOf(report: Report): Limited[] {
  return report.growth
    .filter(({ phase }) => phase === "first")
    .map(({ machines }) => ({
      what: `memory of a machine more, 30 to ${machines}, beside 1 to 30`,
      value:
        (memoryPerMachine(report, "first", [30, machines]) ?? Number.NaN) /
        (memoryPerMachine(report, "first", [1, 30]) ?? Number.NaN),
      limit: 1,
      unit: "x",
    }));
}

const aheadOf = (report: Report, machines: number, tool: ToolName, limit: number): Limited => ({
  what: `unchanged on ${machines}, ahead of ${tool}`,
  value: ratioTo(report, { tool, machines, phase: "unchanged" }, "dockertls"),
  limit,
  unit: "x",
  atLeast: true,
});

function mostMemory({ results }: Report, machines: number): number {
  const own = results.filter(
    (result) => result.tool === "dockertls" && result.machines === machines,
  );
  return own.length === 0
    ? Number.NaN
    : Math.max(...own.map(({ memoryBytes }) => memoryBytes)) / 1e6;
}

const kilo = (bytes: number | undefined): number => (bytes ?? Number.NaN) / 1000;

function figureOf({ what, value, limit, unit, atLeast = false }: Limited): Figure[] {
  if (value === undefined || Number.isNaN(value)) return [];
  const digits = unit === "x" ? 2 : 0;
  return [
    {
      what,
      value: `${value.toFixed(digits)}${unit}`,
      limit: `${limit}${unit}`,
      kept: atLeast ? value >= limit : value <= limit,
      ...(atLeast ? { atLeast } : {}),
    },
  ];
}
