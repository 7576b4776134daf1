// The report of a run: what `--json` prints and what `--report` writes, and the page is made of. Its JSON schema is
// docs/dockertls.report.schema.json (`npm run docs`).
import * as z from "zod";
import { kinds } from "../expiry/certificates.ts";

const lines = z.array(z.string()).readonly();
const time = z.iso.datetime();
const seconds = z.number().min(0);

export const hostState = z
  .enum(["in sync", "drift", "unreachable", "blocked", "unproven", "in maintenance", "unknown"])
  .describe(
    "How the machine was found: `drift` is what `pulumi up` repairs, `blocked` has to be fixed by hand first, " +
      "`unreachable` could not be looked at, `unproven` matches but its endpoint does not show it from here, and " +
      "nothing is recorded of one that is `unknown`.",
  );

/** What a look found of a machine. */
const look = z.strictObject({
  host: z.string().describe("Name of the machine in the configuration."),
  state: hostState,
  drift: lines.describe("What differs, a line each."),
  problems: lines.describe(
    "Why it was not seen, can't be converged or is not proven from here, a line each.",
  ),
  findings: lines.describe("What no `pulumi up` repairs, a line each."),
});

export const proofState = z
  .enum(["proven", "not proven", "none"])
  .describe("What the last proof said of the endpoint; `none`: there was none.");

/** What the engine told of a machine besides. */
const hostFacts = z.strictObject({
  endpoint: z.string().describe("What `docker -H` takes; empty where it is not known."),
  dockerd: z.string().describe("Version of dockerd; empty where it is not known."),
  system: z
    .string()
    .describe("The machine's operating system, as it calls itself; empty where it is not known."),
  proof: proofState,
  refusals: lines.describe("Who was turned away in that proof, a line each."),
});

const certificate = z.strictObject({
  stack: z.string(),
  kind: z
    .enum(kinds)
    .describe("What it is for: the stack's authority, one of a group, a machine, or a client."),
  owner: z.string().describe("Whose it is."),
  state: z
    .enum(["valid", "due", "ended"])
    .describe("`due`: past its renewal, and `pulumi up` has not been run since."),
  validFrom: time,
  renewsFrom: time.describe("From then on `pulumi up` renews it."),
  endsAt: time,
  daysLeft: z
    .int()
    .describe("Whole days from the run to its end; negative: it ended so long before."),
  serial: z.string().describe("Its serial number, decimal."),
  issuer: z.string().describe("Common name of whoever signed it."),
  isOwn: z
    .boolean()
    .describe("Whether it is an authority of one's own (`tls.authority`), which its owner renews."),
});

const stack = z.strictObject({
  stack: z.string(),
  begun: time,
  seconds: seconds.describe("How long its turn took."),
  errors: lines.describe(
    "Why it failed, was refused or not promoted, or why nothing is known of it, a line each.",
  ),
  certificates: z.array(certificate).readonly().describe("Those of the stack, as far as seen."),
});

const run = z.strictObject({
  begun: time,
  seconds,
  version: z.string().describe("Of this program."),
  release: z.strictObject({
    id: z.string().describe("Two runs had the same program and base when their ids are the same."),
    name: z.string().describe("The commit, and whether it is exactly that."),
    note: z.string().describe("Why the id is not that of a commit; empty where it is."),
  }),
});

export const driftOutcome = z.enum(["in sync", "drift", "could not tell"]);

export const driftHost = look.extend(hostFacts.shape);

export const driftStack = stack.extend({
  outcome: driftOutcome,
  hosts: z.array(driftHost).readonly(),
});

export const driftReport = run.extend({
  run: z.literal("drift"),
  outcome: driftOutcome,
  stacks: z.array(driftStack).readonly(),
});

export const effect = z
  .enum(["nothing", "reload", "restart"])
  .describe("What the change of the machine does to dockerd.");

export const hostOutcome = z
  .enum([
    ...(["unchanged", "changed", "due", "failed", "refused", "unreachable"] as const),
    ...(["not begun", "in maintenance", "removed"] as const),
  ])
  .describe(
    "What became of the machine: `due` is what a plan leaves, `failed` was begun, `refused` and `unreachable` were " +
      "not touched, and `not begun` did not have its turn.",
  );

export const rolloutHost = look.extend(hostFacts.shape).extend({
  state: z
    .enum([...hostState.options, "new", "removed"])
    .describe(
      "How the preview found it, before the change; `new` was never part of the stack, `removed` leaves it.",
    ),
  outcome: hostOutcome,
  effect,
  impact: lines.describe("What is done to it and why, a line each."),
  wave: z
    .int()
    .min(1)
    .nullable()
    .describe("Which wave it is in; null: in none, as it is in maintenance, or not known."),
  seconds: seconds.describe(
    "From the beginning of its change to its proof; 0: it was not changed.",
  ),
});

export const rolloutStack = stack.extend({
  outcome: z
    .enum([
      ...(["unchanged", "changed", "due", "failed", "refused"] as const),
      ...(["declined", "interrupted", "not begun"] as const),
    ])
    .describe(
      "`unchanged` and `changed` are green; `due`: a plan does not do what there is to do; `refused`: the stack before " +
        "it is not green at this commit; `declined`: somebody said no; `interrupted`: its `up` was under way; " +
        "`not begun`: its turn did not come.",
    ),
  after: z.string().describe("The stack that goes before it; empty where there is none."),
  promotion: z
    .enum(["none", "green", "in this rollout", "skipped", "refused"])
    .describe(
      "How the stack before it is: `none` goes before it; `in this rollout`, of a plan: it has its turn first; " +
        "`skipped`: not green, and --skip-promotion says to go on.",
    ),
  failedAt: z
    .enum(["", "preview", "up", "proof", "mark"])
    .describe("Where it failed; empty where it did not."),
  hosts: z.array(rolloutHost).readonly(),
  resources: z
    .record(z.string(), z.int())
    .describe("How many resources are created, updated, replaced, deleted, in the engine's words."),
  replaced: lines.describe("Names of resources that are replaced."),
  policies: lines.describe("What policies object to: `mandatory: NAME: …` or `advisory: NAME: …`."),
});

export const rolloutReport = run.extend({
  run: z.literal("rollout"),
  outcome: z
    .enum(["green", "due", "red", "interrupted"])
    .describe("`due`, with --plan: there is something to do."),
  plan: z.boolean().describe("Whether nothing was to be changed."),
  skipPromotion: z.boolean(),
  stacks: z.array(rolloutStack).readonly(),
});

export const report = z.discriminatedUnion("run", [rolloutReport, driftReport]);

export type Look = z.infer<typeof look>;
export type HostFacts = z.infer<typeof hostFacts>;
export type Report = z.infer<typeof report>;
export type StackOfReport = Report["stacks"][number];
export type HostOfReport = StackOfReport["hosts"][number];
