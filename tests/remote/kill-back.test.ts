// A way back that is killed at any step, after a refused start or in a removal: see kill-apply.
import type { Act } from "../support/captured-steps.ts";
import { testKills } from "../support/killed-runs.ts";

const refused: Act = (machine, inserted) =>
  machine.apply({ keys: { "log-driver": "ftp://x" } }, { inserted });
const remove: Act = (machine, inserted) => machine.remove(undefined, { inserted });

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
await testKills({ name: "remove", prepare: [{}], act: remove, next: {} });
await testKills({
  name: "remove from a state without live-restore",
  prepare: [{ liveRestore: false, directory: "/srv/tls" }],
  act: remove,
  next: { directory: "/srv/other" },
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
