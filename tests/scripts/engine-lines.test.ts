// What of the engine's lines is left out off a terminal, as Pulumi 3.255 prints them.
import { isNoise, printsNoise } from "../../scripts/engine-lines.ts";

test.each([
  ["    dockertls:index:Host b1 running ", true],
  ["    pulumi:pulumi:Stack dockertls-dev  ", true],
  [" ~  dockertls-host:index:HostState b1-state refreshing (0s)", true],
  [" ~  dockertls-host:index:HostState b1-state updated (0.6s) [diff: ~drift]", false],
  ["    dockertls-host:index:HostState (b1-state):", false],
  ["      warning: drift: daemon.json: debug: expected true, found false", false],
  ["Resources:", false],
  ["    21 unchanged", false],
])("%j: %j", (line, noise) => {
  expect(isNoise(line)).toBe(noise);
});

test.each([
  [["preview"], true],
  [["up", "--yes"], true],
  [["preview", "--json"], false],
  [["stack", "output"], false],
])("%j: %j", (args, noise) => {
  expect(printsNoise(args)).toBe(noise);
});
