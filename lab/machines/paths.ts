// Where the lab keeps its things. Root file systems are full of files owned by root, so they live
// under /var/lib; what belongs to the person (the SSH key) lives in the checkout.
import { join } from "node:path";
import { checkout } from "../paths.ts";

/** Elsewhere where /var is small, and in tests. */
export const systemDirectory = process.env["DOCKERTLS_LAB_DIRECTORY"] ?? "/var/lib/dockertls-lab";

export const labDirectory = (lab: string): string => join(systemDirectory, lab);
export const ownerFile = (lab: string): string => join(labDirectory(lab), "owner");

export interface MachinePaths {
  directory: string;
  /** What the machine wrote over the image; deleting it makes the machine pristine. */
  upper: string;
  work: string;
  root: string;
  /** dockerd's and containerd's data: overlayfs can't be stacked on overlayfs. */
  data: string;
  hostKey: string;
  pidFile: string;
  console: string;
}

export function machinePaths(lab: string, machine: string): MachinePaths {
  const directory = join(labDirectory(lab), machine);
  return {
    directory,
    upper: join(directory, "upper"),
    work: join(directory, "work"),
    root: join(directory, "root"),
    data: join(directory, "data"),
    hostKey: join(directory, "ssh_host_ed25519_key"),
    pidFile: join(directory, "pid"),
    console: join(directory, "console.log"),
  };
}

export interface AccessPaths {
  directory: string;
  identityFile: string;
  knownHosts: string;
}

/** What the stack file and ssh use: the client key and the machines' host keys. */
export function accessPaths(lab: string): AccessPaths {
  const directory = join(checkout, ".lab", lab);
  return {
    directory,
    identityFile: join(directory, "id_ed25519"),
    knownHosts: join(directory, "known_hosts"),
  };
}
