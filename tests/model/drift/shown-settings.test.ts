import { foundSettings, wantedSettings } from "../../../components/model/drift/shown-settings.ts";
import { desiredHost, plainHost } from "../../support/machine-answer.ts";

const desired = desiredHost({
  daemon: { labels: ["a=b"], "log-opts": { "max-size": "10m", token: "ours" } },
});
const shown = (text: string): Record<string, unknown> =>
  JSON.parse(text) as Record<string, unknown>;

test("values are shown of keys that the configuration names, names of all others", () => {
  const text = JSON.stringify({
    labels: ["c=d"],
    mtu: 1400,
    proxies: { "http-proxy": "http://u:geheim@proxy" },
    tlsverify: true,
  });
  const found = foundSettings(text, desired);
  expect(shown(found)).toEqual({
    labels: ["c=d"],
    mtu: "(not this stack's)",
    proxies: "(not this stack's)",
    tlsverify: true,
  });
  expect(wantedSettings(text, desired, {})).toBe(found);
});

test("what somebody put under a key of ours may be a password", () => {
  const text = JSON.stringify({
    "log-opts": { "max-size": "10m", token: "geheim" },
    labels: ["http://u:geheim@x"],
  });
  expect(shown(foundSettings(text, desired))).toEqual({
    "log-opts": { "max-size": "10m", token: "***" },
    labels: ["http://***@x"],
  });
});

test("a member of others in a map of ours is named, and looks the same before and after", () => {
  const text = JSON.stringify({
    "log-opts": { "max-size": "10m", token: "ours", theirs: "geheim" },
  });
  const found = foundSettings(text, desired);
  expect(shown(found)).toEqual({
    "log-opts": { "max-size": "10m", token: "ours", theirs: "(not this stack's)" },
  });
  expect(wantedSettings(text, desired, desired.daemon)).toBe(found);
  const secret = desiredHost({ daemon: desired.daemon, daemonIsSecret: true });
  expect(shown(foundSettings(text, secret))).toEqual({ "log-opts": "(secret)" });
  expect(shown(wantedSettings(text, secret, desired.daemon))).toEqual({ "log-opts": "(secret)" });
});

test("a secret of the stack is shown as one, and whether it is another one", () => {
  const secret = desiredHost({ daemon: { labels: ["geheim"] }, daemonIsSecret: true });
  const text = (label: string): string => JSON.stringify({ labels: [label] });
  expect(shown(foundSettings(text("geheim"), secret))).toEqual({ labels: "(secret)" });
  expect(shown(foundSettings(text("anderes"), secret))).toEqual({ labels: "(another secret)" });
  const wanted = (before: object): unknown =>
    shown(wantedSettings(text("geheim"), secret, { ...before }));
  expect(wanted({ labels: ["geheim"] })).toEqual({ labels: "(secret)" });
  expect(wanted({ labels: ["anderes"] })).toEqual({ labels: "(another secret)" });
});

test("keys that must not be there, a file that is broken, one that is absent, one that means harm", () => {
  expect(shown(foundSettings('{"tlscert": "/x"}', plainHost()))).toEqual({ tlscert: "/x" });
  for (const text of ["", "{", "[".repeat(10_000)]) expect(foundSettings(text, desired)).toBe("{}");
  const keys = Array.from({ length: 1000 }, (_, at) => [`key\u202e\n${String(at)}`, 1]);
  const long = foundSettings(JSON.stringify(Object.fromEntries(keys)), desired);
  expect(long.length).toBeLessThan(4100);
  expect(long).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
});
