// What would replace the authority of a stack by accident.
import { authorityProblem, generated } from "../../components/model/authority-change.ts";
import { formatProblem } from "../../components/model/problem.ts";

type Keys = Readonly<Record<string, string>>;

function line(before: Keys | undefined, now: Keys, generation: number): string | undefined {
  const problem = authorityProblem(before, now, generation);
  return problem === undefined ? undefined : formatProblem(problem);
}

test.each<[string, Keys | undefined, Keys, number]>([
  ["nothing changes", { 1: generated }, { 1: generated }, 1],
  ["nor with one of one's own", { 1: "A" }, { 1: "A" }, 1],
  ["a state of before this was recorded", undefined, { 1: "A" }, 1],
  ["a replacement at once, to one's own", { 1: generated }, { 2: "A" }, 2],
  ["and to another", { 1: "A" }, { 2: "B" }, 2],
  ["and back to one that is made here", { 1: "A" }, { 2: generated }, 2],
  ["from one that is made here to another such", { 1: generated }, { 2: generated }, 2],
  ["a rotation begins", { 1: generated }, { 1: generated, 2: "A" }, 2],
  ["from one of one's own", { 1: "A" }, { 1: "A", 2: "B" }, 2],
  ["and ends", { 1: "A", 2: "B" }, { 2: "B" }, 2],
  ["or goes back", { 1: "A", 2: "B" }, { 1: "A" }, 1],
])("%s: that is meant", (_case, before, now, generation) => {
  expect(line(before, now, generation)).toBeUndefined();
});

const replaced =
  "every certificate under it would be replaced, and whoever holds an old one cut off; put it back as it was; or raise tls.generation, with tls.phase 1 if nobody is to be cut off";
test.each<[string, Keys, Keys, number, string]>([
  [
    "one is added",
    { 1: generated },
    { 1: "A" },
    1,
    `dockertls:tls.authority: is set, and generation 1 has one that was made here; ${replaced}`,
  ],
  [
    "one is taken out",
    { 2: "A" },
    { 2: generated },
    2,
    `dockertls:tls.authority: is missing, and generation 2 has one of your own; ${replaced}`,
  ],
  [
    "one is exchanged",
    { 1: "A" },
    { 1: "B" },
    1,
    `dockertls:tls.authority: is another one than generation 1 has had; ${replaced}`,
  ],
  [
    "the generation is raised, and the authority stays",
    { 1: "A" },
    { 2: "A" },
    2,
    "dockertls:tls.authority: is the authority of generation 1 still; generation 2 would leave everybody in who is in now; write another authority, or take it out for one that is made here; or put the generation back",
  ],
  [
    "a rotation forgets where it comes from",
    { 1: "A" },
    { 1: generated, 2: "B" },
    2,
    "dockertls:tls.previousAuthority: is missing, and generation 1 has one of your own; every certificate under it would be replaced, and whoever holds an old one cut off; write the authority of generation 1 there, as it was; or take tls.phase out to replace it at once",
  ],
  [
    "a rotation goes back, and the new one stays",
    { 1: "A", 2: "B" },
    { 1: "B" },
    1,
    `dockertls:tls.authority: is another one than generation 1 has had; ${replaced}`,
  ],
])("%s: that is refused", (_case, before, now, generation, expected) => {
  expect(line(before, now, generation)).toBe(expected);
});
