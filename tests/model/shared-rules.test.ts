// The rules that the script on the machine has as well: see tests/support/shared-rules.ts.
import { hidingProblem } from "../../components/model/preconditions/containers.ts";
import { daemonChange } from "../../components/model/daemon-json/change.ts";
import { mergeSettings, readSettings } from "../../components/model/daemon-json/merge.ts";
import { drift } from "../../components/model/drift/drift.ts";
import { keepsContainers } from "../../components/model/systemd/dockerd-flags.ts";
import {
  convergedMachine,
  baselineFrom,
  desiredHost,
  factsOf,
  freshMachine,
  infoOf,
} from "../support/machine-answer.ts";
import {
  daemonChanges,
  daemonJsonModes,
  infoBeforeMoves,
  liveRestoreTexts,
  plainPaths,
  storageMoves,
} from "../support/shared-rules.ts";
import { linesOf, machine } from "../support/stack-configuration.ts";

test.each(plainPaths)("%j is a plain path: %s", (directory, isPlain) => {
  const lines = linesOf({ hosts: { b1: machine() }, tls: { directory } });
  expect(lines.length === 0).toBe(isPlain);
});

test.each(daemonChanges)("%s: %j, then %j: %s", (_what, before, after, effect) => {
  expect(daemonChange(before, after).effect).toBe(effect);
});

test.each(liveRestoreTexts)("%j has live-restore on: %s", (text, isOn) => {
  expect(keepsContainers("/usr/bin/dockerd", readSettings(text))).toBe(isOn);
});

test.each(storageMoves)("%s", (_what, info, found, daemon, moved) => {
  const root = daemon["data-root"];
  const facts = factsOf(
    freshMachine({
      docker_info: infoOf({ ...infoBeforeMoves, ...info }),
      daemon_json_kind: "file\n",
      daemon_json: mergeSettings("", found),
      data_root_by_default: Object.hasOwn(found, "data-root") ? "/var/lib/docker\n" : undefined,
      data_root: typeof root === "string" ? `${root}\n` : undefined,
    }),
  );
  const problem = hidingProblem(
    facts,
    desiredHost({ daemon }),
    baselineFrom(mergeSettings("", found)),
  );
  expect(problem === undefined).toBe(moved.length === 0);
  for (const key of moved) expect(problem?.why).toContain(key);
});

test.each(daemonJsonModes)(
  "a secret: %s; daemon.json was %s and is %s: too open: %s",
  (daemonIsSecret, original, present, isOpen) => {
    const stat = (text: string): string => `${text.replace(" ", " 0 ")}\n`;
    const desired = desiredHost({ daemonIsSecret });
    const changes = { daemon_json_stat: stat(present), original_stat: stat(original) };
    const facts = factsOf(convergedMachine(desired, "{}\n", changes));
    const lines = drift(facts, desired, baselineFrom("{}\n"));
    expect(lines.some((line) => line.startsWith("/etc/docker/daemon.json: "))).toBe(isOpen);
  },
);
