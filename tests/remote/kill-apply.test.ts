// An apply on a machine that is ours already, killed at any step: see kill-first-apply.
import { testKills } from "../support/killed-runs.ts";

const moved = {
  directory: "/srv/tls/docker",
  port: 2377,
  key: "PRIVATE KEY TWO\n",
  certificate: "CERTIFICATE TWO\n",
};

const held = { ...moved, liveRestore: false, bySocket: true };

const open = { plain: true, byCommandLine: true, socket: "/run/docker/api.sock" };

await testKills({
  name: "apply to another directory and a socket unit, live-restore and dockerd's own socket no longer wanted",
  prepare: [{ socket: "/var/run/docker.sock" }],
  act: (machine, inserted) => machine.apply(held, { inserted }),
  next: held,
  brief: true,
});

await testKills({
  name: "apply from TLS to plain TCP by flags, with a socket elsewhere",
  prepare: [{}],
  act: (machine, inserted) => machine.apply(open, { inserted }),
  next: open,
  different: { socket: "/run/docker/third.sock" },
  brief: true,
});

await testKills({
  name: "apply of keys that a reload takes up",
  prepare: [{}],
  act: (machine, inserted) =>
    machine.apply({ keys: { debug: true }, liveRestore: false }, { inserted }),
  next: { keys: { debug: true }, liveRestore: false },
  brief: true,
});
