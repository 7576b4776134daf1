import {
  jsonProblem,
  liveRestoreBridge,
  managedSettings,
  mergeSettings,
  readSettings,
  withoutManaged,
} from "../../../components/model/daemon-json/merge.ts";
import { canonical, equalJson } from "../../../components/model/json-value.ts";
import { tlsListener } from "../../support/machine-answer.ts";

const tls = tlsListener();

describe("managedSettings", () => {
  test("puts the API behind mutual TLS and keeps the local socket", () => {
    expect(managedSettings(tls, { "registry-mirrors": ["https://m.example"] }, ["fd://"])).toEqual({
      "live-restore": true,
      "registry-mirrors": ["https://m.example"],
      hosts: ["tcp://0.0.0.0:2376", "fd://"],
      tls: true,
      tlsverify: true,
      tlscacert: "/opt/docker-ssl/ca.pem",
      tlscert: "/opt/docker-ssl/cert.pem",
      tlskey: "/opt/docker-ssl/key.pem",
    });
  });

  test("live-restore is the configuration's to turn off; what makes TLS is not", () => {
    const settings = managedSettings(tls, { "live-restore": false, tlsverify: false, hosts: [] }, [
      "fd://",
    ]);
    expect(settings["live-restore"]).toBe(false);
    expect(settings["tlsverify"]).toBe(true);
    expect(settings["hosts"]).toEqual(["tcp://0.0.0.0:2376", "fd://"]);
  });
});

describe("jsonProblem", () => {
  test.each([
    ["", undefined],
    [" \r\n\t", undefined],
    ["{}", undefined],
    ['{"debug": true}\n', undefined],
    ["{", "line 1: CloseBraceExpected"],
    ['{\n  "a": 1,\n}\n', "line 3: PropertyNameExpected"],
    ['{\r\n  "a": 1\r\n  "b": 2\r\n}', "line 3: CommaExpected"],
    ['{"a": 1} // why', "line 1: InvalidCommentToken"],
    ["{} {}", "line 1: EndOfFileExpected"],
    ["[]", "it holds no JSON object"],
    ["null", "it holds no JSON object"],
    ['"text"', "it holds no JSON object"],
    ["hello", "line 1: InvalidSymbol"],
  ])("%j: %s", (text, problem) => {
    expect(jsonProblem(text)).toBe(problem);
  });
});

describe("mergeSettings", () => {
  test("an empty file becomes one of our settings only", () => {
    expect(mergeSettings("", { debug: true })).toBe('{\n  "debug": true\n}\n');
    expect(mergeSettings("  \n", { debug: true })).toBe('{\n  "debug": true\n}\n');
  });

  test("keeps tabs", () => {
    expect(mergeSettings('{\n\t"bip": "10.9.0.1/16"\n}\n', { debug: true })).toBe(
      '{\n\t"bip": "10.9.0.1/16",\n\t"debug": true\n}\n',
    );
  });

  test("keeps four spaces", () => {
    expect(mergeSettings('{\n    "bip": "10.9.0.1/16"\n}\n', { debug: true })).toBe(
      '{\n    "bip": "10.9.0.1/16",\n    "debug": true\n}\n',
    );
  });

  test("keeps CRLF: no line ends in a bare LF", () => {
    const merged = mergeSettings('{\r\n  "bip": "10.9.0.1/16"\r\n}\r\n', {
      debug: true,
      labels: ["a=b"],
    });
    expect(merged.replaceAll("\r\n", "")).not.toContain("\n");
    expect(readSettings(merged)).toEqual({ bip: "10.9.0.1/16", debug: true, labels: ["a=b"] });
  });

  test("changes a value in its place and leaves odd formatting around it alone", () => {
    const base = '{"log-opts"  :  {"max-size":"10m" },\n\n   "debug":false , "mtu":1400}';
    expect(mergeSettings(base, { debug: true })).toBe(
      '{"log-opts"  :  {"max-size":"10m" },\n\n   "debug":true , "mtu":1400}',
    );
  });

  test("a base that holds the settings already comes back byte for byte", () => {
    const base = '{ "debug":true,\t"labels" : [ "a=b" ]  }  \n\n';
    expect(mergeSettings(base, { labels: ["a=b"], debug: true })).toBe(base);
  });

  test("an object is the same in any order of its keys, a list is not", () => {
    const base = '{"log-opts": {"b": "2", "a": "1"}, "dns": ["1.1.1.1", "8.8.8.8"]}';
    expect(mergeSettings(base, { "log-opts": { a: "1", b: "2" } })).toBe(base);
    const merged = mergeSettings(base, { dns: ["8.8.8.8", "1.1.1.1"] });
    expect(readSettings(merged)["dns"]).toEqual(["8.8.8.8", "1.1.1.1"]);
  });

  test("a key that stands twice ends up with our value, since dockerd takes the last", () => {
    const merged = mergeSettings('{"debug": false, "mtu": 1400, "debug": false}', { debug: true });
    expect(JSON.parse(merged)).toEqual({ debug: true, mtu: 1400 });
  });
});

describe("withoutManaged", () => {
  test("takes our keys out and leaves what others wrote since", () => {
    const original = '{"debug": false}';
    const current = '{"debug": true, "hosts": ["tcp://0.0.0.0:2376"], "mtu": 1400}';
    expect(readSettings(withoutManaged(current, original, [["debug"], ["hosts"]]))).toEqual({
      debug: false,
      mtu: 1400,
    });
  });

  test("brings back a key of ours that the original had and the file lost", () => {
    expect(readSettings(withoutManaged("{}", '{"bip": "10.9.0.1/16"}', [["bip"]]))).toEqual({
      bip: "10.9.0.1/16",
    });
  });

  test("a text that holds nothing of ours stays as it is, byte for byte", () => {
    const text = '{ "mtu":1400 }\n\n';
    expect(withoutManaged(text, "", [["debug"], ["hosts"]])).toBe(text);
  });

  test("a key that stands twice goes altogether", () => {
    const current = '{"debug": true, "mtu": 1400, "debug": true}';
    expect(JSON.parse(withoutManaged(current, "", [["debug"]]))).toEqual({ mtu: 1400 });
  });
});

describe("liveRestoreDetour", () => {
  test.each(["", "{}", '{"live-restore": true}', '{"live-restore": false, "mtu": 1400}'])(
    "%j: keep says true and release false, in so many words, and nothing else changes",
    (text) => {
      const { on: keep, off: release } = liveRestoreBridge(text);
      expect(readSettings(keep)).toEqual({ ...readSettings(text), "live-restore": true });
      // Leaving the key out would be sticky: only an explicit false takes effect by reload.
      expect(readSettings(release)).toEqual({ ...readSettings(text), "live-restore": false });
    },
  );
});

describe("canonical", () => {
  test.each([
    [{ b: 1, a: 2 }, '{"a":2,"b":1}'],
    [{ b: [{ d: 1, c: 2 }], a: null }, '{"a":null,"b":[{"c":2,"d":1}]}'],
    [[2, 1], "[2,1]"],
    ["text", '"text"'],
    [undefined, "undefined"],
  ])("%j", (value, text) => {
    expect(canonical(value)).toBe(text);
  });

  test.each([
    [undefined, null],
    [undefined, "undefined"],
    [0, false],
    ["1", 1],
    [[], {}],
    [{ a: 1 }, { a: 1, b: 2 }],
  ])("%j is not %j", (a, b) => {
    expect(equalJson(a, b)).toBe(false);
  });
});
