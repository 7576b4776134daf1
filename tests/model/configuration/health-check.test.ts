import type { HostConfiguration } from "../../../components/model/configuration/parse.ts";
import { linesOf, machine, parsed } from "../../support/stack-configuration.ts";

const command = "curl -fsS http://localhost/up";

function checkOf(
  own: Readonly<Record<string, unknown>>,
  defaults: Readonly<Record<string, unknown>> = {},
): HostConfiguration["healthCheck"] {
  return parsed({ defaults, hosts: { b1: machine(own) } }).hosts[0]?.healthCheck;
}

test("a command is all that it takes; a host's own takes the place of that of all hosts, or of none", () => {
  const usual = { command, seconds: 30, before: "require" };
  expect(checkOf({})).toBeUndefined();
  expect(checkOf({ healthCheck: { command } })).toEqual(usual);
  expect(checkOf({}, { healthCheck: { command } })).toEqual(usual);
  expect(
    checkOf(
      { healthCheck: { command: "true", timeout: "1m30s", before: "ignore" } },
      { healthCheck: { command, timeout: "5s" } },
    ),
  ).toEqual({ command: "true", seconds: 90, before: "ignore" });
  expect(checkOf({ healthCheck: false }, { healthCheck: { command } })).toBeUndefined();
});

test.each([
  ["curl -u admin:geheim localhost", "healthCheck: has a value of the wrong form; it says how "],
  [true, "healthCheck: has a value of the wrong form; it says how "],
  [{}, "healthCheck.command: missing; nothing would be asked; "],
  [{ command: ["geheim"] }, "healthCheck.command: has a value of the wrong form; nothing "],
  [{ command: " \n" }, "healthCheck.command: has a value of the wrong form; nothing "],
  [{ command, timeout: "0s" }, 'healthCheck.timeout: is "0s"; nobody else can change the machine '],
  [{ command, timeout: "11m" }, 'healthCheck.timeout: is "11m"; nobody else can change '],
  [{ command, before: "no" }, 'healthCheck.before: is "no"; there is no such choice; '],
  [
    { command, comand: "geheim" },
    "healthCheck.comand: is not a setting; it would have no effect; ",
  ],
])("%j is refused in one line, and shows no command", (healthCheck, line) => {
  const lines = linesOf({ hosts: { b1: machine({ healthCheck }) } });

  expect(lines).toEqual([expect.stringContaining(`dockertls:hosts.b1.${line}`)]);
  expect(lines[0]).not.toContain("geheim");
});
