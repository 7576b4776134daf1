import {
  secretLogFlags,
  secretLogProblem,
  secretLogVariables,
} from "../../components/model/secret-logs.ts";
import { formatProblem } from "../../components/model/problem.ts";

test.each<[string, string[]]>([
  ["up", []],
  ["up --yes --skip-preview --diff", []],
  ["up --debug", ["--debug"]],
  ["up --debug=true", ["--debug=true"]],
  ["up --debug=false", []],
  ["up -d", ["-d"]],
  ["up -yd", ["-yd"]],
  ["-d preview", ["-d"]],
  ["up -d=false", []],
  ["up -d=true", ["-d=true"]],
  ["destroy -fyd", ["-fyd"]],
  ["new -d text", []],
  // A message, and the name of a stack.
  ["up -m -d", []],
  ["up -md", []],
  ["up -sdev", []],
  ["up --event-log events.json", ["--event-log"]],
  ["preview --event-log=events.json", ["--event-log=events.json"]],
  ["up --tracing=file:./trace", ["--tracing=file:./trace"]],
  ["up --otel-traces file://x", ["--otel-traces"]],
  ["up -v=9 --logtostderr", ["-v=9"]],
  ["up -v9", ["-v9"]],
  ["up -v 11", ["-v"]],
  ["up -yv11", ["-yv11"]],
  ["stack ls --verbose 4", ["--verbose"]],
  ["up --verbose=9 -d", ["--verbose=9", "-d"]],
  ["up -v=3", ["-v=3"]],
  ["up -v=2", []],
  ["up --verbose 2", []],
  ["config set key -- --debug", []],
])("pulumi %s", (line, expected) => {
  expect(secretLogFlags(line.split(" "))).toEqual(expected);
});

test.each<[string, string, boolean]>([
  ["PULUMI_DEBUG_GRPC", "/tmp/grpc.json", true],
  ["PULUMI_DEBUG_GRPC", "", false],
  ["PULUMI_OPTION_DEBUG", "true", true],
  ["PULUMI_OPTION_DEBUG", "false", false],
  ["PULUMI_OPTION_EVENT_LOG", "events.json", true],
  ["PULUMI_OPTION_TRACING", "file:x", true],
  ["PULUMI_OPTION_OTEL_TRACES", "file://x", true],
  ["PULUMI_OPTION_VERBOSE", "9", true],
  ["PULUMI_OPTION_VERBOSE", "1", false],
  ["TF_LOG", "TRACE", true],
  ["TF_LOG", "off", false],
  ["TF_LOG_PROVIDER", "DEBUG", true],
  ["TF_LOG_PROVIDER_TLS", "DEBUG", true],
  ["TF_LOG_SDK_PROTO", "TRACE", true],
  ["TF_LOG_PATH", "/tmp/x", false],
  ["PULUMI_STACK", "dev", false],
])("%s=%s writes secrets: %p", (name, value, writes) => {
  expect(secretLogVariables({ [name]: value })).toEqual(writes ? [name] : []);
});

test("one line says all that would write them, and how to have it on purpose", () => {
  const args = ["up", "--debug"];
  const environment = { TF_LOG: "TRACE" };
  expect(formatProblem(secretLogProblem(args, environment)!)).toBe(
    "pulumi: --debug, TF_LOG: writes every secret of the stack in plain text; whoever sees that output or " +
      "file has its private keys: root on every machine; leave it out, or set DOCKERTLS_LOG_SECRETS=yes if " +
      "that is what you want, and treat what is written like the keys",
  );
  expect(secretLogProblem(args, { ...environment, DOCKERTLS_LOG_SECRETS: "yes" })).toBeUndefined();
  expect(secretLogProblem(args, { DOCKERTLS_LOG_SECRETS: "no" })).toBeDefined();
});
