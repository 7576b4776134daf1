import { existsSync, readFileSync } from "node:fs";
import { sha256 } from "../../components/model/digest.ts";
import { releaseIn } from "../rollout/release.ts";

/** What a preview is of: the program, what all stacks share, and the stack's own file. */
export function contentOf(project: string, configFile: string): string {
  const own = existsSync(configFile) ? sha256(readFileSync(configFile, "utf8")) : "";
  return `${releaseIn(project).id} ${own}`;
}
