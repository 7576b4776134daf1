import { join } from "node:path";
import { ownCache } from "../../own-cache.mjs";
import { sha256 } from "../model/digest.ts";
import type { Problem } from "../model/problem.ts";

/** Bytes that every system takes in the path of a socket (macOS: 104), with room for the name it is made under. */
const longest = 88;

/**
 * Where our plugin serves the one key of the agent that a host names (provider/agent-socket.ts), or why it can't.
 * States hold the path, so it is the same in every run of a stack.
 */
export function agentSocket(
  stack: string,
  publicKey: string,
  cache = ownCache(),
): string | Omit<Problem, "where"> {
  const why = "@pulumi/command asks for the one key of your agent there";
  if (cache === undefined) {
    return {
      what: "names a public key, and there is no folder for its socket",
      why,
      fix: "set XDG_CACHE_HOME to a folder of yours, into which nobody else can write",
    };
  }
  const path = join(cache, "agent", sha256(`${stack} ${publicKey}`).slice(0, 16));
  if (Buffer.byteLength(path) <= longest) return path;
  return {
    what: `names a public key, and ${path} is too long for its socket`,
    why,
    fix: "set XDG_CACHE_HOME to a folder of yours with a shorter path",
  };
}
