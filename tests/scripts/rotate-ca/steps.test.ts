// Where a rotation stands and what comes next, by the stack's file and its state alone.
import { X509Certificate } from "node:crypto";
import type { Configuration } from "../../../components/model/configuration/parse.ts";
import type { Written } from "../../../scripts/client/written.ts";
import type { Exported } from "../../../scripts/forget/deployment.ts";
import { handedOut } from "../../../scripts/rotate-ca/bundles.ts";
import type { Asked } from "../../../scripts/rotate-ca/position.ts";
import { broughtIn, refuseOwnAuthority, type Facts } from "../../../scripts/rotate-ca/read.ts";
import { rotationPlan, statusOf } from "../../../scripts/rotate-ca/report.ts";
import { stateIn } from "../../../scripts/rotate-ca/state.ts";
import {
  backStep,
  freshGeneration,
  nextStep,
  nowStep,
  type Step,
} from "../../../scripts/rotate-ca/steps.ts";
import { closingLines, planLines, statusLines } from "../../../scripts/rotate-ca/text.ts";
import {
  authorities,
  authorityOf,
  clientOf,
  provenHost,
  stateWith,
} from "../../support/rotated-state.ts";
import { machine, parsed } from "../../support/stack-configuration.ts";

const configuration = (tls: object, hosts: Readonly<Record<string, object>> = {}): Configuration =>
  parsed({
    tls,
    hosts: { "web-1": machine(), "web-2": machine({ address: "10.0.0.5" }), ...hosts },
  });

const rotation = (phase: number): object => ({ generation: 2, phase });

const written = (authority: "old" | "new", more: Partial<Written> = {}): Written => {
  const { certificate } = authorities[authority === "old" ? 1 : 2];
  return {
    ...{ kind: "secret", place: "", writtenAt: "2026-10-01T12:00:00.000Z" },
    ...{ certificate: "", serial: "", notAfter: "" },
    authorities: [new X509Certificate(certificate).fingerprint256],
    issuer: `dockertls dockertls/prod CA g${authority === "old" ? "1" : "2"}`,
    ...more,
  };
};

function factsOf(
  configured: Configuration,
  exported: Exported,
  bundles: Readonly<Record<string, readonly Written[]>> = {},
  more: Partial<Facts> = {},
): Facts {
  const { hosts, authority: asked } = configured;
  const state = stateIn(exported, broughtIn(configured));
  const newer = state.authorities.find((one) => one.generation === asked.generation);
  return {
    ...{
      stack: "prod",
      asked,
      hosts,
      state,
      brought: [],
      cutOff: [],
      renewals: undefined,
      configuration: configured,
    },
    clients: handedOut("prod", state, newer?.certificate, bundles),
    now: new Date("2026-11-30T12:00:00Z"),
    fresh: freshGeneration({ asked, state }, bundles),
    ...more,
  };
}

const next = (facts: Facts): Step => nextStep(facts, facts.fresh);
const clients = [...clientOf("alice", 2), ...clientOf("ci", 2)];
const both = [authorityOf(2), authorityOf(1, "ca-former")];
const before = stateWith(
  authorityOf(1),
  provenHost("web-1", 1),
  provenHost("web-2", 1),
  clientOf("alice", 1),
);
const minted = stateWith(both, provenHost("web-1", 1, 1), provenHost("web-2", 1, 1), clients);
const overlap = stateWith(both, provenHost("web-1", 2, 1), provenHost("web-2", 2, 1), clients);
const over = stateWith(authorityOf(2), provenHost("web-1", 2), provenHost("web-2", 2), clients);
const fresh = { alice: [written("new")], ci: [written("new")] };

test.each<[string, Configuration, Exported, Step["kind"], object]>([
  ["before", configuration({}), before, 1, { generation: 2, rotation: { from: 1, phase: 1 } }],
  ["phase 1", configuration(rotation(1)), minted, 2, { rotation: { from: 1, phase: 2 } }],
  ["phase 2", configuration(rotation(2)), overlap, 3, { rotation: { from: 1, phase: 3 } }],
  ["phase 3", configuration(rotation(3)), overlap, 4, { generation: 2, rotation: undefined }],
  ["the end", configuration({ generation: 2 }), over, 1, { generation: 3 }],
])("after %s comes the next phase", (_case, configured, exported, kind, asked) => {
  const bundles = exported === before ? {} : fresh;
  const step = next(factsOf(configured, exported, bundles));
  expect(step).toMatchObject({ kind, asked, unfinished: [], heldUp: [] });
});

const half = stateWith(both, provenHost("web-1", 2, 1), provenHost("web-2", 1, 1), clients);
const dropped = stateWith(both, provenHost("web-1", 2), provenHost("web-2", 2, 1), clients);

