import {
  certificatesPage,
  phaseHeading,
  phaseLine,
} from "../../../scripts/bench/certificates/page.ts";
import { failuresBeside, restartsIn } from "../../../scripts/bench/certificates/restarts.ts";
import {
  extraRestarts,
  promisedFigures,
  restartsOfRotation,
  type CertificateReport,
  type Phase,
} from "../../../scripts/bench/certificates/results.ts";
import { printed } from "../../../scripts/bench/figures.ts";

const journal = [
  "1764553000.500000 t1 systemd[1]: Stopping docker.service - Docker Application Container Engine...",
  "1764553000.900000 t1 systemd[1]: Stopped docker.service - Docker Application Container Engine.",
  "1764553000.910000 t1 systemd[1]: Starting docker.service - Docker Application Container Engine...",
  "1764553001.250000 t1 systemd[1]: Started docker.service - Docker Application Container Engine.",
  "1764553009.000000 t1 systemd[1]: Starting docker.service - Docker Application Container Engine...",
].join("\n");
const at = (seconds: number): number => (1_764_553_000 + seconds) * 1000;
const failed = (from: number, to: number): { from: number; to: number; why: string } => ({
  ...{ from: at(from), to: at(to) },
  why: "refused",
});

test("a restart lasts from the begin of the stop until dockerd serves; one that never serves has no end", () => {
  expect(restartsIn(journal)).toEqual([
    { from: at(0.5), to: at(1.25) },
    { from: at(9), to: Number.POSITIVE_INFINITY },
  ]);
  expect(restartsIn("-- No entries --\n")).toEqual([]);
});

test.each([
  ["one that ended before the stop", failed(0.1, 0.4), false],
  ["one that was cut off by the stop", failed(0.4, 0.6), true],
  ["one in the middle", failed(0.7, 0.8), true],
  ["one that began before dockerd served", failed(1.2, 3), true],
  ["one that began once dockerd served", failed(1.3, 1.4), false],
])("%s: whether a restart explains a failed call", (_, call, isExplained) => {
  const { whileRestarting, beyond } = failuresBeside([{ from: at(0.5), to: at(1.25) }], [call]);
  expect([whileRestarting, beyond]).toEqual(isExplained ? [[call], []] : [[], [call]]);
});

const phase = (what: string, more: Partial<Phase> = {}): Phase => ({
  ...{ what, seconds: 12.34, callers: ["old", "contexts"], calls: 1_234 },
  ...{ whileRestarting: [], beyond: [], restarts: [1, 1, 1] },
  ...more,
});

const report: CertificateReport = {
  ...{ date: "2026-12-01", cores: 2, dockerd: ["20.10.24", "26.1.5", "28.5.2"], note: undefined },
  passes: [
    {
      listenBy: "daemon-json",
      phases: [
        phase("renewal", { whileRestarting: Array<string>(17).fill("old: refused") }),
        phase("rotation, phase 1", { restarts: [0, 0, 0] }),
        phase("rotation, phases 2, 3", {
          whileRestarting: Array<string>(9).fill("old: refused"),
          restarts: [1, 2, 1],
        }),
        phase("rotation, phase 4"),
      ],
      refusedAfter: [3.21, 4, 5.67],
    },
    {
      listenBy: "socket",
      phases: [phase("rotation, phase 4", { beyond: ["old: reset", "old: reset"] })],
      refusedAfter: [1, 2, 3],
    },
  ],
  withRenewals: { restarts: [2, 2, 3], renewals: [2, 2, 2] },
};

test("restarts are counted per machine, over all phases of a rotation and nothing else", () => {
  expect(report.passes.map(restartsOfRotation)).toEqual([
    [2, 3, 2],
    [1, 1, 1],
  ]);
  expect(extraRestarts(report)).toEqual([0, 0, 1]);
});

test("the terminal says what was promised and what was missed, on 80 columns", () => {
  const lines = [
    phaseHeading,
    ...report.passes.flatMap(({ listenBy, phases }) =>
      phases.map((one) => phaseLine(listenBy, one)),
    ),
    ...printed(promisedFigures(report)),
  ];
  expect(lines.filter((line) => line.length > 80)).toEqual([]);
  expect(lines).toEqual([
    "listenBy     what                    calls restart  beyond  restarts",
    "daemon-json  renewal                  1234       17       0         1",
    "daemon-json  rotation, phase 1        1234        0       0         0",
    "daemon-json  rotation, phases 2, 3    1234        9       0   1, 2, 1",
    "daemon-json  rotation, phase 4        1234        0       0         1",
    "socket       rotation, phase 4        1234        0       2         1",
    "daemon-json: failed beyond a restart          0  promised: at most 0",
    "daemon-json: restarts of a rotation           3  promised: at most 2  MISSED",
    "socket: failed beyond a restart               2  promised: at most 0  MISSED",
    "socket: failed at all                         2  promised: at most 0  MISSED",
    "socket: restarts of a rotation                1  promised: at most 2",
    "--with-renewals: restarts more                1  promised: at most 0  MISSED",
  ]);
});

test("the page has each figure, why calls failed that no restart explains, and what was missed", () => {
  const page = certificatesPage({ ...report, note: "Others used this machine." });
  expect(page).toContain("**Others used this machine.**");
  expect(page).toContain("| renewal | old, contexts | 1234 | 17 | 0 | 1 | 12.3 |");
  expect(page).toContain("- `socket`, rotation, phase 4, **beyond a restart**: 2 × old: reset\n");
  expect(page).toContain("3.2, 4.0, 5.7; on all of them after **5.7 s**");
  expect(page).toContain("2, 2, 3, of which renewals take 2 anyway; 0, 0, 1 more");
  expect(page).toContain("- socket: failed at all: 2, at most 0; **MISSED**");
  expect(page).toContain(
    "## Why connections failed\n\n- `daemon-json`, renewal: 17 × old: refused\n",
  );
  expect(certificatesPage({ ...report, passes: [] })).not.toContain("## Why");
});
