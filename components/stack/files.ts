/** A path as it may be shown: whoever pasted a key where its file belongs must not see it repeated. */
export function quotedPath(path: string): string {
  return /[\r\n]|-----/.test(path) ? "what stands there is no path; it" : `"${path}"`;
}

/** What the system calls a failure, `ENOENT`; never its message, which may quote what it was given. */
export function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "unreadable";
}
