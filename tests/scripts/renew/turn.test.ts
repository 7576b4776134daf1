// The turn of one stack, on an engine that the test plays.
import type { EngineEvent } from "@pulumi/pulumi/automation/events.js";
import { messageOf } from "../../../scripts/renew/notification.ts";
import {
  exitCodes,
  renewReport,
  resultLines,
  type StackResult,
} from "../../../scripts/renew/report.ts";
import { renew, type Renewing } from "../../../scripts/renew/turn.ts";
import { looked, said, stateVersions, turnOf } from "../../support/engine-events.ts";

const urn =
  "urn:pulumi:prod::dockertls::dockertls:index:Fleet$tls:index/locallySignedCert:LocallySignedCert::b1-server";
const due = {
  resourcePreEvent: {
    metadata: {
      ...{ op: "replace", urn, type: "tls:index/locallySignedCert:LocallySignedCert" },
      old: {
        parent: "urn:pulumi:prod::dockertls::dockertls:index:ServerCertificate::b1-server",
        inputs: {},
        outputs: { validityEndTime: "2000-01-01T00:00:00Z" },
      },
      new: { inputs: {} },
    },
  },
} as unknown as EngineEvent;
const restart = said("b1", "info", "impact: restart: server certificate");

async function turn(
  events: readonly EngineEvent[],
  changes: Partial<Renewing> = {},
  errors: { readonly preview?: string; readonly up?: string } = {},
): Promise<StackResult & { readonly asked: readonly string[] }> {
  const asked: string[] = [];
  const answer = (what: "preview" | "up") => () => {
    asked.push(what);
    const error = errors[what];
    return Promise.resolve({ events, errors: error === undefined ? [] : [error] });
  };
  const result = await renew("prod", {
    engines: { preview: answer("preview"), up: answer("up") },
    ...{ versions: stateVersions, now: Date.now, release: () => "one" },
    ...{ confirm: () => Promise.resolve(true), interrupted: () => false },
    ...changes,
  });
  return { ...result, asked };
}

test("what is due is renewed, and said in a line", async () => {
  const result = await turn([...looked("b1"), due, restart]);
  expect(result).toMatchObject({ outcome: "renewed", asked: ["preview", "up"] });
  expect(resultLines(result)).toEqual([
    "prod: renewed machine b1; dockerd restarted on b1, and every machine is proven; 0 s",
  ]);
  expect([exitCodes.renewed, messageOf(renewReport([result]))]).toEqual([0, undefined]);
});

test.each<[string, readonly EngineEvent[]]>([
  ["nothing changes", looked("b1")],
  ["only something else does", [...looked("b1"), turnOf("create", "b2")]],
])("nothing is due where %s: one line, and no up", async (_case, events) => {
  const result = await turn(events);
  expect(result).toMatchObject({ outcome: "nothing due", asked: ["preview"] });
  expect(resultLines(result)).toEqual(["prod: no certificate is due"]);
});

test("something else beside it stops it; what it is stands below, and a chat gets the number", async () => {
  const result = await turn([...looked("b1"), due, turnOf("create", "b2"), turnOf("delete", "b3")]);
  expect(result).toMatchObject({ outcome: "stopped", asked: ["preview"] });
  expect(resultLines(result)).toEqual([
    "prod: stopped, and nothing was begun: the next `pulumi up` would do more than renew machine b1; see `npm run plan`, and run it yourself",
    "  b2: is created",
    "  b3: is deleted",
  ]);
  expect(messageOf(renewReport([result]))).toBe(
    "dockertls: stack prod: renewal stopped, 1 certificate due: 2 other changes wait for `pulumi up`; see `npm run renew -- --stack prod`",
  );
});

test("a machine that is away, or blocked, fails before anything is begun", async () => {
  const result = await turn([...looked("b1", { unreachable: "b1: ssh: no way" }), due]);
  expect(result).toMatchObject({
    outcome: "failed",
    asked: ["preview"],
    errors: ["b1: ssh: no way"],
  });
  expect(messageOf(renewReport([result]))).toBe(
    "dockertls: stack prod: renewal failed; see `npm run renew -- --stack prod`",
  );
});

test("a failure of the engine is one of ours", async () => {
  const events = [...looked("b1"), due];
  expect(await turn(events, {}, { preview: "x" })).toMatchObject({
    outcome: "failed",
    errors: ["x"],
  });
  const failed = await turn(events, {}, { up: "b1: dockerd: does not start" });
  expect(failed).toMatchObject({ outcome: "failed", asked: ["preview", "up"] });
  expect(resultLines(failed)).toEqual(["prod: failed", "  b1: dockerd: does not start"]);
});

test("what changes between the preview and the up is not rolled out", async () => {
  let times = 0;
  const release = (): string => String((times += 1));
  const result = await turn([...looked("b1"), due], { release });
  expect(result).toMatchObject({ outcome: "failed", asked: ["preview"] });
  expect(result.errors.join()).toMatch(/^project: has changed since the preview; /);
});

test("who says no, or interrupts it, is heard", async () => {
  const events = [...looked("b1"), due];
  const no = await turn(events, { confirm: () => Promise.resolve(false) });
  expect(no).toMatchObject({ outcome: "declined", asked: ["preview"] });
  const stopped = await turn(events, { interrupted: () => true });
  expect(stopped).toMatchObject({ outcome: "failed", asked: ["preview"] });
});

test("the worst of several stacks is the exit code", () => {
  const of = (...outcomes: StackResult["outcome"][]): number =>
    exitCodes[
      renewReport(
        outcomes.map((outcome) => ({
          ...{ stack: "x", outcome, renewals: [], restarts: [], others: [], errors: [] },
          seconds: 0,
        })),
      ).outcome
    ];
  expect([
    of(),
    of("nothing due", "renewed"),
    of("stopped", "renewed"),
    of("stopped", "failed"),
  ]).toEqual([0, 0, 2, 1]);
});

test("where another run had the stack when `up` began, it looks again before it renews, and asks once", async () => {
  const asked: string[] = [];
  const result = await turn([...looked("b1"), due, restart], {
    confirm: () => {
      asked.push("confirm");
      return Promise.resolve(true);
    },
    engines: {
      preview: () => {
        asked.push("preview");
        return Promise.resolve({ events: [...looked("b1"), due, restart], errors: [] });
      },
      up: () => {
        const isHeld = asked.filter((one) => one === "up").length < 2;
        asked.push("up");
        return Promise.resolve(
          isHeld
            ? { events: [], errors: ["stack prod: it is locked"], held: "waited for" as const }
            : { events: [], errors: [] },
        );
      },
    },
  });
  expect(asked).toEqual(["preview", "confirm", "up", "preview", "up", "preview", "up"]);
  expect(result.outcome).toBe("renewed");
});
