import fc from "fast-check";
import { compared, withoutCredentials } from "../../components/model/drift/difference.ts";
import { fewLines, formatProblem, oneLine } from "../../components/model/problem.ts";
import { forgedName } from "../support/hostile-machine.ts";

const harmful = /[\p{C}\p{Zl}\p{Zp}]/u;

test.each([
  ["line breaks", "a\r\nb\nc", "a b c"],
  ["escape sequences", "a\u001b[31mb", "a [31mb"],
  ["controls of the second set", "a\u009b31mb\u0085c", "a 31mb c"],
  ["marks of direction", "a\u202eb\u2066c\u200fd", "a b c d"],
  ["what is invisible", "a\u200bb\ufeffc\u{e0041}d", "a b c d"],
  ["line and paragraph separators", "a\u2028b\u2029c", "a b c"],
  ["halves of characters", "a\ud800b", "a b"],
  ["letters of any script", "größer, 日本, עברית", "größer, 日本, עברית"],
])("%s of others on a line of ours", (_case, text, line) => {
  expect(oneLine(text)).toBe(line);
});

// proves: hostile.terminal
test("whatever the text: one line, as long as it may be, that a terminal shows and does not obey", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.integer({ min: 1, max: 50 }), (text, limit) => {
      const line = oneLine(text, limit);
      expect(line).not.toMatch(harmful);
      expect(line.length).toBeLessThanOrEqual(limit + 1);
      expect(oneLine(line, limit + 1)).toBe(line);
    }),
  );
});

test("a problem is one line, whoever filled it", () => {
  const problem = { where: forgedName, what: forgedName, why: forgedName, fix: forgedName };
  expect(formatProblem(problem)).not.toMatch(harmful);
});

test("of a thousand lines a person sees some, and how many are left", () => {
  const lines = fewLines(Array.from({ length: 1000 }, (_, at) => `line ${String(at)}\u009b`));
  expect(lines).toHaveLength(41);
  expect(lines.at(-1)).toBe("and 960 more");
  expect(lines.join("\n")).not.toMatch(/\u009b/);
});

describe("a value that somebody else has set, as it is shown", () => {
  const said = (expected: unknown, found: unknown) =>
    compared({ daemonIsSecret: false }, expected, found);

  test.each([
    ["a plain one", "info", "debug", 'expected "info", found "debug"'],
    ["none", true, undefined, "expected true, found nothing"],
    [
      "a URL with a password",
      ["https://mirror.example"],
      ["http://u:p@r:5000"],
      'expected ["https://mirror.example"], found ["http://***@r:5000"]',
    ],
    [
      "the end of such a URL",
      ["r:5000"],
      ["u:p@r:5000"],
      'expected ["r:5000"], found ["***@r:5000"]',
    ],
    [
      "options of a log driver",
      { "max-size": "10m" },
      { "max-size": "10m", "splunk-token": "geheim" },
      'expected {"max-size":"10m"}, found {"max-size":"10m","splunk-token":"***"}',
    ],
    [
      "proxies, however deep",
      { "http-proxy": "http://proxy" },
      { "http-proxy": "geheim", more: [{ password: "geheim" }] },
      'expected {"http-proxy":"http://proxy"}, found {"http-proxy":"***","more":[{"password":"***"}]}',
    ],
  ])("%s", (_case, expected, found, line) => {
    expect(said(expected, found)).toBe(line);
  });

  test("is cut where it is long", () => {
    expect(said(1, "x".repeat(5000)).length).toBeLessThan(400);
  });

  test("says nothing at all of settings that are a secret of the stack", () => {
    expect(compared({ daemonIsSecret: true }, "a", "b")).not.toMatch(/"/);
  });
});

test.each([
  [
    "insecure registry http://u:p@r:5000 is not valid",
    "insecure registry http://***@r:5000 is not valid",
  ],
  ["https://token@host/path", "https://***@host/path"],
  ["nothing to hide", "nothing to hide"],
])("credentials of a URL: %s", (text, expected) => {
  expect(withoutCredentials(text)).toBe(expected);
});
