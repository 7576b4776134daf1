// The way in for `npm start` and the others. Plain JavaScript that needs nothing installed: it sees to
// node_modules, then hands over to the project's own Node, which runs the TypeScript.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { constants } from "node:os";

/**
 * Whether node_modules lacks something that package-lock.json names, or has it in another version.
 * By content, since git and npm both touch the times of these files for no reason.
 * @param {string} checkout
 */
export function isStale(checkout) {
  const installedLock = join(checkout, "node_modules", ".package-lock.json");
  if (!existsSync(installedLock) || !existsSync(join(checkout, "node_modules", ".bin", "node")))
    return true;
  const packagesIn = (file) => JSON.parse(readFileSync(file, "utf8")).packages ?? {};
  const installed = packagesIn(installedLock);
  return Object.entries(packagesIn(join(checkout, "package-lock.json"))).some(
    // An optional package is for another platform when it is missing.
    ([name, { version, optional }]) =>
      name !== "" && (installed[name] ? installed[name].version !== version : !optional),
  );
}

function main() {
  const checkout = dirname(dirname(fileURLToPath(import.meta.url)));
  if (Number(process.versions.node.split(".")[0]) < 20) {
    console.error(
      `node: this is ${process.version}; the project needs Node 20 or newer to set itself up; install one from https://nodejs.org`,
    );
    process.exit(1);
  }
  if (isStale(checkout)) {
    console.log("installing the project's packages (npm ci), about a minute");
    const { status } = spawnSync("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], {
      cwd: checkout,
      stdio: ["ignore", "inherit", "inherit"],
    });
    if (status !== 0) {
      console.error("npm ci: failed; the reason is above");
      process.exit(status ?? 1);
    }
  }

  const [name = "", ...args] = process.argv.slice(2);
  const binaries = join(checkout, "node_modules", ".bin");
  const child = spawn(join(binaries, "node"), [join(checkout, "scripts", `${name}.ts`), ...args], {
    stdio: "inherit",
    env: { ...process.env, PATH: `${binaries}${delimiter}${process.env.PATH ?? ""}` },
  });
  // Ctrl-C reaches the child by itself: this process only waits until it has tidied up.
  process.on("SIGINT", () => {});
  for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("exit", (code, signal) => {
    process.exit(code ?? 128 + (signal ? constants.signals[signal] : 0));
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main();
