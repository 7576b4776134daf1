// An `up` whose tls plugin takes it to be earlier than it is: what it issues is due, or ends, before long.
import { X509Certificate } from "node:crypto";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { checkout } from "../../lab/paths.ts";
import type { StackRun } from "./stack-run.ts";

export const hour = 3_600_000;

/** For the environment of an engine whose tls plugin is to be behind by so much; the plugin must be its own process. */
export function clockBehind(milliseconds: number): {
  readonly NODE_OPTIONS: string;
  readonly DOCKERTLS_TLS_CLOCK_LAG: string;
} {
  const clock = pathToFileURL(join(checkout, "tests", "support", "shifted-clock.mjs"));
  return {
    NODE_OPTIONS: `--import=${clock.href}`,
    DOCKERTLS_TLS_CLOCK_LAG: String(milliseconds),
  };
}

/** The plugin is a process of the engine's own, since those that stay have everybody's clock. */
export async function upInThePast(stack: StackRun, milliseconds: number): Promise<void> {
  const { environment } = stack;
  const before = environment["NODE_OPTIONS"] ?? "";
  const { NODE_OPTIONS, ...lag } = clockBehind(milliseconds);
  Object.assign(environment, lag, { NODE_OPTIONS: `${before} ${NODE_OPTIONS}` });
  const up = await stack.begin(["up", "--yes", "--skip-preview"]).end;
  environment["NODE_OPTIONS"] = before;
  delete environment["DOCKERTLS_TLS_CLOCK_LAG"];
  expect(up.all).not.toMatch(/error/);
  expect(up.exitCode).toBe(0);
}

/** False where the plugin is an official one, which goes by the machine's own clock. */
export const isFromThePast = (certificate: string): boolean =>
  new X509Certificate(certificate).validFromDate.getTime() < Date.now() - hour;

export const noPast = "skipped: the tls plugin on PATH has no clock that can be set";
