// Of a stack's file a rotation changes the lines that say which authority it asks for, and nothing else.
import type { Asked } from "../../../scripts/rotate-ca/position.ts";
import { withAuthority } from "../../../scripts/rotate-ca/tls-text.ts";

const after = (text: string, asked: Asked): string => {
  const result = withAuthority("Pulumi.prod.yaml", text, asked);
  return "text" in result ? result.text : result.problem.what;
};
const rest = (generation: number): Asked => ({ generation, rotation: undefined });
const phase = (which: 1 | 2 | 3, generation = 2, from = 1): Asked => ({
  generation,
  rotation: { from, phase: which },
});

const plain =
  "# prod\nconfig:\n  dockertls:hosts: # two\n    web-1: { address: 192.0.2.1 }\n\nother: 1\n";
const tls = (...lines: string[]): string =>
  plain.replace(
    "\n\nother",
    `\n  dockertls:tls:\n${lines.map((line) => `    ${line}\n`).join("")}\nother`,
  );

test("through all phases and back the file is what it was, to the byte", () => {
  const first = after(plain, phase(1));
  expect(first).toBe(tls("generation: 2", "phase: 1"));
  const third = after(after(first, phase(2)), phase(3));
  expect(third).toBe(tls("generation: 2", "phase: 3"));
  expect(after(third, rest(1))).toBe(plain);
  expect(after(third, rest(2))).toBe(tls("generation: 2"));
});

test.each([
  [
    "settings and comments beside it stay",
    tls("# why", "port: 3000 # p", "phase: 3 # soon over", "generation: 2 # since May"),
    rest(2),
    tls("# why", "port: 3000 # p", "generation: 2 # since May"),
  ],
  [
    "a generation that the one before does not lead to",
    tls("generation: 2"),
    phase(1, 4, 2),
    tls("generation: 4", "previousGeneration: 2", "phase: 1"),
  ],
  [
    "one that was skipped to",
    tls("generation: 4", "previousGeneration: 2", "phase: 3"),
    rest(2),
    tls("generation: 2"),
  ],
  [
    "a map in braces",
    'config:\n  dockertls:tls: {"generation":2,"phase":3,"port":3000}\n',
    rest(2),
    'config:\n  dockertls:tls: {"generation":2,"port":3000}\n',
  ],
  ["nothing to change", tls("generation: 2"), rest(2), tls("generation: 2")],
])("%s", (_case, before, asked, expected) => {
  expect(after(before, asked)).toBe(expected);
});

test.each([
  ["JSON in a string", `config:\n  dockertls:tls: '{"generation":2}'\n`],
  [
    "a secret",
    "config:\n  dockertls:tls:\n    secure: v1:abc\n    generation: &g 2\n  dockertls:x: *g\n",
  ],
  ["an alias", "x: &tls { generation: 2 }\nconfig:\n  dockertls:tls: *tls\n"],
])("%s is left alone, and said to be", (_case, before) => {
  expect(after(before, phase(1, 3, 2))).toBe(
    "is written in a way that nothing can be changed in it",
  );
});
