// The script as a file on the machine: how it gets there, that it runs only as a whole, and how a person runs it.
import { rmSync } from "node:fs";
import { installation, machineScript } from "../../components/host/remote/scripts.ts";
import { applyLine, remoteShell, removeLine } from "../../components/model/remote-shell.ts";
import { scriptPath } from "../../components/model/machine-paths.ts";
import { envelopeLines, type Wanted, wantedEnvelope } from "../support/remote-script.ts";
import type { Ran, ScratchMachine } from "../support/scratch-machine.ts";
import { expectConverged, expectRestored, usedMachine } from "../support/killed-runs.ts";

const { digest, text } = machineScript();
const path = scriptPath(digest);
const folder = "/var/lib/dockertls";
let machine: ScratchMachine;

beforeEach(() => {
  machine = usedMachine();
});
afterEach(() => machine.destroy());

const install = (
  where: Parameters<typeof installation>[0] = "anywhere",
  input: string | Buffer = installation(where),
): Promise<Ran> => machine.command(remoteShell("none"), input);

const envelope = (wanted: Wanted = {}): string => {
  const base = machine.read("/etc/docker/daemon.json");
  return [...envelopeLines(wantedEnvelope({ ...wanted, base })), ""].join("\n");
};

const apply = (input = envelope()): Promise<Ran> =>
  machine.command(applyLine(digest, "none"), input);

const remove = (): Promise<Ran> => {
  const settings = { owner: "dockertls/dev/b1", claim: "1000" };
  const input = [...envelopeLines({ settings }), ""].join("\n");
  return machine.command(removeLine("none"), input);
};

const restore = (...words: string[]): Promise<Ran> =>
  machine.command(["sh", `${folder}/dockertls.sh`, ...words].join(" "));

describe("installing it", () => {
  test("leaves a file for root alone, under its digest and under a name to type", async () => {
    expect(await install()).toEqual({ code: 0, signal: null, stdout: "", stderr: "" });

    const there = machine.snapshot();
    expect(there[folder]).toBe("directory 700 0:0");
    expect(there[path]).toMatch(/^(file )?400 /);
    expect(machine.read(path)).toBe(text);
    expect(machine.read(`${folder}/dockertls.sh`)).toBe(text);
    expect(Object.keys(there).filter((name) => name.startsWith(`${folder}/`))).toHaveLength(2);
  });

  test("replaces one that was edited, and changes nothing else on a machine in use", async () => {
    await install();
    expectConverged(machine, await apply());
    const before = machine.snapshot();
    machine.write(path, "echo edited\n", 0o644);

    expect(await install()).toMatchObject({ code: 0 });

    expect(machine.snapshot()).toEqual(before);
  });

  test("cut short anywhere does nothing and fails", async () => {
    const before = machine.snapshot();
    const whole = installation("anywhere");
    const cuts = Array.from({ length: 10 }, (_, index) => Math.floor((whole.length * index) / 10));
    for (const cut of [...cuts, whole.indexOf(text) + text.length, whole.length - 2]) {
      expect((await install("anywhere", whole.slice(0, cut))).code).not.toBe(0);
    }
    expect(machine.snapshot()).toEqual(before);
  });

  test("before a removal leaves a machine alone that was never touched", async () => {
    const before = machine.snapshot();
    expect(await install("used")).toMatchObject({ code: 0, stderr: "" });
    expect(machine.snapshot()).toEqual(before);
  });

  test("through somebody's link is refused", async () => {
    await machine.command(`ln -s /tmp ${folder} #`);
    expect(await install()).toMatchObject({
      code: 10,
      stderr: expect.stringMatching(/^state: .* is a symbolic link; [^\n]+\n$/),
    });
  });
});

