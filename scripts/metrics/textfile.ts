// A file for node_exporter's textfile collector, which may read it at any moment, as another user.
import { randomUUID } from "node:crypto";
import { chmodSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { formatProblem } from "../../components/model/problem.ts";

/** @throws Error in one line where the collector would never read such a file. */
export function checkTextfile(path: string): void {
  if (path.endsWith(".prom")) return;
  throw new Error(
    formatProblem({
      where: "--prom",
      what: `"${path}" does not end in .prom`,
      why: "node_exporter's textfile collector reads no other file",
      fix: "name a file in its directory, such as dockertls-prod.prom",
    }),
  );
}

/** Writes it whole or not at all; the line that says why it could not, or undefined. */
export function writeTextfile(path: string, text: string): string | undefined {
  // In the same directory, since a rename across file systems is none; the collector passes over the name.
  const own = `${path}.${randomUUID()}`;
  try {
    writeFileSync(own, text, { flag: "wx" });
    // Whatever the umask: the collector is another user, and what stands there is not secret.
    chmodSync(own, 0o644);
    renameSync(own, path);
    return undefined;
  } catch (error) {
    rmSync(own, { force: true });
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown";
    return formatProblem({
      where: "--prom",
      what: `${path} can't be written (${code})`,
      why: "Prometheus would go on reading what an earlier run found",
      fix: "give your user the right to write into its directory",
    });
  }
}
