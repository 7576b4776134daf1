// How the doctor's steps are laid out for a person.
import { failed, listing, ok, type Section } from "../../doctor/step.ts";
import { hanging, painted, plain, terminalOf } from "../../doctor/terminal.ts";

const wide = { columns: 44, hasColour: false };
const problem = {
  where: "b1: clock",
  what: "is behind",
  why: "clients are turned away",
  fix: "set it",
};
const here: Section = { title: "this machine", steps: [ok("node", "v24")] };
const host = (name: string, isSound = true): Section => ({
  title: `${name} (192.0.2.1)`,
  steps: [ok("name", "fine"), ...(isSound ? [] : [failed("clock", problem)])],
});

test("a line that is too long is broken between words, under its own column", () => {
  expect(hanging("  ok  ", "one two three four five six seven eight", wide)).toEqual([
    "  ok  one two three four five six seven",
    "      eight",
  ]);
});

test("a word that is too long for any line stays whole: a path is there to be copied", () => {
  const path = `/${"x".repeat(60)}`;
  expect(hanging("  ok  ", `see ${path} there`, wide)).toEqual([
    "  ok  see",
    `      ${path}`,
    "      there",
  ]);
});

test("beside a wide lead the text begins on a line of its own", () => {
  expect(
    hanging("a lead as wide as that  ", "and a text of words", { ...wide, columns: 40 }),
  ).toEqual(["a lead as wide as that", "      and a text of words"]);
});

test("in a pipe every line stays whole, and without colour", () => {
  expect(terminalOf({ isTTY: false, columns: 80 }, {})).toEqual(plain);
  expect(hanging("x ", "y ".repeat(200).trim(), plain)).toHaveLength(1);
});

test("colour is for terminals whose user wants it", () => {
  const tty = { isTTY: true, columns: 80 };
  const [yes, no, dumb] = [{}, { NO_COLOR: "1" }, { TERM: "dumb" }].map((environment) =>
    painted("FAIL x", "FAIL", "red", terminalOf(tty, environment)),
  );
  expect([yes, no, dumb]).toEqual(["\u001b[1;31mFAIL\u001b[0m x", "FAIL x", "FAIL x"]);
});

test("of many hosts those on which nothing is wrong are named and no more", () => {
  const hosts = Array.from({ length: 6 }, (_, index) => host(`b${String(index)}`, index !== 3));
  expect(listing([here, ...hosts])).toEqual([
    "this machine",
    "  ok    node   v24",
    "b3 (192.0.2.1)",
    "  ok    name   fine",
    "  FAIL  clock  b1: clock: is behind; clients are turned away; set it",
    "5 hosts on which nothing is wrong (--verbose shows every step)",
    "  ok    b0, b1, b2, b4, b5",
    "",
    "1 thing is wrong, on b3",
  ]);
  expect(listing([here, ...hosts], { verbose: true })).toHaveLength(17);
});