test.each<[string, Configuration, Exported, RegExp]>([
  [
    "begun, and nothing was made",
    configuration(rotation(1)),
    before,
    /^there is no authority of generation 2 yet$/,
  ],
  [
    "1, before its proofs",
    configuration(rotation(1)),
    stateWith(both, provenHost("web-1", 1), provenHost("web-2", 1, 1), clients),
    /^web-1 has not come to it: it shows 1 and trusts 1$/,
  ],
  [
    "2, and one machine of two",
    configuration(rotation(2)),
    half,
    /^web-2 has not come to it: it shows 1 and trusts 1$/,
  ],
  [
    "4, and one machine of two",
    configuration({ generation: 2 }),
    dropped,
    /^the authority of generation 1 is still there$/,
  ],
  [
    "another one at once",
    configuration({ generation: 2 }),
    before,
    /^there is no authority of generation 2 yet$/,
  ],
  [
    "a machine that is new",
    configuration(rotation(3), { "web-3": machine({ address: "10.0.0.6" }) }),
    overlap,
    /^web-3 is not proven yet$/,
  ],
])(
  "killed in phase %s: it goes on, and asks nothing else of the file",
  (_case, configured, exported, why) => {
    const facts = factsOf(configured, exported);
    expect(next(facts)).toMatchObject({ kind: "finish", asked: facts.asked, heldUp: [] });
    expect(next(facts).unfinished[0]).toMatch(why);
  },
);

describe("the gate before the old authority goes", () => {
  const heldUp = (
    bundles: Readonly<Record<string, readonly Written[]>>,
    exported = overlap,
    more: Partial<Facts> = {},
    configured = configuration(rotation(3)),
  ): string[] =>
    next(factsOf(configured, exported, bundles, more)).heldUp.map(
      ({ who, why }) => `${who}: ${why}`,
    );

  test("each of a client's bundles must be from the new one", () => {
    expect(heldUp({ alice: [written("new"), written("old")], ci: [written("new")] })).toEqual([
      "alice: its secret for CI is from 2026-10-01, before the rotation",
    ]);
  });

  test("a bundle from nowhere, and a key from elsewhere, are for a person to say", () => {
    const own = stateWith(
      both,
      provenHost("web-1", 2, 1),
      provenHost("web-2", 2, 1),
      clientOf("bob", 2),
      clientOf("audit", 2, true),
    );
    const bundles = { audit: [written("new")] };
    expect(heldUp(bundles, own)).toEqual([
      "audit: its key was made elsewhere, so whether its owner has the new certificate is not known",
      "bob: no bundle of it was written on this machine",
    ]);
    expect(heldUp(bundles, own, { cutOff: ["audit", "bob"] })).toEqual([]);
  });

  test("a group's client keeps its own authority, but has to know the machines' new one", () => {
    const group = stateWith(
      both,
      provenHost("web-1", 2, 1),
      provenHost("web-2", 2, 1),
      clientOf("carol@guests", "guests"),
    );
    const issuer = "dockertls dockertls/prod guests CA g1";
    expect(heldUp({ carol: [written("new", { issuer })] }, group)).toEqual([]);
    expect(heldUp({ carol: [written("old", { issuer })] }, group)).toHaveLength(1);
  });

  test("where no client has a name, somebody connects by the output that nobody keeps a record of", () => {
    const nameless = stateWith(both, provenHost("web-1", 2, 1), provenHost("web-2", 2, 1));
    expect(heldUp({}, nameless)).toEqual([
      expect.stringMatching(/^clientBundle: the stack names no clients/),
    ]);
    expect(heldUp({}, nameless, { cutOff: ["clientBundle"] })).toEqual([]);
  });

  test("a machine that is in maintenance, or was not proven", () => {
    const configured = configuration(rotation(3), {
      "web-2": machine({ address: "10.0.0.5", maintenance: "a disk" }),
    });
    const maintained = stateWith(
      both,
      provenHost("web-1", 2, 1, { problems: ["web-1: alert"] }),
      provenHost("web-2", 1, undefined, { maintenance: true }),
      clients,
    );
    expect(heldUp(fresh, maintained, {}, configured)).toEqual([
      "web-1: it was not proven at the last look (web-1: alert)",
      "web-2: it is in maintenance, and knows the old authority alone",
    ]);
  });

  test("is there as well when the file asks for phase 4 already, as long as no machine has come to it", () => {
    const asked = configuration({ generation: 2 });
    expect(heldUp({ alice: [written("new")] }, overlap, {}, asked)).toEqual([
      "ci: no bundle of it was written on this machine",
    ]);
    expect(heldUp({ alice: [written("new")] }, dropped, {}, asked)).toEqual([]);
  });
});

