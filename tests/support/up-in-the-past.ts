// An `up` whose tls plugin takes it to be earlier than it is: what it issues is due, or ends, before long.
import { X509Certificate } from "node:crypto";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { checkout } from "../../lab/paths.ts";
import type { StackRun } from "./stack-run.ts";

export const hour = 3_600_000;

/** The plugin is a process of the engine's own, since those that stay have everybody's clock. */
export async function upInThePast(stack: StackRun, milliseconds: number): Promise<void> {
  const { environment } = stack;
  const clock = pathToFileURL(join(checkout, "tests", "support", "shifted-clock.mjs"));
  const before = environment["NODE_OPTIONS"] ?? "";
  environment["NODE_OPTIONS"] = `${before} --import=${clock.href}`;
  environment["DOCKERTLS_TLS_CLOCK_LAG"] = String(milliseconds);
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
