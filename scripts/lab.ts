// npm run lab -- up|down|status|ssh|exec|pin: the lab by hand.
import { spawnSync } from "node:child_process";
import { parseArgs } from "node:util";
import { pinReleases } from "../lab/engine/pin.ts";
import { platforms } from "../lab/engine/releases.ts";
import { consoleReports } from "../lab/engine/report.ts";
import { allImageNames, imageNamed, imageNameOf } from "../lab/machines/image.ts";
import { addressOf, labNamed, labNames } from "../lab/machines/labs.ts";
import { downLab, entering, upMachines } from "../lab/machines/machines.ts";
import { assertMine, machinesOf, ownerOf } from "../lab/machines/ownership.ts";
import { accessPaths } from "../lab/machines/paths.ts";
import { runningProcess } from "../lab/machines/process.ts";
import { rootPrefix } from "../lab/machines/root.ts";
import { showedHelp } from "./help.ts";
import { labInUse, ownStates } from "./live-stacks.ts";

const usage = `usage: npm run lab -- up [NAME…]      boot machines (default: the first one)
         --image ${allImageNames.join("|")}
                                      what they are made from (default: as they were, else the first)
       npm run lab -- down [--force]  take the lab away: machines, disks, bridge, route
                                      (--force: also where a stack still has machines here, or
                                      another checkout uses it)
       npm run lab -- status          what is up, where, and made from what
       npm run lab -- ssh NAME [CMD…] log in as root by SSH, as the program does
       npm run lab -- exec NAME CMD…  run a command as root, also when sshd is down
       npm run lab -- pin [--all]     download Pulumi's releases, and write down their checksums
                                      (default: those for this platform)
options: --lab ${labNames().join("|")} (default: dev), before NAME`;

const { say } = consoleReports();

function run(command: string[]): number {
  const [file = "", ...args] = command;
  return spawnSync(file, args, { stdio: "inherit" }).status ?? 1;
}

function status(): number {
  for (const name of labNames()) {
    const owner = ownerOf(name);
    say(owner ? `lab ${name}: of the checkout ${owner}` : `lab ${name}: down`);
    for (const machine of machinesOf(name)) {
      const running = runningProcess(name, machine);
      const state = running ? `up (pid ${String(running.pid)})` : "stopped";
      const image = imageNameOf(name, machine) ?? "of an image that no longer exists";
      say(`  ${machine}  ${addressOf(labNamed(name), machine)}  ${image}  ${state}`);
    }
  }
  return 0;
}

function ssh(lab: string, machine: string, command: string[]): number {
  const { identityFile, knownHosts } = accessPaths(lab);
  return run([
    ...["ssh", "-F", "none", "-i", identityFile, "-o", "IdentitiesOnly=yes"],
    ...["-o", `UserKnownHostsFile=${knownHosts}`, "-o", "GlobalKnownHostsFile=none"],
    ...["-o", "StrictHostKeyChecking=yes", `root@${addressOf(labNamed(lab), machine)}`, ...command],
  ]);
}

async function main(argv: string[]): Promise<number> {
  // Options end at the machine's name: what follows belongs to the command that runs there.
  const verb = argv[0] ?? "";
  // After `ssh` and `exec` it may be the command's own.
  if (showedHelp(usage, argv.slice(0, verb === "ssh" || verb === "exec" ? 2 : undefined))) return 0;
  const passesOn = verb === "ssh" || verb === "exec";
  const options = {
    lab: { type: "string", default: "dev" },
    force: { type: "boolean", default: false },
    all: { type: "boolean", default: false },
    image: { type: "string" },
  } as const;
  let rest = argv.slice(1);
  let lab = "dev";
  let force = false;
  let all = false;
  let image: string | undefined;
  if (passesOn) {
    if (rest[0] === "--lab") [lab, rest] = [rest[1] ?? "", rest.slice(2)];
  } else {
    const parsed = parseArgs({ args: rest, options, allowPositionals: true });
    ({ lab, force, all, image } = parsed.values);
    rest = parsed.positionals;
  }
  const { prefix } = labNamed(lab);
  const [machine, ...command] = rest;
  switch (verb) {
    case "up": {
      const names = rest.length > 0 ? rest : [`${prefix}1`];
      await upMachines(lab, names, { say, ...(image ? { image: imageNamed(image) } : {}) });
      for (const name of names) say(`${name}: up at ${addressOf(labNamed(lab), name)}`);
      return 0;
    }
    case "down": {
      const inUse = force ? undefined : labInUse(labNamed(lab), ownStates());
      if (inUse !== undefined) throw new Error(inUse);
      await downLab(lab, { force, say });
      say(`lab ${lab}: down`);
      return 0;
    }
    case "status":
      return status();
    case "pin":
      await pinReleases({
        platforms: all ? platforms : [`${process.platform}-${process.arch}`],
        say,
      });
      return 0;
    case "ssh":
      if (!machine) break;
      assertMine(lab);
      return ssh(lab, machine, command);
    case "exec":
      if (!machine || command.length === 0) break;
      assertMine(lab);
      return run([...rootPrefix(), ...entering(lab, machine), ...command]);
  }
  console.error(usage);
  return 2;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
