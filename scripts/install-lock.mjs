// A lock for the installation, which has no packages to build on. The lock is a file that names its process, and
// is taken over once that process is gone, however it ended.
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";

/**
 * Waits until no other process holds the lock, then takes it.
 * @param {string} mark path of the mark
 * @param {() => void} waiting called once when another process holds it
 * @returns {Promise<() => void>} releases it
 */
export async function takeInstallLock(mark, waiting) {
  const own = `${mark}.${process.pid}`;
  writeFileSync(own, nameOf(process.pid));
  let told = false;
  try {
    // A link, unlike a file that is opened and then written, appears with its content.
    while (!linked(own, mark)) {
      if (takenFromTheDead(mark)) continue;
      if (!told) waiting();
      told = true;
      await setTimeout(300);
    }
  } finally {
    rmSync(own, { force: true });
  }
  return () => rmSync(mark, { force: true });
}

/** @param {string} from @param {string} to */
function linked(from, to) {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (error.code === "EEXIST") return false;
    throw error;
  }
}

/** @param {string} mark */
function takenFromTheDead(mark) {
  const holder = read(mark);
  if (holder === undefined) return true;
  if (isAlive(holder)) return false;
  const aside = `${mark}.left-by-${process.pid}`;
  try {
    renameSync(mark, aside);
  } catch {
    return true;
  }
  // Between the look and the move somebody else may have taken the mark: it is theirs.
  if (read(aside) !== holder) linked(aside, mark);
  rmSync(aside, { force: true });
  return true;
}

/** @param {string} holder */
function isAlive(holder) {
  const [pid = ""] = holder.split(" ");
  return nameOf(Number(pid)) === holder;
}

/** Pid and, where the system tells it, start time: a pid alone is used again. @param {number} pid */
function nameOf(pid) {
  const stat = read(`/proc/${pid}/stat`);
  if (stat !== undefined) {
    return `${pid} ${stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]}`;
  }
  try {
    process.kill(pid, 0);
    return `${pid} ?`;
  } catch {
    return `${pid} gone`;
  }
}

/** @param {string} path */
function read(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
