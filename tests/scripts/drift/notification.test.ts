// What a chat is told: counts and names, and nothing that a machine has said.
import { messageOf } from "../../../scripts/drift/notification.ts";
import {
  driftReport,
  failedStack,
  type HostReport,
  type HostState,
  type StackReport,
} from "../../../scripts/drift/report.ts";

const host = (name: string, state: HostState): HostReport => ({
  host: name,
  state,
  drift: state === "drift" ? ["labels: expected a=hunter2, found b"] : [],
  problems: state === "in sync" ? [] : ["said by the machine"],
  findings: [],
});

function stack(
  name: string,
  outcome: StackReport["outcome"],
  hosts: readonly HostReport[],
): StackReport {
  return { stack: name, outcome, errors: [], hosts };
}

// proves: drift.notify
test("a line for each thing to tell, by counts and names", () => {
  const prod = stack("prod", "drift", [
    host("web-1", "drift"),
    host("web-2", "drift"),
    host("web-3", "in sync"),
    host("db", "blocked"),
    host("far", "unreachable"),
    host("fw", "unproven"),
    host("new", "unknown"),
    host("lab", "in maintenance"),
  ]);
  const report = driftReport([
    stack("dev", "in sync", [host("b1", "in sync")]),
    prod,
    failedStack("old", "stack old: error: https://user:hunter2@backend; …"),
  ]);

  expect(messageOf(report)?.split("\n")).toEqual([
    "dockertls: stack prod: drift",
    "- 2 drifted: web-1, web-2",
    "- 1 refused (fix by hand before `pulumi up`): db",
    "- 1 unreachable: far",
    "- 1 not proven from here: fw",
    "- 1 never converged by this version: new",
    "- 1 in maintenance: lab",
    "- 1 in sync",
    "dockertls: could not look at stack old; see `npm run drift -- --stack old`",
    "1 other stack in sync",
  ]);
});

test("machines that could not be looked at are told as that, and not as drift", () => {
  const report = driftReport([stack("prod", "could not tell", [host("far", "unreachable")])]);
  expect(messageOf(report)).toBe(
    "dockertls: stack prod: could not tell whether it has drifted\n- 1 unreachable: far",
  );
});

test.each([
  ["in sync", [host("a", "in sync")]],
  ["in maintenance", [host("a", "in maintenance")]],
  ["with findings alone", [{ ...host("a", "in sync"), findings: ["port 2375: …"] }]],
  ["without a machine", []],
])("nobody is told of a stack that is %s", (_case, hosts) => {
  expect(messageOf(driftReport([stack("prod", "in sync", hosts)]))).toBeUndefined();
});

test("it stays short, whatever the number of machines and stacks", () => {
  const many = (name: string) =>
    stack(
      name,
      "drift",
      Array.from({ length: 200 }, (_, at) => host(`machine-${String(at)}`, "drift")),
    );
  expect(messageOf(driftReport([many("prod")]))).toMatch(/machine-9, and 190 more$/);

  const message = messageOf(
    driftReport(Array.from({ length: 100 }, (_, at) => many(`stack-${String(at)}`))),
  );
  expect(message?.length).toBeLessThanOrEqual(2000);
  expect(message).toMatch(
    /and 190 more\n… more in `npm run drift`$|drift\n… more in `npm run drift`$/,
  );
});
