import { chart, ticksUpTo } from "../../../scripts/bench/chart.ts";
import { benchmarkPage } from "../../../scripts/bench/page.ts";
import { limitLines, tableLines } from "../../../scripts/bench/table.ts";
import { report, result } from "../../support/bench-report.ts";

const figures = report(
  [
    result("dockertls", 30, "first", 123.4, { outageSeconds: 0.5, restarts: 1 }),
    result("pyinfra", 30, "first", 50, { outageSeconds: 21, hungClients: 1, logins: 1.5 }),
    result("dockertls", 30, "destroy", 200.25),
  ],
  { missing: ["ansible on 30: no room"] },
);

test("the terminal's table fits into 80 columns", () => {
  const lines = [...tableLines(figures), ...limitLines(figures)];
  expect(lines.filter((line) => line.length > 80)).toEqual([]);
  expect(lines).toEqual([
    "",
    "30 machines; medians of 3 where rounds were run",
    "phase     tool       wall s x pyinfra  CPU s    MB logins restarts   no API s",
    "first     dockertls   123.4     2.47x  246.8   200      1        1       0.50",
    "first     pyinfra      50.0     1.00x  100.0   200    1.5        0     21.00*",
    "destroy   dockertls   200.3         –  400.5   200      1        0          –",
    "* a client that had connected got no answer within 20 s",
    "not measured: ansible on 30: no room",
    "first on 30, beside pyinfra      2.47x  promised: at most 2x  MISSED",
    "destroy on 30, beside first      1.62x  promised: at most 1x  MISSED",
    "most memory on 30 machines      200 MB  promised: at most 1000 MB",
  ]);
});

test("the page has each figure, what was missed, and what is missing", () => {
  const page = benchmarkPage(figures);
  expect(page).toContain("| first | pyinfra | 50.0 | 1.00x | 100.0 | 200 | 1.5 | 0 | 21.00* |");
  expect(page).toContain("| first on 30, beside pyinfra | 2.47x | at most 2x | **MISSED** |");
  expect(page).toContain("- ansible on 30: no room");
});

test("the page says how it grows where that was measured", () => {
  expect(benchmarkPage(figures)).not.toContain("## Growth");
  const grown = {
    ...figures,
    growth: [
      result("dockertls", 99, "first", 400, { memoryBytes: 890e6 }),
      result("dockertls", 99, "unchanged", 30, { memoryBytes: 700e6 }),
    ],
  };
  const page = benchmarkPage(grown);
  expect(page).toContain(
    "From 30 to 99 machines, one more takes 10.0 MB of machine A in a first run",
  );
  expect(page).toContain("| 99 | 400.0 | 890 | 30.0 | 700 |");
});

test.each([
  [0, [0, 1]],
  [4.2, [0, 1, 2, 3, 4, 5]],
  [30, [0, 10, 20, 30]],
  [123.4, [0, 50, 100, 150]],
  [0.31, [0, 0.1, 0.2, 0.3, 0.4]],
])("an axis up to %p", (most, ticks) => {
  expect(ticksUpTo(most)).toEqual(ticks);
});

describe("the chart", () => {
  const svg = chart(figures);

  test("a bar for each figure that all tools have, as long as its seconds", () => {
    const heights = [...svg.matchAll(/<rect class="(\w+)" [^>]* height="([\d.]+)"\/>/g)];
    expect(heights.map(([, tool, height]) => [tool, Number(height)])).toEqual([
      ["dockertls", 180.99],
      ["pyinfra", 73.33],
    ]);
    expect(svg).toContain(">123<");
  });

  test("says its unit, and follows a dark page", () => {
    expect(svg).toContain("Wall seconds");
    expect(svg).toContain(">150 s</text>");
    expect(svg).toContain("prefers-color-scheme: dark");
  });
});
