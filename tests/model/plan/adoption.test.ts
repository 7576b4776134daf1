import { describeAdoption } from "../../../components/model/plan/adoption.ts";
import { baselineFrom, desiredHost } from "../../support/machine-answer.ts";

const daemon = {
  "registry-mirrors": ["https://mirror.gcr.io"],
  "log-opts": { "max-file": "3", tag: null },
  debug: true,
};
const theirs = {
  "registry-mirrors": ["https://geheim@mirror"],
  "log-opts": { "max-file": "5", "max-size": "7m", tag: "x" },
  labels: ["geheim"],
  debug: true,
};
const saidOf = (base: object | string, changes: object = {}): string =>
  describeAdoption(
    desiredHost({ daemon, ...changes }),
    baselineFrom(typeof base === "string" ? base : JSON.stringify(base)),
  );

test.each([
  ["of no file", "", {}, ""],
  ["of a file that says the same", { debug: true }, {}, ""],
  [
    "of others' settings",
    theirs,
    {},
    "; replaces log-opts.max-file, registry-mirrors; takes out log-opts.tag; keeps labels, log-opts.max-size",
  ],
  [
    "where all that is not named is taken out",
    theirs,
    { unmanaged: "remove" },
    "; replaces log-opts.max-file, registry-mirrors; takes out labels, log-opts.max-size, log-opts.tag",
  ],
  [
    "where the settings are a secret",
    { "log-opts": { "max-file": "5" } },
    { daemonIsSecret: true },
    "; replaces log-opts",
  ],
  [
    "of where dockerd has listened so far",
    { hosts: ["tcp://0.0.0.0:2375"], tlsverify: false },
    {},
    "; replaces hosts, tlsverify",
  ],
])("%s", (_case, base, changes, line) => {
  expect(saidOf(base, changes)).toBe(line);
});

test("few names, and short ones, none of which a terminal would obey", () => {
  const names = Array.from({ length: 1000 }, (_, at) => [
    `k\u202e\n${String(at)}${"x".repeat(500)}`,
    1,
  ]);
  const line = saidOf(Object.fromEntries(names) as object);
  expect(line.length).toBeLessThan(600);
  expect(line).toMatch(/^; keeps k .* and 992 more$/);
  expect(line).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
});
