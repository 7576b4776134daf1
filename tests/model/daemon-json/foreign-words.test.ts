import { foreignWords } from "../../../components/model/daemon-json/foreign-words.ts";

const of = (daemon: unknown, ours: unknown = {}) => foreignWords([JSON.stringify(daemon)], [ours]);

test.each([
  ["a URL with a password", ["http://u:p@r:5000"], ["5000", "p", "r", "u"]],
  ["capitals", ["GeHeim"], ["geheim"]],
  ["nothing in a text of signs", ["/:@"], []],
])("%s", (_case, values, words) => {
  expect(of({ "insecure-registries": values })).toEqual(words);
});

test("whatever holds them, and however deep: names of keys are not among them", () => {
  expect(
    of({ "log-opts": { "splunk-token": "geheim" }, proxies: { x: [{ deep: "tief" }] }, mtu: 1400 }),
  ).toEqual(["geheim", "tief"]);
});

test("what JSON writes in another way than dockerd says it", () => {
  expect(foreignWords(['{"a": "\\u0067eheim"}'], [])).toEqual(["geheim"]);
});

test("words that anyone may read: dockerd's own, and those of the configuration", () => {
  expect(of({ "log-driver": "json-file", a: "mirror.example" }, { b: ["mirror.test"] })).toEqual([
    "example",
  ]);
});

test("too many of them are told as such: then nothing of a message can be shown", () => {
  expect(
    of(
      Array.from({ length: 401 }, (_, at) => `w${String(at)}`).reduce<object>(
        (all, word) => ({ ...all, [word]: word }),
        {},
      ),
    ),
  ).toBeUndefined();
});

test.each([["http://u:p%40ss@r"], ["gehéim"], ["a\tgeheim"], ["a\\geheim"], ["a&geheim"]])(
  "what dockerd may write in another way (%j) is told as such",
  (value) => {
    expect(of({ a: value })).toBeUndefined();
  },
);

test("a file that is no JSON has none", () => {
  expect(foreignWords(["", "{"], [])).toEqual([]);
});