describe("back", () => {
  test.each([1, 2, 3])("from phase %d to the generation that it came from", (phase) => {
    const exported = phase === 1 ? minted : overlap;
    expect(backStep(factsOf(configuration(rotation(phase)), exported))).toMatchObject({
      ...{ kind: "back", asked: { generation: 1, rotation: undefined } },
    });
  });

  test("goes on when it was killed, and there is none after phase 4", () => {
    const killed = factsOf(configuration({}), half);
    expect(backStep(killed)).toMatchObject({ kind: "back", asked: { generation: 1 } });
    expect(backStep(factsOf(configuration({ generation: 2 }), over))).toMatchObject({
      what: "no rotation is under way",
    });
  });

  test("the number of a generation that was taken back is not used again", () => {
    const facts = factsOf(configuration({}), before, { alice: [written("new")] });
    expect(next(facts).asked).toEqual({ generation: 3, rotation: { from: 1, phase: 1 } });
  });
});

test("--now takes a generation that nobody has, in the middle of a rotation as well; and goes on with its own", () => {
  const now = (configured: Configuration, exported: Exported): Asked => {
    const facts = factsOf(configured, exported);
    return nowStep(facts, facts.fresh).asked;
  };
  expect(now(configuration({}), before)).toEqual({ generation: 2, rotation: undefined });
  expect(now(configuration(rotation(3)), overlap)).toEqual({ generation: 3, rotation: undefined });
  expect(now(configuration({ generation: 2 }), dropped).generation).toBe(3);
  const begun = stateWith(both, provenHost("web-1", 2), provenHost("web-2", 1), clients);
  expect(now(configuration({ generation: 2 }), begun).generation).toBe(2);
});

describe("an authority of one's own", () => {
  const given = (generation: 1 | 2): object => ({
    certificatePem: authorities[generation].certificate,
    privateKeyPem: authorities[generation].privateKey,
  });
  const own = { authority: given(2), previousAuthority: given(1) };
  const brought = ["authority", "previousAuthority"] as const;
  // The state knows nothing of what was made elsewhere.
  const exported = (shows: 1 | 2, former?: number): Exported =>
    stateWith(provenHost("web-1", shows, former), provenHost("web-2", shows, former), clients);
  const walked = (phase: number, state: Exported, bundles = fresh): Step =>
    next(factsOf(configuration({ ...rotation(phase), ...own }), state, bundles, { brought }));

  test("a rotation that a person has begun is gone on with, gate by gate", () => {
    const to = { generation: 2, rotation: { from: 1 } };
    expect(walked(1, exported(1, 1))).toMatchObject({ kind: 2, asked: to, heldUp: [] });
    expect(walked(2, exported(1, 1))).toMatchObject({ kind: "finish" });
    expect(walked(2, exported(2, 1))).toMatchObject({ kind: 3, asked: to, heldUp: [] });
    expect(walked(3, exported(2, 1))).toMatchObject({
      ...{ kind: 4, heldUp: [], asked: { generation: 2, rotation: undefined } },
    });
    const late = walked(3, exported(2, 1), { ...fresh, ci: [written("old")] });
    expect(late.heldUp).toMatchObject([{ who: "ci" }]);
  });

  test("from one that was made here, and to one that is made here", () => {
    const here = stateWith(
      authorityOf(1, "ca-former"),
      provenHost("web-1", 2, 1),
      provenHost("web-2", 2, 1),
      clients,
    );
    const toOwn = configuration({ ...rotation(3), authority: given(2) });
    expect(next(factsOf(toOwn, here, fresh))).toMatchObject({ kind: 4, heldUp: [] });
    const fromOwn = configuration({ ...rotation(1), previousAuthority: given(1) });
    // There is none until the first `up`.
    expect(next(factsOf(fromOwn, exported(1), fresh))).toMatchObject({
      ...{ kind: "finish", unfinished: [expect.stringMatching(/generation 2 yet$/), {}, {}] },
    });
  });

  test("which one comes next is a person's to say: phase 1, --back and --now are", () => {
    const alone = configuration({ generation: 2, authority: given(2) });
    const facts = factsOf(alone, exported(2), fresh, { brought: ["authority"] });
    expect(next(facts)).toMatchObject({ kind: 1, heldUp: [{ who: "tls.authority" }] });
    const lines = planLines(rotationPlan(facts), { columns: 80, hasColour: false });
    expect(lines).toContain("         gate: every machine is proven, held up by");
    expect(() => {
      refuseOwnAuthority({ stack: "prod", brought }, "back");
    }).toThrow(/^stack prod: dockertls:tls\.authority: is an authority of your own; --back would /);
    expect(() => {
      refuseOwnAuthority({ stack: "prod", brought: [] }, "now");
    }).not.toThrow();
  });

  test("what is left of one after phase 4 comes out before another rotation", () => {
    const left = configuration({ generation: 2, previousAuthority: given(1) });
    const facts = factsOf(left, over, fresh, { brought: ["previousAuthority"] });
    const step = next(facts);
    expect(step).toMatchObject({ kind: 1, heldUp: [{ who: "tls.previousAuthority" }] });
    const done = { kind: 4, asked: facts.asked } as const;
    expect(closingLines(done, facts, step).slice(-3)).toEqual([
      "before another one",
      "  tls.previousAuthority  the rotation that it belongs to is over",
      "                         take it out of the configuration",
    ]);
  });

  test("one that can't be read is told as pulumi up does", () => {
    const lost = configuration({ authority: { ...given(2), certificatePem: "/no/such.pem" } });
    expect(() => broughtIn(lost)).toThrow(
      /^dockertls:tls\.authority\.certificatePem: "\/no\/such\.pem" can't be read \(\w+\); /,
    );
  });
});

