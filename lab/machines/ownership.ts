// A lab's name stands for one bridge and one subnet of this machine, so one checkout has it at a time.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { labDirectory, machinePaths, ownerFile } from "./paths.ts";
import { checkout } from "../paths.ts";
import { scriptAsRoot } from "./root.ts";
import { runningProcess } from "./process.ts";

/** The checkout that last used the lab. */
export const ownerOf = (lab: string): string | undefined =>
  existsSync(ownerFile(lab)) ? readFileSync(ownerFile(lab), "utf8").trim() : undefined;

export const machinesOf = (lab: string): string[] =>
  existsSync(labDirectory(lab))
    ? readdirSync(labDirectory(lab), { withFileTypes: true })
        .filter(
          (entry) => entry.isDirectory() && existsSync(machinePaths(lab, entry.name).directory),
        )
        .map((entry) => entry.name)
        .sort()
    : [];

const runningMachines = (lab: string): string[] =>
  machinesOf(lab).filter((machine) => runningProcess(lab, machine));

/** Throws when the lab is in use by another checkout that still exists. */
export function assertMine(lab: string): void {
  const owner = ownerOf(lab);
  const running = runningMachines(lab);
  if (!owner || owner === checkout || !existsSync(owner) || running.length === 0) return;
  throw new Error(
    `lab ${lab}: in use by the checkout ${owner} (${running.join(", ")}); one checkout has it at a time; ` +
      `run "npm run lab -- down --lab ${lab}" there, or here with --force`,
  );
}

export async function claim(lab: string): Promise<void> {
  if (ownerOf(lab) === checkout) return;
  await scriptAsRoot('mkdir -p "$1" && echo "$2" > "$3.new" && mv "$3.new" "$3"', [
    labDirectory(lab),
    checkout,
    ownerFile(lab),
  ]);
}
