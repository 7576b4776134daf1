// What is written into a bundle's folder, what is left alone there, and what is refused.
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import type { ClientBundle, IssuedBundle } from "../../../components/model/certificates.ts";
import { writeBundle, type Bundle, type WrittenBundle } from "../../../scripts/client/bundle.ts";
import {
  bundleWith,
  removeFolders,
  scratchFolder,
  somePems,
} from "../../support/client-bundles.ts";

let pems: ClientBundle;
let renewed: ClientBundle;
let folder: string;

beforeAll(async () => {
  pems = await somePems();
  renewed = await somePems();
});

beforeEach(() => {
  folder = join(scratchFolder(), "deep", "alice");
});

afterAll(removeFolders);

const now = new Date("2026-11-30T18:00:00Z");
const write = (bundle: Bundle = bundleWith(pems), force = false): WrittenBundle =>
  writeBundle(bundle, { folder, force, now });
const text = (name: string): string => readFileSync(join(folder, name), "utf8");
const modeOf = (path: string): number => lstatSync(path).mode & 0o777;
const withoutKey = ({ ca, cert }: IssuedBundle): IssuedBundle => ({ ca, cert });

/** Everything below a folder, as it is. */
const contents = (): Record<string, string> =>
  Object.fromEntries(readdirSync(folder).map((name) => [name, text(name)]));

describe("a first bundle", () => {
  // proves: client.modes
  test("is for its owner alone, whatever the umask", () => {
    const usual = process.umask(0);
    try {
      write();
    } finally {
      process.umask(usual);
    }
    expect([modeOf(folder), modeOf(join(folder, ".."))]).toEqual([0o700, 0o700]);
    const modes = readdirSync(folder).map((name) => modeOf(join(folder, name)));
    expect(new Set(modes)).toEqual(new Set([0o600]));
  });

  test("holds the PEM files, an environment and a context for each machine, and what it is", () => {
    write();
    const ends = ["cmd", "fish", "ps1", "sh"];
    expect(readdirSync(folder).sort()).toEqual(
      [
        ...["b1.dockercontext", "b2.dockercontext", "bundle.json", "ca.pem", "cert.pem", "key.pem"],
        ...["b1.env.", "b2.env.", "env."].flatMap((name) => ends.map((end) => name + end)),
      ].sort(),
    );
    expect([text("ca.pem"), text("cert.pem"), text("key.pem")]).toEqual(Object.values(pems));
    expect(text("env.sh")).toBe(text("b1.env.sh"));
    expect(JSON.parse(text("bundle.json"))).toMatchObject({
      ...{ stack: "prod", client: "alice", writtenAt: now.toISOString(), issuer: "an authority" },
      certificate: expect.stringMatching(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/),
      notAfter: expect.stringMatching(/^20\d\d-/),
    });
  });

  test("has env.sh for the machine that is named", () => {
    write(bundleWith(pems, { host: "b2" }));
    expect(text("env.sh")).toContain("2001:db8::2");
  });
});

describe("written again", () => {
  test("it is renewed in place, and what is no longer a machine's goes, its key with it", () => {
    write();
    writeFileSync(join(folder, "notes.txt"), "mine");
    const { b1 } = bundleWith(pems).hosts;
    write(bundleWith(renewed, { hosts: { b1: b1! } }));
    expect(text("cert.pem")).toBe(renewed.cert);
    expect(readdirSync(folder)).not.toContain("b2.dockercontext");
    expect(readdirSync(folder)).not.toContain("b1.env.sh");
    expect(text("notes.txt")).toBe("mine");
  });

  // proves: client.no-other-identity
  test("another client's bundle stays, unless it is forced", () => {
    write();
    const before = contents();
    const bob = bundleWith(renewed, { client: "bob" });
    expect(() => write(bob)).toThrow(/holds the bundle of alice of stack prod/);
    expect(() => write(bundleWith(renewed, { stack: "dev" }))).toThrow(/--force/);
    expect(contents()).toEqual(before);
    write(bob, true);
    expect(text("cert.pem")).toBe(renewed.cert);
  });

  test("what an interrupted run has left is completed", () => {
    write();
    writeFileSync(join(folder, ".key.pem.new"), "half");
    writeFileSync(join(folder, "cert.pem"), renewed.cert);
    write();
    expect(text("cert.pem")).toBe(pems.cert);
    expect(readdirSync(folder)).not.toContain(".key.pem.new");
  });
});

