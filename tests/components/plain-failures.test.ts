// What a person is told when something failed that others depend on. The texts are the SDK's.
import "../support/errors-of-node.ts";
import { execa } from "execa";
import { plainProblem } from "../../components/fleet/plain-failures.ts";
import { formatProblem } from "../../components/model/problem.ts";
import { checkout } from "../../lab/paths.ts";

test.each([
  [
    'error serializing property "converged": error serializing property "stdin": resource t1-state [dockertls-host:index:HostState] failed to register',
    "t1-state: failed; what depends on it was left as it is; see the error beside it, put that right, and run `pulumi up` again",
  ],
  [
    "failed to register new resource t1-docker [pulumi:providers:docker]: bad\nprovider",
    "t1-docker: bad provider; the engine does not take it like that; do what it says, or report it as a fault of this program",
  ],
  [
    "invocation of docker:index/getNetwork:getNetwork returned an error: no route",
    "docker provider: no route; it is the second client that an endpoint is proven with; see what is between it and the API, or leave that host out of `verification`",
  ],
  [
    "Cannot read properties of undefined",
    "program: Cannot read properties of undefined; this is a fault of the program, or of Pulumi's SDK; run it again with DOCKERTLS_STACK_TRACES=1 in the environment, and report what it shows",
  ],
])("%s", (message, line) => {
  expect(formatProblem(plainProblem(message))).toBe(line);
});

describe("an output that rejects", () => {
  const program = `
    import * as pulumi from "@pulumi/pulumi";
    import { tellFailuresPlainly } from "./components/fleet/plain-failures.ts";
    process.on("unhandledRejection", (error) => {
      console.log(JSON.stringify([pulumi.RunError.isInstance(error), error.message]));
      process.exit(0);
    });
    tellFailuresPlainly();
    if (process.argv.at(-1) === "plain") Error.stackTraceLimit = undefined;
    void Promise.reject(new Error("oops"));
  `;
  const told = async (how: string): Promise<unknown> => {
    const args = ["--input-type=module", "--eval", program, how];
    return JSON.parse((await execa(process.execPath, args, { cwd: checkout })).stdout);
  };

  test("reaches the SDK's listener as what is logged without a stack", async () => {
    expect(await told("plain")).toEqual([true, expect.stringMatching(/^program: oops; [^\n]*$/)]);
  });

  test("stays as it is for whoever asks for stack traces", async () => {
    expect(await told("traces")).toEqual([false, "oops"]);
  });
});
