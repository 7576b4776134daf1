import { readCensus } from "../../../components/model/observed/census.ts";

const answer = (values: Readonly<Record<string, string>>): string =>
  [...Object.entries(values).map(([name, value]) => `\nB ${name}\n${value}`), "\nB end\n"].join("");
const read = (values: Readonly<Record<string, string>>) => readCensus(answer(values), "B");
const id = (digit: string): string => digit.repeat(64);
const container = (digit: string, ...names: string[]): string =>
  `{"Id":"${id(digit)}","Names":${JSON.stringify(names)},"Image":"box:1","Labels":{"x":"\\"Id\\":\\"${id("9")}\\",\\"Names\\":[\\"/no\\"]"}}`;

test("names of containers, by the API's list and by the CLI's", () => {
  const containers = `[${container("a", "/web/db", "/db")},${container("b", "/app")}]`;
  const names = ["app", "db"].map((name) => ({ name, isRemoved: name === "db" }));
  expect(read({ containers, removed: id("a") })?.containers).toEqual(names);
  const lines = `{"Id":"${id("a")}","Names":["/db"]}\n{"Id":"${id("b")}","Names":["/app"]}\n`;
  expect(read({ containers: lines, removed: id("a") })?.containers).toEqual(names);
  expect(read({ containers: "[]" })?.containers).toEqual([]);
});

test("what others have named is a short line", () => {
  const raw = `[{"Id":"${id("a")}","Names":["/x\u001b[31m\u202e${"y".repeat(500)}"],"Image":""}]`;
  const [one] = read({ containers: raw })?.containers ?? [];
  expect(one?.name).toMatch(/^x \[31m y{50,80}…$/);
});

test("connections by address: IPv4, IPv6, and IPv4 on a socket for both", () => {
  const connections =
    "      2 0100007F\n      1 0000000000000000FFFF00000100007F\n      3 B80D0120000000000000000001000000\nnonsense\n      1 ABC\n";
  expect(read({ connections })?.clients).toEqual([
    { address: "127.0.0.1", connections: 3 },
    { address: "2001:db8::1", connections: 3 },
  ]);
});

test("what is not said is not known, and an answer that was cut short is none", () => {
  expect(read({ silence: "dockerd does not run" })).toEqual({
    ...{ containers: undefined, clients: undefined, swarm: false },
    silence: "dockerd does not run",
  });
  expect(read({})?.silence).toBe("the machine did not say");
  expect(readCensus(answer({}).slice(0, -2), "B")).toBeUndefined();
});