describe("a folder that is there", () => {
  test("files of others are not replaced, unless it is forced", () => {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(join(folder, "key.pem"), "somebody's only key");
    expect(() => write()).toThrow(/holds key\.pem, not written by this command/);
    expect(text("key.pem")).toBe("somebody's only key");
    write(bundleWith(pems), true);
    expect(text("key.pem")).toBe(pems.key);
  });

  test("is made private when it is empty, and left as it is when it is not", () => {
    mkdirSync(folder, { recursive: true });
    chmodSync(folder, 0o755);
    write();
    expect(modeOf(folder)).toBe(0o700);

    folder = scratchFolder();
    writeFileSync(join(folder, "notes.txt"), "mine");
    chmodSync(folder, 0o755);
    expect(() => write()).toThrow(/other users may look into it \(mode 755\)/);
    expect([modeOf(folder), readdirSync(folder)]).toEqual([0o755, ["notes.txt"]]);
  });
});

describe("links and open folders", () => {
  // proves: client.no-link
  test.each(["ca.pem", "key.pem", "env.sh", "b1.dockercontext", "bundle.json"])(
    "%s that leads elsewhere is not followed, not even when it is forced",
    (name) => {
      write();
      const elsewhere = join(scratchFolder(), "victim");
      writeFileSync(elsewhere, "precious");
      const before = readFileSync(join(folder, "cert.pem"), "utf8");
      symlinkAt(name, elsewhere);
      expect(() => write(bundleWith(renewed), true)).toThrow(/is a symbolic link/);
      expect(readFileSync(elsewhere, "utf8")).toBe("precious");
      expect(text("cert.pem")).toBe(before);
    },
  );

  test("a name under which it writes first is no way out either", () => {
    write();
    const elsewhere = join(scratchFolder(), "victim");
    writeFileSync(elsewhere, "precious");
    symlinkSync(elsewhere, join(folder, ".key.pem.new"));
    write();
    expect(readFileSync(elsewhere, "utf8")).toBe("precious");
  });

  test("the folder itself may be no link", () => {
    const real = scratchFolder();
    folder = join(scratchFolder(), "alice");
    symlinkSync(real, folder);
    expect(() => write()).toThrow(/is a symbolic link/);
    expect(readdirSync(real)).toEqual([]);
  });

  test.each([0o777, 0o757])("nor may others replace it: a parent of mode %o", (mode) => {
    const open = join(scratchFolder(), "open");
    mkdirSync(open);
    chmodSync(open, mode);
    folder = join(open, "alice");
    expect(() => write()).toThrow(/other users may replace what is in it/);
    expect(readdirSync(open)).toEqual([]);
  });

  test("a parent with the sticky bit, like /tmp, is no danger", () => {
    const open = join(scratchFolder(), "open");
    mkdirSync(open);
    chmodSync(open, 0o1777);
    folder = join(open, "alice");
    write();
    expect(text("cert.pem")).toBe(pems.cert);
  });
});

describe("a client whose key was made elsewhere", () => {
  // proves: client.own-key
  test("gets no key.pem, and nothing that needs one", () => {
    const { notes } = write(bundleWith(withoutKey(pems)));
    expect(notes.join()).toMatch(/key\.pem: not written, the key of alice was made elsewhere/);
    const names = readdirSync(folder);
    expect(names).not.toContain("key.pem");
    expect(names.filter((name) => name.endsWith(".dockercontext"))).toEqual([]);
    expect(names).toContain("env.sh");
  });

  test("keeps its own, of which the contexts then have a copy", () => {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(join(folder, "key.pem"), pems.key, { mode: 0o600 });
    const { notes } = write(bundleWith(withoutKey(pems)));
    expect(notes.join()).toMatch(/key\.pem: left as it is/);
    expect(text("key.pem")).toBe(pems.key);
    expect(text("b1.dockercontext")).toContain(pems.key);
  });

  test("keeps another one as well, and is told that it does not fit", () => {
    write(bundleWith(renewed));
    const { notes } = write(bundleWith(withoutKey(pems)));
    expect(notes.join()).toMatch(/it is an earlier one, and docker fails with it/);
    expect(text("key.pem")).toBe(renewed.key);
    expect(readdirSync(folder)).not.toContain("b1.dockercontext");
    write(bundleWith(withoutKey(pems)));
    expect(text("key.pem")).toBe(renewed.key);
  });
});

function symlinkAt(name: string, target: string): void {
  const path = join(folder, name);
  rmSync(path);
  symlinkSync(target, path);
}
