// Every command says how it is used, and does nothing else when asked for that.
import { execa } from "execa";
import { failureText, showedHelp } from "../../scripts/help.ts";
import { configuredValues, passphraseProblem } from "../../scripts/engine-answers.ts";

test.each([
  "add",
  "bench",
  "client",
  "clients",
  "doctor",
  "drift",
  "expiry",
  "forget",
  "lab",
  "plan",
  "renew",
  "rollout",
  "rotate-ca",
  "start",
  "test",
  "test-machines",
])("%s --help", async (command) => {
  const { stdout, stderr } = await execa(process.execPath, [`scripts/${command}.ts`, "--help"]);
  expect(stdout).toMatch(/^usage: npm /);
  expect(stderr).toBe("");
});

test("a wrong call is told with how it is called, and another error alone", async () => {
  const { stderr, exitCode } = await execa(process.execPath, ["scripts/plan.ts", "--al"], {
    reject: false,
  });
  expect(stderr).toMatch(/^Unknown option '--al'\nusage: npm run plan /);
  expect(exitCode).toBe(1);
  expect(failureText(new Error("stack prod: is gone"), "usage")).toBe("stack prod: is gone");
});

test("what follows -- is for somebody else", () => {
  expect(showedHelp("usage", ["ssh", "--", "--help"])).toBe(false);
});

test("a wrong passphrase is told from other failures of the engine", () => {
  const said =
    "error: failed to decrypt: incorrect passphrase, please set PULUMI_CONFIG_PASSPHRASE";
  expect(passphraseProblem("prod", said)?.what).toBe("is not the one that the stack was made with");
  expect(passphraseProblem("prod", "error: no stack named 'prod' found")).toBeUndefined();
});

test("a setting that is one word is read as well as those that are JSON", () => {
  const config = {
    "dockertls:hosts": '{"a":{}}',
    "dockertls:verification": "one",
    "aws:region": "x",
  };
  expect(configuredValues(config)).toEqual({ hosts: { a: {} }, verification: "one" });
});
