import { equalJson } from "../json-value.ts";
import type { DaemonSettings } from "./keys.ts";

/** The registry mirrors that settings ask for; none when they say nothing. */
export function mirrorsIn(settings: DaemonSettings): string[] {
  const mirrors = settings["registry-mirrors"];
  return Array.isArray(mirrors) ? mirrors.filter((mirror) => typeof mirror === "string") : [];
}

/** Whether two lists name the same mirrors: dockerd ends each with a slash and drops doubles. */
export function sameMirrors(one: readonly string[], other: readonly string[]): boolean {
  return equalJson(bare(one), bare(other));
}

function bare(mirrors: readonly string[]): string[] {
  return [...new Set(mirrors.map((mirror) => mirror.replace(/\/+$/, "")))].sort();
}
