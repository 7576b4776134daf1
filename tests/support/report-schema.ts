// Whether a report is what docs/dockertls.report.schema.json says, by a validator that knows nothing of this project.
import { readFileSync } from "node:fs";
import { Ajv, type AnySchema } from "ajv";
import { join } from "node:path";
import { checkout } from "../../lab/paths.ts";

const schema = JSON.parse(
  readFileSync(join(checkout, "docs/dockertls.report.schema.json"), "utf8"),
) as AnySchema;

const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;
const validate = new Ajv({ strict: true, formats: { "date-time": time } }).compile(schema);

/** What is wrong with it, a line each. */
export function reportProblems(report: unknown): string[] {
  if (validate(report)) return [];
  return (validate.errors ?? []).map(
    ({ instancePath, message, params }) =>
      `${instancePath} ${message ?? ""} ${JSON.stringify(params)}`,
  );
}
