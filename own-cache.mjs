// Where this user's caches lie: compiled code that is run, an engine that is run. So never in a place where
// somebody else could have put something, whatever HOME and XDG_CACHE_HOME say; rather nowhere. Plain
// JavaScript, since it comes before any TypeScript, and an older Node gets this far.
import {
  accessSync,
  chmodSync,
  constants,
  lstatSync,
  mkdirSync,
  realpathSync,
  statfsSync,
} from "node:fs";
import module from "node:module";
import { userInfo } from "node:os";
import { dirname, isAbsolute, join } from "node:path";

const me = process.getuid?.();

/** This user's home by the system's own list, or undefined: a container's user may stand in none. */
function listedHome() {
  try {
    return userInfo().homedir;
  } catch {
    return undefined;
  }
}

/** Homes to try, in this order. @param {NodeJS.ProcessEnv} environment */
const homes = ({ HOME }) => [HOME, listedHome()].filter((home) => home && isAbsolute(home));

/** @param {string} path */
const statOf = (path) => lstatSync(path, { throwIfNoEntry: false });

/**
 * Whether nobody but this user and root can put or replace something at a path, which need not be there yet.
 * @param {string} path
 */
export function isOwn(path) {
  try {
    if (statOf(path) === undefined) return !isOpen(dirname(path)) && isOwnOrRoots(dirname(path));
    const real = realpathSync(path);
    const { uid, mode } = lstatSync(real);
    return (me === undefined || uid === me) && !(mode & 0o022) && isOwnOrRoots(dirname(real));
  } catch {
    return false;
  }
}

/** Whether others may put something there; of what is not there yet, where it would be made. @param {string} path */
function isOpen(path) {
  const found = statOf(path);
  if (found === undefined) return isOpen(dirname(path));
  return me !== undefined && (lstatSync(realpathSync(path)).mode & 0o022) !== 0;
}

/** Whether nobody else can take away what is in it. @param {string} path */
function isOwnOrRoots(path) {
  if (me === undefined) return true;
  if (statOf(path) === undefined) return isOwnOrRoots(dirname(path));
  const real = realpathSync(path);
  const { uid, mode } = lstatSync(real);
  const isSticky = (mode & 0o1000) !== 0;
  if ((uid !== 0 && uid !== me) || (mode & 0o022 && !isSticky)) return false;
  return real === "/" || isOwnOrRoots(dirname(real));
}

/** /proc and /sys: they let root write, they say, and Node tries for ever to make a folder there. */
const notOnDisk = [0x9fa0, 0x62656572];

/** Whether this user can write there, or make it. @param {string} path */
function isWritable(path) {
  const found = statOf(path);
  if (found === undefined) return isWritable(dirname(path));
  try {
    accessSync(path, constants.W_OK | constants.X_OK);
    return (
      lstatSync(realpathSync(path)).isDirectory() && !notOnDisk.includes(statfsSync(path).type)
    );
  } catch {
    return false;
  }
}

/**
 * The folder of this program's caches, or undefined where there is no safe one. It makes nothing.
 * @param {NodeJS.ProcessEnv} environment
 * @returns {string | undefined}
 */
export function ownCache(environment = process.env) {
  const { XDG_CACHE_HOME: named } = environment;
  const bases = [
    // A relative one is invalid, says the XDG specification.
    ...(named && isAbsolute(named) ? [named] : []),
    // A home that is not there is nobody's: it is not made.
    ...homes(environment)
      .filter((home) => statOf(home) !== undefined)
      .map((home) => join(home, ".cache")),
  ];
  return bases
    .map((base) => join(base, "dockertls"))
    .find((folder) => isOwn(folder) && isWritable(folder));
}

/** Has Node keep compiled code: half the time of a start. Without a safe place it goes without. */
export function keepCompiledCode(environment = process.env) {
  // Where somebody has named a place, Node has seen to it by itself.
  if (environment.NODE_COMPILE_CACHE) return;
  const cache = ownCache(environment);
  if (cache === undefined) return;
  const folder = join(cache, "node");
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    if (!isOwn(folder)) return;
    // What Node makes in it is as open as the umask has it.
    chmodSync(folder, 0o700);
  } catch {
    return;
  }
  module.enableCompileCache?.(folder);
}

/**
 * HOME and XDG_CACHE_HOME as the programs that ours start can use them: go, npm and the engine fail without.
 * @param {NodeJS.ProcessEnv} environment
 * @param {string} instead a home for whoever has none that can be written to
 */
export function withHome(environment, instead) {
  const home = homes(environment).find((one) => statOf(one) !== undefined && isWritable(one));
  const { XDG_CACHE_HOME: named, ...others } = environment;
  const keeps = named && isAbsolute(named) && isOwn(named) && isWritable(named);
  if (home === undefined) mkdirSync(instead, { recursive: true, mode: 0o700 });
  return { ...others, ...(keeps ? { XDG_CACHE_HOME: named } : {}), HOME: home ?? instead };
}
