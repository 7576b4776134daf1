import { homedir } from "node:os";
import { join } from "node:path";

/** A path as it may be shown: whoever pasted a key where its file belongs must not see it repeated. */
export function quotedPath(path: string): string {
  return /[\r\n]|-----/.test(path) ? "what stands there is no path; it" : `"${path}"`;
}

/** What to do about a file that can't be read; where it may not be, its path is right. */
export function wayToRead(error: unknown, otherwise: string): string {
  return ["EACCES", "EPERM"].includes(codeOf(error))
    ? "give your user the right to read it (`ls -l`, `chown`, `chmod 600`), or run as its owner"
    : otherwise;
}

/** What the system calls a failure, `ENOENT`; never its message, which may quote what it was given. */
export function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "unreadable";
}

/** A path as a shell would take it: `~/` is the home of whoever runs this. */
export function expanded(path: string): string {
  return path.startsWith("~/") ? join(homedir(), path.slice(2)) : path;
}
