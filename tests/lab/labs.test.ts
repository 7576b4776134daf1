import { addressOf, labNamed, machineAt } from "../../lab/machines/labs.ts";
import {
  allImageNames,
  benchImage,
  imageNamed,
  imageNames,
  recipeDigest,
  recipeFor,
  testedImageNames,
} from "../../lab/machines/image.ts";
import { dockerdVersion } from "../../lab/machines/dockerd.ts";

test.each([
  ["dev", "b1", "10.231.76.11"],
  ["dev", "b12", "10.231.76.22"],
  ["test1", "t2", "10.231.80.12"],
  ["test8", "t1", "10.231.87.11"],
  ["release", "t1", "10.231.77.11"],
])("lab %s: %s is at %s, and back", (lab, machine, address) => {
  expect(addressOf(labNamed(lab), machine)).toBe(address);
  expect(machineAt(labNamed(lab), address)).toBe(machine);
});

test.each(["b0", "b100", "t1", "b1x", "../b1", ""])("%p is no machine of lab dev", (name) => {
  expect(() => addressOf(labNamed("dev"), name)).toThrow("use b1 to b99");
});

test.each(["10.231.76.1", "10.231.76.255"])("%s is no machine: bridge or broadcast", (address) => {
  expect(machineAt(labNamed("dev"), address)).toBeUndefined();
});

describe("an image is kept for as long as its recipe stays the same", () => {
  const recipe = recipeFor("trixie");

  test("the order of packages means nothing", () => {
    const reversed = { ...recipe, packages: [...recipe.packages].reverse() };
    expect(recipeDigest(reversed)).toBe(recipeDigest(recipe));
  });

  test("another kind of machine, package or customisation is another image", () => {
    const digests = [
      ...allImageNames.map(recipeFor),
      { ...recipe, packages: [...recipe.packages, "jq"] },
      { ...recipe, customize: `${recipe.customize}\n# changed` },
      { ...recipe, aptOptions: ['Acquire::Check-Valid-Until "false"'] },
      { ...recipe, dockerd: "of another pin" },
    ].map(recipeDigest);
    expect(new Set(digests).size).toBe(digests.length);
  });
});

test("a kind of machine that there is none of is told with those that there are", () => {
  expect(imageNamed("docker-ce-layout")).toBe("docker-ce-layout");
  expect(() => imageNamed("docker-ce")).toThrow(
    /docker-ce: unknown; .*trixie, bookworm, docker-ce-layout, forky, dockerd-29/,
  );
});

test("a run that names no image needs nothing that moves: neither Debian's next nor a build of dockerd", () => {
  expect(imageNames).toEqual(["trixie", "bookworm", "docker-ce-layout"]);
});

test("the benchmark's own kind of machine is none that the tests run on", () => {
  expect(allImageNames).toContain(benchImage);
  expect(testedImageNames).not.toContain(benchImage);
});

test("the dockerd that is built says which release it is, and which pin it comes from", () => {
  expect(dockerdVersion).toMatch(/^29\.\d+\.\d+\+v2\.\d+\.\d+(-beta\.\d+)?$/);
});
