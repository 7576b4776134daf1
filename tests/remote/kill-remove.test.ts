// A removal that is killed at any step: see kill-first-apply.
import type { Act } from "../support/captured-steps.ts";
import { testKills } from "../support/killed-runs.ts";

const remove: Act = (machine, inserted) => machine.remove(undefined, { inserted });

await testKills({ name: "remove", prepare: [{}], act: remove, next: {} });
await testKills({
  name: "remove from a state without live-restore, where dockerd makes its socket and systemd holds the port",
  prepare: [
    {
      liveRestore: false,
      directory: "/srv/tls",
      socket: "/var/run/docker.sock",
      bySocket: true,
    },
  ],
  act: remove,
  next: { directory: "/srv/other" },
  brief: true,
});
