// An apply that is killed at any step, by a lost power supply or an impatient person, costs nothing:
// no container, no file, no readable key; and the next run, whichever it is, finishes.
import { testKills } from "../support/killed-runs.ts";

const moved = {
  directory: "/srv/tls/docker",
  port: 2377,
  key: "PRIVATE KEY TWO\n",
  certificate: "CERTIFICATE TWO\n",
};

await testKills({
  name: "first apply",
  prepare: [],
  act: (machine, inserted) => machine.apply({ health: {} }, { inserted }),
  next: {},
  different: moved,
});
