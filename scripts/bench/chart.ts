// The fleet's wall seconds as bars: a panel for each number of machines, a group for each phase. Linear, each
// panel with a scale of its own: bars whose lengths can be compared have to begin at 0, which a logarithm has not.
import { countsIn, resultOf, toolNames } from "./results.ts";
import type { PhaseName, Report, ToolName } from "./results.ts";

/** Those that all tools have. */
const phases: readonly PhaseName[] = ["first", "unchanged", "reload"];

const size = { panel: 300, gap: 44, top: 94, plot: 220, bottom: 46, side: 52 };
const bar = 26;
const group = size.panel / phases.length;

const style = `
  text { font: 12px system-ui, sans-serif; fill: #24292f }
  .title { font-size: 16px; font-weight: 600 }
  .panel { font-size: 13px; font-weight: 600 }
  .value { font-size: 10.5px; text-anchor: middle }
  .phase { text-anchor: middle }
  .tick { fill: #57606a; text-anchor: end; font-size: 11px }
  .line { stroke: #d0d7de }
  .axis { stroke: #57606a }
  .dockertls { fill: #0969da }
  .pyinfra { fill: #bf8700 }
  .ansible { fill: #8c959f }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .tick { fill: #9198a1 }
    .line { stroke: #3d444d }
    .axis { stroke: #9198a1 }
    .dockertls { fill: #4493f8 }
    .pyinfra { fill: #d29922 }
    .ansible { fill: #7d8590 }
  }
`;

export function chart(report: Report): string {
  const counts = countsIn(report);
  const panels = counts.length * size.panel + (counts.length - 1) * size.gap;
  const width = Math.max(size.side + panels + 16, 420);
  const height = size.top + size.plot + size.bottom;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="Wall seconds of each tool, by phase and number of machines">`,
    `<style>${style}</style>`,
    `<text class="title" x="12" y="24">Wall seconds, less is better (each panel has its own scale)</text>`,
    ...legend(report),
    ...counts.flatMap((machines, at) =>
      panel(report, machines, size.side + at * (size.panel + size.gap)),
    ),
    "</svg>",
    "",
  ].join("\n");
}

const measuredTools = ({ results }: Report): ToolName[] =>
  toolNames.filter((name) => results.some(({ tool }) => tool === name));

const legend = (report: Report): string[] =>
  measuredTools(report).flatMap((tool, at) => [
    `<rect class="${tool}" x="${12 + at * 96}" y="36" width="12" height="12" rx="2"/>`,
    `<text x="${29 + at * 96}" y="46">${tool}</text>`,
  ]);

function panel(report: Report, machines: number, left: number): string[] {
  const most = Math.max(
    ...phases.flatMap((phase) =>
      toolNames.map((tool) => resultOf(report, tool, machines, phase)?.wallSeconds ?? 0),
    ),
  );
  const ticks = ticksUpTo(most);
  const top = ticks.at(-1) ?? 1;
  const base = size.top + size.plot;
  const y = (seconds: number): number => round(base - (seconds / top) * size.plot);
  const right = left + size.panel;
  return [
    `<text class="panel" x="${left}" y="${size.top - 24}">${machines} ${machines === 1 ? "machine" : "machines"}</text>`,
    ...ticks.flatMap((tick) => [
      `<line class="${tick === 0 ? "axis" : "line"}" x1="${left}" x2="${right}" y1="${y(tick)}" y2="${y(tick)}"/>`,
      `<text class="tick" x="${left - 6}" y="${round(y(tick) + 4)}">${tick} s</text>`,
    ]),
    ...phases.flatMap((phase, at) => bars(report, machines, phase, left + at * group, y)),
  ];
}

function bars(
  report: Report,
  machines: number,
  phase: PhaseName,
  left: number,
  y: (seconds: number) => number,
): string[] {
  const tools = measuredTools(report);
  const inset = (group - tools.length * bar) / 2;
  const drawn = tools.flatMap((tool, at) => {
    const seconds = resultOf(report, tool, machines, phase)?.wallSeconds;
    if (seconds === undefined) return [];
    const x = round(left + inset + at * bar);
    return [
      `<rect class="${tool}" x="${x + 1}" y="${y(seconds)}" width="${bar - 2}" height="${round(y(0) - y(seconds))}"/>`,
      `<text class="value" x="${x + bar / 2}" y="${round(y(seconds) - 4)}">${labelOf(seconds)}</text>`,
    ];
  });
  const middle = round(left + group / 2);
  return [...drawn, `<text class="phase" x="${middle}" y="${y(0) + 18}">${phase}</text>`];
}

/** From 0 in steps that a person counts in, the last one not below the greatest value. */
export function ticksUpTo(most: number): number[] {
  if (!(most > 0)) return [0, 1];
  const magnitude = 10 ** Math.floor(Math.log10(most / 4));
  const step = [1, 2, 5, 10].map((digit) => digit * magnitude).find((one) => one * 5 >= most);
  const chosen = step ?? magnitude * 10;
  return Array.from({ length: Math.ceil(most / chosen) + 1 }, (_, at) => round(at * chosen));
}

const labelOf = (seconds: number): string => seconds.toFixed(seconds < 100 ? 1 : 0);

const round = (value: number): number => Math.round(value * 100) / 100;
