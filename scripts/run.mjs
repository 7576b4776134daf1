// The way in for `npm start` and the others. Plain JavaScript that needs nothing installed: it sees to
// node_modules, then hands over to the project's own Node, which runs the TypeScript.
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { constants } from "node:os";
import { withHome } from "../own-cache.mjs";
import { takeInstallLock } from "./install-lock.mjs";
import { hasGlibc, nodeFor, ownNodeVersion, runs } from "./own-node.mjs";

/** @param {string} file @returns {Record<string, { version?: string, integrity?: string, optional?: boolean }>} */
const packagesIn = (file) => JSON.parse(readFileSync(file, "utf8")).packages ?? {};

/**
 * Why node_modules is not what package-lock.json asks for, in a few words, or undefined when it is.
 * By content, since git and npm both touch the times of these files for no reason.
 * @param {string} checkout
 */
export function staleness(checkout) {
  const installedLock = join(checkout, "node_modules", ".package-lock.json");
  let installed;
  try {
    installed = packagesIn(installedLock);
  } catch {
    return "they are not installed, or not to the end";
  }
  const locked = packagesIn(join(checkout, "package-lock.json"));
  const differs = Object.entries(locked).find(
    // An optional package is for another platform when it is missing.
    ([name, { version, optional }]) =>
      name !== "" && (installed[name] ? installed[name].version !== version : !optional),
  );
  if (differs) {
    const [name, { version }] = differs;
    const found = installed[name]?.version ?? "missing";
    return `${name.replace(/^.*node_modules\//, "")} is ${found}, not ${version}`;
  }
  const replaced = Object.entries(locked).find(
    ([name, { integrity }]) => installed[name] && installed[name].integrity !== integrity,
  );
  if (replaced) {
    return `${replaced[0].replace(/^.*node_modules\//, "")} is not the one with the checksum in package-lock.json`;
  }
  // A download that a full disk cut short, or a folder that came from another platform.
  const wanted = ownNodeVersion(locked);
  return wanted === undefined || runs(checkout, wanted) || !hasGlibc()
    ? undefined
    : `the project's own Node ${wanted} does not run`;
}

/** @param {string} checkout @param {NodeJS.ProcessEnv} environment */
async function install(checkout, environment) {
  const own = join(checkout, ".dockertls");
  mkdirSync(own, { recursive: true, mode: 0o700 });
  const release = await takeInstallLock(join(own, "installing"), () => {
    console.log("another run is installing the project's packages; waiting for it");
  });
  try {
    // Another run may have done it while this one waited.
    if (staleness(checkout) === undefined) return 0;
    console.log("installing the project's packages (npm ci): about half a minute");
    // npm removes the packages one by one: killed in the middle, it must not look complete.
    rmSync(join(checkout, "node_modules", ".package-lock.json"), { force: true });
    const { status } = spawnSync("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], {
      cwd: checkout,
      env: environment,
      stdio: ["ignore", "inherit", "inherit"],
    });
    if (status !== 0) console.error("npm ci: failed; the reason is above");
    return status ?? 1;
  } finally {
    release();
  }
}

/**
 * The doctor changes nothing, so it doesn't install either; and without packages it can't run.
 * @param {string} why @param {string[]} args
 */
function doctorWithoutPackages(why, args) {
  const says = `node_modules: ${why}; nothing of this program can run without its packages; run \`npm ci\``;
  const steps = [{ name: "packages", outcome: "FAIL", says }];
  const title = "this machine";
  const text = `${title}\n  FAIL  packages  ${says}\n\n1 thing is wrong`;
  console.log(args.includes("--json") ? JSON.stringify([{ title, steps }], null, 2) : text);
}

async function main() {
  const checkout = dirname(dirname(fileURLToPath(import.meta.url)));
  if (Number(process.versions.node.split(".")[0]) < 20) {
    console.error(
      `node: this is ${process.version}; the project needs Node 20 or newer to set itself up; install one from https://nodejs.org`,
    );
    process.exit(1);
  }
  const environment = withHome(process.env, join(checkout, ".dockertls", "home"));
  const [name = "", ...args] = process.argv.slice(2);
  const stale = staleness(checkout);
  if (stale !== undefined && name === "doctor") {
    doctorWithoutPackages(stale, args);
    process.exit(1);
  }
  const status = stale === undefined ? 0 : await install(checkout, environment);
  if (status !== 0) process.exit(status);

  const found = nodeFor(checkout, packagesIn(join(checkout, "package-lock.json")));
  if ("problem" in found) {
    console.error(found.problem);
    process.exit(1);
  }
  // The engine and its plugins look for Node on PATH.
  const first = [join(checkout, "node_modules", ".bin"), dirname(found.node)];
  const child = spawn(found.node, [join(checkout, "scripts", `${name}.ts`), ...args], {
    stdio: "inherit",
    env: { ...environment, PATH: [...new Set(first), process.env.PATH ?? ""].join(delimiter) },
  });
  // Ctrl-C reaches the child by itself: this process only waits until it has tidied up.
  process.on("SIGINT", () => {});
  for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("exit", (code, signal) => {
    process.exit(code ?? 128 + (signal ? constants.signals[signal] : 0));
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
