// What is read out of the engine's events.
import {
  changesIn,
  inTheWay,
  isDue,
  reasonsIn,
  unproven,
} from "../../../scripts/rollout/changes.ts";
import { stepOf } from "../../../scripts/rollout/steps.ts";
import { changeLines } from "../../../scripts/rollout/text.ts";
import {
  convergeOf,
  counted,
  looked,
  objected,
  proofOf,
  said,
  stateVersions,
  turnOf,
} from "../../support/engine-events.ts";

const changes = (...events: Parameters<typeof changesIn>[0]) => changesIn(events, stateVersions);

test("a machine is told by how it was found and what is done to it", () => {
  const found = changes(
    ...looked("web-1", { drift: ["a: expected 1, found 2"] }),
    ...looked("web-2", { findings: ["clock: off"] }),
    said("web-1", "info", "impact: restart: a listener"),
    said("web-2", "info", "impact at 192.0.2.7: nothing is restored: it stays converged"),
    turnOf("create", "web-3"),
    said("web-3", "info", "impact: restart: the machine is not converged yet"),
    convergeOf("replace", "web-1"),
    objected("advisory", "live-restore", "It is on.\nweb-3: is off"),
    counted({ same: 20, create: 9, replace: 1, read: 1 }),
  );
  expect(found).toMatchObject({
    hosts: [
      { host: "web-1", state: "drift", effect: "restart", impact: ["restart: a listener"] },
      { host: "web-2", state: "in sync", effect: "nothing", findings: ["clock: off"] },
      { host: "web-3", state: "new", effect: "restart" },
    ],
    resources: { create: 9, replace: 1 },
    replaced: ["web-1-converge"],
    policies: ["advisory: live-restore: web-3: is off"],
  });
  expect(isDue(found)).toBe(true);
  expect(changeLines("prod", found)).toEqual([
    "prod: 3 machines, dockerd restarts on 2; resources: 9 created, 1 replaced (replaced: web-1-converge)",
    "  web-1  restart  restart: a listener",
    "  web-1  drift    a: expected 1, found 2",
    "  web-2  nothing  nothing is restored: it stays converged",
    "  web-2  finding  clock: off",
    "  web-3  new      restart: the machine is not converged yet",
    "  policy  advisory: live-restore: web-3: is off",
  ]);
});

test("nothing to do is no change, and proves nothing by itself", () => {
  const calm = changes(...looked("a"), counted({ same: 23 }));
  expect([isDue(calm), unproven(calm)]).toEqual([false, []]);
  const away = changes(
    ...looked("a", { unreachable: "a: ssh: no way" }),
    ...looked("b", {}, ["tcp: no way"]),
    counted({ same: 23 }),
  );
  expect(isDue(away)).toBe(false);
  expect(unproven(away)).toEqual(["a: ssh: no way", "b: tcp: no way"]);
  expect(inTheWay(away)).toEqual(["a: ssh: no way"]);
});

test("a machine that leaves the stack is told so, and is in nobody's way", () => {
  const left = changes(
    ...looked("a"),
    ...looked("b"),
    turnOf("delete", "b"),
    said("b", "info", "impact: restart: the machine is restored"),
    counted({ same: 12, delete: 8 }),
  );
  expect(left.hosts).toMatchObject([
    { host: "a" },
    { host: "b", state: "removed", effect: "restart" },
  ]);
  expect(unproven(left)).toEqual([]);
});

test("many machines that stay as they are get one line", () => {
  const names = Array.from({ length: 9 }, (_, at) => `web-${String(at + 1)}`);
  const many = changes(
    ...names.flatMap((name) => looked(name)),
    said("web-1", "info", "impact: reload: labels"),
    counted({ same: 200, update: 2 }),
  );
  expect(changeLines("prod", many)).toEqual([
    "prod: 9 machines, dockerd reloads on 1; resources: 2 updated",
    "  web-1     reload   reload: labels",
    "  8 others  nothing",
  ]);
});

test("an error is told in the program's own line, where there is one", () => {
  const events = [
    said("a", "debug", "-----BEGIN PRIVATE KEY-----"),
    said(
      "a",
      "error",
      'Process exited with status 10: running "exec sh"\n<{%reset%}>a: docker.service: is masked; nothing was touched; run `systemctl unmask`<{%reset%}>',
    ),
    said("a", "error", "update failed"),
  ];
  expect(reasonsIn(events)).toEqual([
    "a: docker.service: is masked; nothing was touched; run `systemctl unmask`",
  ]);
  expect(reasonsIn([said("a", "error", "daemon: does not start; rolled back; see why")])).toEqual([
    "a: daemon: does not start; rolled back; see why",
  ]);
  expect(reasonsIn([said("a", "error", "update failed")])).toEqual(["update failed"]);
  expect(reasonsIn([])).toEqual([]);
});

test("an event says how far a machine is", () => {
  expect(
    [...looked("a"), convergeOf("update", "a"), convergeOf("same", "a"), proofOf("same", "a")].map(
      stepOf,
    ),
  ).toEqual([
    undefined,
    { host: "a", step: "looking" },
    undefined,
    undefined,
    { host: "a", step: "changing" },
    undefined,
    { host: "a", step: "done" },
  ]);
});
