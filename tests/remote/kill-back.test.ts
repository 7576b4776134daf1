// A way back that is killed at any step, after a refused start or reload: see kill-first-apply.
import type { Act } from "../support/captured-steps.ts";
import { testKills } from "../support/killed-runs.ts";

const refused: Act = (machine, inserted) =>
  machine.apply({ keys: { "log-driver": "ftp://x" } }, { inserted });

const brokenByDebug = {
  command: `! grep -q '"debug": true' "$DOCKERTLS_ROOT/etc/docker/daemon.json"`,
};

await testKills({
  name: "rollback to the machine's own state",
  prepare: [],
  act: refused,
  brief: true,
  next: {},
});
await testKills({
  name: "rollback to a state of ours without live-restore",
  prepare: [{ liveRestore: false }],
  act: refused,
  brief: true,
  next: { liveRestore: false },
});
await testKills({
  name: "rollback of what a health check fails on, without live-restore",
  prepare: [{ liveRestore: false }],
  act: (machine, inserted) =>
    machine.apply(
      { keys: { debug: true }, liveRestore: false, port: 2377, health: brokenByDebug },
      { inserted },
    ),
  next: { liveRestore: false, health: brokenByDebug },
  brief: true,
});
await testKills({
  name: "rollback of a reload",
  prepare: [{}],
  act: (machine, inserted) =>
    machine.apply({ keys: { "registry-mirrors": ["ftp://x"] } }, { inserted }),
  next: {},
  brief: true,
});