describe("the line that runs it", () => {
  test("converges the machine and restores it", async () => {
    const before = machine.snapshot();
    await install();

    expectConverged(machine, await apply());
    expect(await apply()).toMatchObject({ stdout: "nothing to do\n" });

    expectRestored(machine, await remove(), before);
  });

  test.each([
    ["is missing", () => rmSync(machine.path(path))],
    ["was edited", () => machine.write(path, `${text}# more\n`)],
    ["was cut short", () => machine.write(path, text.slice(0, text.length / 2))],
  ])("does nothing where it %s, and says so", async (_what, spoil) => {
    await install();
    spoil();
    const before = machine.snapshot();
    for (const run of [() => apply(), remove, () => restore("restore")]) {
      const { code, stdout, stderr } = await run();
      expect(code).not.toBe(0);
      expect(stdout + stderr).toMatch(/script-\w+: (FAILED|No such file)|dockertls\.sh/);
    }
    expect(machine.snapshot()).toEqual(before);
  });

  test("has nothing to restore on a machine that was never touched", async () => {
    expect(await remove()).toEqual({ code: 0, signal: null, stdout: "", stderr: "" });
  });

  test("cleans up after itself where nothing but the script has come yet", async () => {
    const before = machine.snapshot();
    await install();
    expect(await remove()).toMatchObject({ code: 0, stdout: "nothing to undo\n" });
    expect(machine.snapshot()).toEqual(before);
  });

  test("leaves nothing on a machine that it refuses before the first touch", async () => {
    const before = machine.snapshot();
    await install();
    const refused = envelope().replace(/^text owner .*$/m, "set owner -");

    expect(await apply(refused)).toMatchObject({ code: 10 });

    expect(machine.snapshot()).toEqual(before);
  });

  test("ends a health check that does not end", async () => {
    await install();
    const health = { command: "tail -f /dev/null", seconds: 1 };

    expect(await apply(envelope({ health }))).toMatchObject({
      code: 10,
      stderr: expect.stringContaining("before the change (no end within 1 s); "),
    });
  });

  test("takes an envelope as a whole or not at all", async () => {
    await install();
    expectConverged(machine, await apply());
    const before = machine.snapshot();
    const whole = envelope();
    const end = whole.lastIndexOf("\nend\n");
    const cuts = Array.from({ length: 12 }, (_, index) => Math.floor((end * index) / 11));
    for (const cut of [...cuts, end + 1, end + 3]) {
      expect(await apply(whole.slice(0, cut))).toMatchObject({ code: 10 });
    }
    expect(machine.snapshot()).toEqual(before);
  });

  test("removes the script of an earlier version once it has succeeded", async () => {
    const old = scriptPath("1".repeat(64));
    await install();
    machine.write(old, "echo old\n", 0o400);

    expectConverged(machine, await apply());

    expect(machine.exists(old)).toBe(false);
    expect(machine.exists(path)).toBe(true);
  });
});

describe("by hand, where machine A is gone", () => {
  test("it restores the machine from what the machine itself remembers", async () => {
    const before = machine.snapshot();
    await install();
    expectConverged(machine, await apply());

    const ran = await restore("restore");

    expect(ran.stdout).toBe("removed: the machine is as it was\n");
    expectRestored(machine, ran, before);
  });

  // proves: undo.by-hand-containers
  test("it stops no container unless it is told to", async () => {
    await install();
    expectConverged(machine, await apply());
    machine.set("swarm", "active");
    machine.set("live", "false");

    const refused = await restore("restore");
    expect(refused.code).not.toBe(0);
    expect(machine.exists(`${folder}/record`)).toBe(true);

    expect(await restore("restore", "--allow-container-restart")).toMatchObject({ code: 0 });
    expect(machine.exists(folder)).toBe(false);
  });

  test.each([[[]], [["help"]], [["restore", "--force"]]])(
    "it does nothing on other words: %j",
    async (words) => {
      await install();
      expectConverged(machine, await apply());
      const before = machine.snapshot();

      expect(await restore(...words)).toMatchObject({
        code: 64,
        stdout: "",
        stderr: expect.stringContaining("restore"),
      });

      expect(machine.snapshot()).toEqual(before);
    },
  );
});