describe("with renewals", () => {
  const moment = (host: string, day: string) => ({ host, at: new Date(`${day}T00:00:00Z`) });
  const renewals = {
    first: moment("web-2", "2027-01-26"),
    last: moment("web-1", "2027-01-29"),
    tooLate: undefined,
  };

  test("machines wait for the last of them", () => {
    const facts = factsOf(configuration(rotation(1)), minted, {}, { renewals });
    expect(next(facts).heldUp).toMatchObject([
      { who: "renewals", why: "the last, that of web-1, is due on 2027-01-29" },
    ]);
    expect(next({ ...facts, now: new Date("2027-01-29T01:00:00Z") }).heldUp).toEqual([]);
  });

  test("the plan names both days: the second is two thirds of a certificate's life later", () => {
    const plan = rotationPlan(factsOf(configuration({}), before, {}, { renewals }));
    const [, machines, , drop] = plan.phases.map(({ notBefore }) => notBefore);
    expect(machines).toBe("2027-01-29");
    const days = (Date.parse(drop ?? "") - Date.parse("2027-01-29")) / 86_400_000;
    expect(days).toBeGreaterThan(54);
    expect(days).toBeLessThan(66);
    expect(planLines(plan, { columns: 80, hasColour: false }).join("\n")).toMatch(
      /Run no `pulumi up` from 2027-01-26\n? +on/,
    );
  });

  test("certificates that end before others are due can't be waited for", () => {
    const tooLate = "they are too far apart: web-2's certificate ends on 2027-01-20";
    const facts = factsOf(
      configuration(rotation(1)),
      minted,
      {},
      { renewals: { ...renewals, tooLate } },
    );
    expect(next(facts).heldUp).toEqual([
      { who: "renewals", why: tooLate, fix: "go without --with-renewals" },
    ]);
  });
});

test("the status for a person, on 80 columns", () => {
  const facts = factsOf(configuration(rotation(3)), overlap, {
    alice: [written("new")],
    ci: [written("old")],
  });
  expect(
    statusLines(statusOf(facts, next(facts), null), { columns: 80, hasColour: false }).join("\n"),
  ).toBe(`stack prod: from generation 1 to 2, phase 3 of 4: bundles are handed out

HOST   SHOWS    TRUSTS   PROVEN
web-1  2, by 1  1 and 2  yes
web-2  2, by 1  1 and 2  yes

CLIENT  ISSUER        BUNDLE
alice   generation 2  new: secret for CI, since 2026-10-01 12:00
ci      generation 2  old: secret for CI, since 2026-10-01 12:00

next: phase 4, one restart of each dockerd, held up by
  ci  its secret for CI is from 2026-10-01, before the rotation
      npm run --silent client -- ci --stack prod --ci`);
});

test("the plan names waves, gates, and what is done", () => {
  const facts = factsOf(
    configuration(rotation(1), {
      "web-3": machine({ address: "10.0.0.6" }),
      "web-4": machine({ address: "10.0.0.7" }),
    }),
    minted,
  );
  const lines = planLines(rotationPlan(facts)).join("\n");
  expect(lines).toContain("phase 1  done\n");
  expect(lines).toContain(
    "dockerd restarts:\n           wave 1: web-1\n           wave 2: web-2, web-3, web-4\n",
  );
  expect(lines).toContain("           ci: no bundle of it was written on this machine\n");
});

test("after the last phase, who still comes, in plain words", () => {
  const facts = factsOf(configuration({ generation: 2 }), over, fresh);
  const failed = [
    { address: "192.0.2.77", count: 312, reason: "remote error: tls: bad certificate" },
  ];
  const status = statusOf(facts, next(facts), [
    { host: "web-1", failed, unknown: "" },
    { host: "web-2", failed: null, unknown: "web-2: ssh: unreachable" },
  ]);
  expect(statusLines(status).join("\n")).toContain(
    "web-1  192.0.2.77  312 times: it does not trust the machine: its ca.pem is old\nweb-2  not known   web-2: ssh: unreachable\n",
  );
});
