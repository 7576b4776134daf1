import {
  flagsOf,
  keepsContainers,
  withoutRepeated,
} from "../../../components/model/systemd/dockerd-flags.ts";
import { wordsOf } from "../../../components/model/systemd/words.ts";
import type { DaemonSettings } from "../../../components/model/daemon-json/keys.ts";

test.each([
  ["  dockerd   --debug ", ["dockerd", "--debug"]],
  [`dockerd --label "a=b c" 'd e'`, ["dockerd", "--label", "a=b c", "d e"]],
  [`dockerd --host="unix:///a b"`, ["dockerd", "--host=unix:///a b"]],
  [String.raw`dockerd a\ b "c\"d"`, ["dockerd", "a b", 'c"d']],
  ['dockerd "unended', ["dockerd", '"unended']],
  ["", []],
])("words of %s", (command, words) => {
  expect(wordsOf(command).map(({ text }) => text)).toEqual(words);
});

test.each<[string, [string, string | undefined][]]>([
  ["-H fd:// -Hfd:// -H=fd://", [["host", "fd://"] as const, ["host", "fd://"], ["host", "fd://"]]],
  [
    "--debug -D --live-restore=false x",
    [
      ["debug", undefined],
      ["debug", undefined],
      ["live-restore", "false"],
    ],
  ],
  [
    "--label a=b --label=c=d",
    [
      ["label", "a=b"],
      ["label", "c=d"],
    ],
  ],
  [
    "--not-known value --debug",
    [
      ["not-known", "value"],
      ["debug", undefined],
    ],
  ],
  [
    "--not-known --debug",
    [
      ["not-known", undefined],
      ["debug", undefined],
    ],
  ],
  // A value may look like a flag: it is none.
  ["--log-level --debug", [["log-level", "--debug"]]],
  ["stray $DOCKER_OPTS -- --debug", []],
])("flags of %s", (words, flags) => {
  const found = flagsOf(["dockerd", ...words.split(" ")]);
  expect(found.map(({ name, value }) => [name, value])).toEqual(flags);
});

test.each<[string, DaemonSettings, string]>([
  ["--live-restore --debug", { "live-restore": true }, "--debug"],
  ["--live-restore=1 -D=true --mtu 1400", { "live-restore": true, debug: true, mtu: 1400 }, ""],
  ["--live-restore=false", { "live-restore": true }, "--live-restore=false"],
  ["--label a=b --mtu 1400 --label c=d", { labels: ["a=b", "c=d"] }, "--mtu 1400"],
  // Half of what the file will say: leaving it out would lose nothing, but keeping it silent might.
  ["--label a=b", { labels: ["a=b", "c=d"] }, "--label a=b"],
  [
    "--log-opt max-size=7m --log-opt max-file=3",
    { "log-opts": { "max-file": "3", "max-size": "7m" } },
    "",
  ],
  ["--log-opt max-size=7m", { "log-opts": { "max-size": "8m" } }, "--log-opt max-size=7m"],
  ["--add-runtime a=/b", { runtimes: { a: { path: "/b" } } }, "--add-runtime a=/b"],
  ["--debug", {}, "--debug"],
])("%s, and %j in daemon.json: %s is left", (flags, settings, left) => {
  expect(withoutRepeated(`/usr/bin/dockerd ${flags}`, settings)).toBe(
    `/usr/bin/dockerd ${left}`.trim(),
  );
});

test.each<[string, DaemonSettings, boolean]>([
  ["--live-restore", {}, true],
  ["--live-restore=false", {}, false],
  ["", {}, false],
  ["", { "live-restore": true }, true],
  ["", { "live-restore": false }, false],
])("dockerd %s with %j leaves containers alone: %s", (flags, settings, keeps) => {
  expect(keepsContainers(`dockerd ${flags}`, settings)).toBe(keeps);
});
