// What a machine is made of, in a directory: its own files below root/, and below model/ what the stubs
// of systemd and dockerd remember.
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { treeOf } from "./file-tree.ts";

export class MachineFiles {
  readonly home: string;
  readonly root: string;
  readonly model: string;

  constructor(home: string) {
    this.home = home;
    this.root = join(home, "root");
    this.model = join(home, "model");
  }

  path(path: string): string {
    return join(this.root, path);
  }

  write(path: string, text: string, mode = 0o644): void {
    mkdirSync(dirname(this.path(path)), { recursive: true, mode: 0o755 });
    writeFileSync(this.path(path), text);
    chmodSync(this.path(path), mode);
  }

  read(path: string): string {
    return readFileSync(this.path(path), "utf8");
  }

  exists(path: string): boolean {
    return existsSync(this.path(path));
  }

  set(name: string, value = ""): void {
    writeFileSync(join(this.model, name), value === "" ? "" : `${value}\n`);
  }

  unset(name: string): void {
    rmSync(join(this.model, name), { force: true });
  }

  get(name: string): string {
    const file = join(this.model, name);
    return existsSync(file) ? readFileSync(file, "utf8").trim() : "";
  }

  /** The commands that the scripts gave to the model, one a line. */
  calls(): string[] {
    return this.get("argv").split("\n");
  }

  /** Every file and directory of the machine with mode, owner and content. */
  snapshot(): Record<string, string> {
    const found = treeOf(this.root, ["/etc", "/opt", "/var", "/run"]);
    delete found["/run/dockertls.lock"];
    return found;
  }

  /** Paths of files with a private key that users besides root could read. */
  readableKeys(): string[] {
    return Object.entries(this.snapshot())
      .filter(([, what]) => what.includes("PRIVATE KEY") && !/^[0-7]00 /.test(what))
      .map(([path]) => path);
  }

  destroy(): void {
    rmSync(this.home, { recursive: true, force: true });
  }
}
