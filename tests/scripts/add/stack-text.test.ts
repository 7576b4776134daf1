// What others have written in a stack's file stays as it is, to the byte.
import fc from "fast-check";
import { parse, stringify } from "yaml";
import { firstLine, withHosts } from "../../../scripts/add/stack-text.ts";

const entry = { address: "192.0.2.10", ssh: { hostKey: "ssh-ed25519 AAAA" }, sudo: true };

function after(
  text: string,
  entries: Readonly<Record<string, object>> = { "web-1": entry },
): string {
  const result = withHosts("Pulumi.prod.yaml", text, entries);
  if ("problem" in result) throw new Error(result.problem.what);
  return result.text;
}

const written = (indent: string, step = "  "): string =>
  [
    "web-1:",
    `${step}address: 192.0.2.10`,
    `${step}ssh:`,
    `${step}${step}hostKey: ssh-ed25519 AAAA`,
    `${step}sudo: true`,
  ]
    .map((line) => `${indent}${line}\n`)
    .join("");

test("the first machine of a stack", () => {
  expect(after(firstLine)).toBe(`${firstLine}config:\n  dockertls:hosts:\n${written("    ")}`);
});

test.each([
  ["config alone", "config:\n", "config:\n  dockertls:hosts:\n"],
  ["an empty map", "config: {} # none\n", "config: # none\n  dockertls:hosts:\n"],
  [
    "no hosts yet",
    "config:\n  dockertls:hosts: # below\n",
    "config:\n  dockertls:hosts: # below\n",
  ],
  ["hosts that are {}", "config:\n  dockertls:hosts: {}\n", "config:\n  dockertls:hosts:\n"],
  ["hosts that are null", "config:\n  dockertls:hosts: ~\n", "config:\n  dockertls:hosts:\n"],
  ["no line end", "encryptionsalt: v1:x", "encryptionsalt: v1:x\nconfig:\n  dockertls:hosts:\n"],
  [
    "another key",
    "config:\n  dockertls:daemon:\n    labels:\n      - a # one\n",
    "config:\n  dockertls:daemon:\n    labels:\n      - a # one\n  dockertls:hosts:\n",
  ],
])("%s", (_what, before, head) => {
  expect(after(before)).toBe(`${head}${written("    ")}`);
});

test("comments, anchors, quotes, blank lines and what follows stay as they are", () => {
  const before = `# mine
config:
    dockertls:defaults: &all   { sudo: true }

    dockertls:hosts:
        # the first
        a:
            address:   '10.0.0.1'   # rack 7
            ssh: &login
                hostKey: "ssh-ed25519 AAAB"
            # identityFile: ../keys/a

        b:   { address: 10.0.0.2, ssh: *login }
        # b's neighbour

    # last of all
    dockertls:tls: { port: 2377 }
encryptionsalt: v1:x
`;
  const at = "        # b's neighbour\n";
  const [head = "", tail = ""] = before.split(at);
  expect(after(before)).toBe(`${head}${written("        ", "    ")}${at}${tail}`);
});

test("comments that go in deeper than hosts belong to the host before", () => {
  const before =
    "config:\n  dockertls:hosts:\n    a:\n      address: 10.0.0.1\n      # sudo: true\n";
  expect(after(before)).toBe(`${before}${written("    ")}`);
});

test("a block of text at the end of the last host, and a list", () => {
  const key = "      ssh:\n        privateKey: |\n          one\n          two\n";
  const list = "      listen:\n        - 10.0.0.1\n        - 10.0.0.2\n";
  for (const end of [key, list]) {
    const before = `config:\n  dockertls:hosts:\n    a:\n      address: 10.0.0.1\n${end}`;
    expect(after(`${before}\n  other:x: 1\n`)).toBe(`${before}${written("    ")}\n  other:x: 1\n`);
  }
});

test.each(["{ a: { address: 10.0.0.1 } }", "{\n    a: { address: 10.0.0.1 }, # one\n  }"])(
  "hosts in braces: %j",
  (hosts) => {
    const before = `config:\n  dockertls:hosts: ${hosts}\n`;
    const added =
      "{ address: 10.0.0.1 }, web-1: { address: 192.0.2.10, ssh: { hostKey: ssh-ed25519 AAAA }, sudo: true }";
    expect(after(before)).toBe(before.replace("{ address: 10.0.0.1 }", added));
  },
);

test("line ends of Windows stay", () => {
  const before = "config:\r\n  dockertls:hosts:\r\n    a:\r\n      address: 10.0.0.1\r\n";
  expect(after(before)).toBe(`${before}${written("    ").replaceAll("\n", "\r\n")}`);
});

test.each([
  ["all in one line", "config: { dockertls:hosts: { a: { address: 10.0.0.1 } } }\n"],
  ["JSON", `config:\n  dockertls:hosts: '{"a":{"address":"10.0.0.1"}}'\n`],
  ["an alias", "x: &x\n  a: 1\nconfig:\n  dockertls:hosts: *x\n"],
  ["a list", "config:\n  - 1\n"],
  ["two documents", "config:\n  a: 1\n---\nconfig:\n  a: 2\n"],
  ["no YAML", "config: [\n"],
  ["a host of that name", "config:\n  dockertls:hosts:\n    web-1:\n      address: 10.0.0.1\n"],
])("%s: told, and nothing is guessed", (_what, text) => {
  const result = withHosts("Pulumi.prod.yaml", text, { "web-1": entry });
  expect("problem" in result && result.problem.where).toBe("Pulumi.prod.yaml: dockertls:hosts");
});

const word = fc.stringMatching(/^[a-z]{1,8}$/);
const leaf = fc.oneof(word, fc.integer(), fc.constant("a: b # c"), fc.constant("line\nline\n"));
const value = fc.oneof(
  leaf,
  fc.array(leaf, { maxLength: 3 }),
  fc.dictionary(word, leaf, { maxKeys: 3 }),
);
const comment = fc.constantFrom("", "# a comment\n", "\n");

test("whatever the file holds, it means the same with the new host, and every line of it is still there", () => {
  const hosts = fc.dictionary(word, fc.dictionary(word, value, { minKeys: 1, maxKeys: 3 }), {
    maxKeys: 3,
  });
  fc.assert(
    fc.property(
      fc.record({ "dockertls:hosts": hosts, "other:x": value }),
      fc.constantFrom(2, 3, 4),
      comment,
      fc.boolean(),
      (config, indent, extra, isLast) => {
        const { "dockertls:hosts": own, ...others } = config;
        const ordered = isLast ? { ...others, "dockertls:hosts": own } : config;
        const before = `${extra}${stringify({ config: ordered, z: 1 }, { indent })}${extra}`;
        const text = after(before);
        expect(parse(text)).toEqual({
          config: { ...others, "dockertls:hosts": { ...own, "web-1": entry } },
          z: 1,
        });
        const kept = before.split("\n").filter((line) => !line.endsWith("{}"));
        const lines = text.split("\n");
        for (const line of kept) {
          const at = lines.indexOf(line);
          expect([line, at >= 0]).toEqual([line, true]);
          lines.splice(0, at + 1);
        }
      },
    ),
    { numRuns: 40 },
  );
});
