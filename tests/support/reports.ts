// Reports of runs that never were, with all that a page may have to show.
import type { Row } from "../../scripts/expiry/report.ts";
import type { Report } from "../../scripts/report/schema.ts";

type Rollout = Extract<Report, { run: "rollout" }>;
type RolloutHost = Rollout["stacks"][number]["hosts"][number];
type Drift = Extract<Report, { run: "drift" }>;

const begun = "2026-12-01T06:00:00.000Z";
const oneDay = 86_400_000;
const after = (days: number): string => new Date(Date.parse(begun) + days * oneDay).toISOString();

const certificate = (
  stack: string,
  kind: Row["kind"],
  owner: string,
  [from, renewal, to]: readonly [number, number, number],
): Row => ({
  ...{ stack, kind, owner, state: to <= 0 ? "ended" : renewal <= 0 ? "due" : "valid" },
  ...{ validFrom: after(from), renewsFrom: after(renewal), endsAt: after(to), daysLeft: to },
  ...{ serial: "123456789", issuer: `dockertls dockertls/${stack} CA g1`, isOwn: false },
});

const machine = (host: string, members: Partial<RolloutHost> = {}): RolloutHost => ({
  ...{ host, state: "in sync", drift: [], problems: [], findings: [], outcome: "unchanged" },
  ...{ endpoint: `tcp://${host}.example.com:2376`, dockerd: "26.1.5+dfsg1" },
  ...{ system: "Debian GNU/Linux 13 (trixie)", proof: "proven", seconds: 0, wave: 1 },
  refusals: [
    "a client without a certificate: certificate required",
    "a client of another authority: unknown certificate authority",
    "a client in plaintext: HTTP 400",
  ],
  ...{ effect: "nothing", impact: [] },
  ...members,
});

const run = {
  ...{ begun, version: "0.1.0" },
  release: {
    id: "3f2a9c1b7d40+12ab34cd/9e1b52c07a3d",
    name: "commit 3f2a9c1b7d40 with changes",
    note: "the working tree has changes that are not committed; they count as another commit",
  },
} as const;

/** What a machine may call itself, and say. */
export const hostile = `<script>document.title = "taken"</script><img src="http://192.0.2.1/x.png" onerror="alert(1)">"'&`;

export const rollout: Rollout = {
  ...{ run: "rollout", outcome: "red", seconds: 194, plan: false, skipPromotion: true, ...run },
  stacks: [
    {
      ...{ stack: "dev", outcome: "unchanged", after: "", promotion: "none", failedAt: "" },
      ...{ begun, seconds: 6, errors: [], resources: {}, replaced: [] },
      policies: [
        "advisory: certificate-lifetimes: dev-1: its certificate lives 90 days; 60 at most",
      ],
      hosts: [
        machine("dev-1"),
        machine("dev-2", {
          state: "in maintenance",
          outcome: "in maintenance",
          wave: null,
          proof: "none",
        }),
      ],
      certificates: [
        certificate("dev", "authority", "g1", [-400, 816, 1425]),
        certificate("dev", "machine", "dev-1", [-88, -28, 2]),
        certificate("dev", "client", "(this program)", [-31, -11, -1]),
        certificate("dev", "client", "alice", [-3, 17, 27]),
      ],
    },
    {
      ...{ stack: "staging", outcome: "failed", after: "dev", promotion: "green", failedAt: "up" },
      ...{ begun, seconds: 188, replaced: ["staging-web-1-server"], policies: [] },
      resources: { create: 9, update: 3, replace: 1 },
      errors: [
        "staging-web-1: dockerd: does not start: unable to configure the Docker daemon with file /etc/docker/daemon.json: unknown log driver; rolled back, the old configuration serves; correct `dockertls:daemon`",
        "update failed",
      ],
      hosts: [
        machine("staging-web-1", {
          ...{ outcome: "failed", effect: "restart", seconds: 31, state: "drift" },
          drift: ["docker.service: expected enabled at boot, found disabled"],
          impact: ["restart: the drift, and log-driver of daemon.json"],
        }),
        machine("staging-web-2", {
          ...{ outcome: "not begun", effect: "restart", wave: 2, proof: "not proven" },
          impact: ["restart: log-driver of daemon.json"],
          findings: [
            "clock: expected that of machine A, found 7 s behind; set up time synchronisation",
          ],
        }),
        machine("staging-web-3", {
          ...{
            outcome: "unreachable",
            state: "unreachable",
            wave: 2,
            proof: "none",
            dockerd: "",
            system: "",
          },
          problems: [
            "staging-web-3: ssh root@192.0.2.7:22: unreachable (ECONNREFUSED); nothing is known of it; start sshd",
          ],
        }),
        machine("staging-web-4", {
          outcome: "changed",
          effect: "reload",
          seconds: 12,
          impact: ["reload: labels"],
        }),
      ],
      certificates: [
        certificate("staging", "authority", "g1", [-400, 816, 1425]),
        certificate("staging", "machine", "staging-web-1", [-10, 50, 80]),
        certificate("staging", "machine", "staging-web-2", [-20, 41, 70]),
        certificate("staging", "machine", "staging-web-4", [-1, 59, 89]),
        certificate("staging", "client", "build", [-1, 1, 2]),
      ],
    },
    {
      ...{ stack: "prod", outcome: "not begun", after: "staging", promotion: "none", failedAt: "" },
      ...{ begun, seconds: 0, errors: [], resources: {}, replaced: [], policies: [] },
      ...{ hosts: [], certificates: [] },
    },
  ],
};

const seen = ({
  effect: _,
  impact: __,
  wave: ___,
  seconds: ____,
  outcome: _____,
  ...host
}: RolloutHost) => ({
  ...host,
  state: "drift" as const,
});

/** All that comes from elsewhere is hostile. */
export const drift: Drift = {
  ...{ run: "drift", outcome: "drift", seconds: 9, ...run },
  stacks: [
    {
      ...{ stack: hostile, outcome: "drift", begun, seconds: 9, errors: [hostile] },
      hosts: [
        {
          ...seen(machine(hostile, { endpoint: hostile, dockerd: hostile, system: hostile })),
          ...{ drift: [hostile], problems: [hostile], findings: [hostile], refusals: [hostile] },
        },
      ],
      certificates: [certificate(hostile, "client", hostile, [-3, 17, 27])],
    },
  ],
};
