// The least that puts a change in effect: nothing, a reload, or one restart.
import { chmodSync } from "node:fs";
import {
  doAt,
  expectContainersRun,
  expectConverged,
  expectRestored,
  usedMachine,
} from "../support/killed-runs.ts";
import { envelopeLines, sha256, type Wanted } from "../support/remote-script.ts";
import { prepare } from "../support/prepared-machine.ts";
import type { ScratchMachine } from "../support/scratch-machine.ts";
import { daemonChanges } from "../support/shared-rules.ts";

let machine: ScratchMachine;
beforeEach(() => {
  machine = usedMachine();
});
afterEach(() => machine.destroy());

const mirrors = (...hosts: string[]): Wanted => ({ keys: { "registry-mirrors": hosts } });
const onDisk = (): string => sha256(machine.read("/etc/docker/daemon.json"));
const record = (key: string): string | undefined =>
  new RegExp(`^${key}=(.*)$`, "m").exec(machine.read("/var/lib/dockertls/record"))?.[1];

/** What the scripts told systemd to do to dockerd while `act` went on. */
async function told(act: () => Promise<unknown>): Promise<string[]> {
  machine.set("argv", "");
  await act();
  return machine
    .calls()
    .flatMap(
      (call) => /^systemctl (reload|restart|stop) (.*)$/.exec(call)?.slice(1, 3).join(" ") ?? [],
    )
    .filter((call) => call.endsWith("docker.service"));
}

describe("a key of daemon.json", () => {
  test.each(daemonChanges)("%s: %j, then %j: %s", async (_what, before, after, effect) => {
    await prepare(machine, { keys: before });
    const pid = machine.get("pid");

    const calls = await told(async () => {
      expectConverged(machine, await machine.apply({ keys: after }));
    });

    expect(calls).toEqual(effect === "nothing" ? [] : [`${effect} docker.service`]);
    expect(machine.get("pid") === pid).toBe(effect !== "restart");
    expect(await machine.apply({ keys: after })).toMatchObject({ stdout: "nothing to do\n" });
  });

  test.each<[string, Wanted, Wanted]>([
    ["no longer wanted", {}, { liveRestore: false }],
    ["wanted again", { liveRestore: false }, {}],
  ])("live-restore is %s: one reload, the same dockerd", async (_case, before, after) => {
    await prepare(machine, before);
    const pid = machine.get("pid");

    const calls = await told(async () => expectConverged(machine, await machine.apply(after)));

    expect(calls).toEqual(["reload docker.service"]);
    expect(machine.get("pid")).toBe(pid);
    expect(await machine.apply(after)).toMatchObject({ stdout: "nothing to do\n" });
  });

  test.each([
    ["20.10 and 26.1", false],
    ["28.5 and 29, in a field of its own", true],
  ])(
    "that dockerd refuses at a reload: the old one is put back, nothing restarted, and the reason is reported as %s log it",
    async (_version, inFields) => {
      await prepare(machine, mirrors("https://m"));
      if (inFields) machine.set("logs-fields", "yes");
      const [before, pid] = [machine.snapshot(), machine.get("pid")];
      machine.set("reload-refused", "https://n");

      const ran = await machine.apply(mirrors("https://n"));

      expect(ran).toMatchObject({
        code: 30,
        stderr: expect.stringMatching(
          /^daemon: Error reconfiguring the daemon: invalid mirror: "https:\/\/n"; rolled back, the old configuration serves; /,
        ),
      });
      expect(machine.get("pid")).toBe(pid);
      expect(machine.snapshot()).toEqual(before);
      expectConverged(machine, await machine.apply(mirrors("https://o")));
    },
  );

  test("that ends dockerd at a reload: the old one is started again", async () => {
    await prepare(machine, mirrors("https://m"));
    const inserted = `reload_docker() { if [ -f "$MODEL/ended" ]; then return 1; fi
      true >"$MODEL/ended"; echo activating >"$MODEL/active"; docker_why='no plugin'; return 1; }`;

    const ran = await machine.apply(mirrors("https://n"), { inserted });

    expect(ran).toMatchObject({ code: 30, stderr: expect.stringMatching(/^daemon: no plugin; /) });
    expect(machine.get("active")).toBe("active");
    expect(machine.read("/etc/docker/daemon.json")).toContain("https://m");
  });

  test.each(["curl", "perl", "docker"] as const)("is confirmed through %s", async (infoThrough) => {
    const other = machine.copy({ infoThrough });
    expectConverged(other, await other.apply({}));
    expect(await other.apply(mirrors("https://m"))).toMatchObject({
      stdout: "changed: reloaded docker\n",
    });
    other.destroy();
  });

  test("that dockerd does not confirm counts as failed", async () => {
    await prepare(machine, {});
    machine.set("reload-broken");
    expect(await machine.apply(mirrors("https://m"))).toMatchObject({ code: 30 });
    expect(machine.read("/etc/docker/daemon.json")).not.toContain("https://m");
  });
});

describe("a daemon.json that others have edited and dockerd refuses", () => {
  const foreign = '{"insecure-registries": ["http://u:p@r:5000"]}\n';
  const wanted: Wanted = {
    base: foreign,
    keys: { debug: true },
    foreignWords: ["u", "p", "r", "5000"],
  };

  /** Edited while dockerd ran on, as a look found it. */
  async function edited(): Promise<Wanted> {
    await prepare(machine, { keys: { debug: true } });
    const ours = JSON.parse(machine.read("/etc/docker/daemon.json")) as object;
    const text = `${JSON.stringify({ ...ours, ...(JSON.parse(foreign) as object) }, null, 2)}\n`;
    machine.write("/etc/docker/daemon.json", text, 0o600);
    machine.set("refused", "http://u:p@r:5000");
    const repair = { id: "1", effect: "reload" as const, from: sha256(text) };
    return {
      ...wanted,
      base: text,
      keys: { ...(JSON.parse(foreign) as object), debug: true },
      repair,
    };
  }

  test("is refused by a reload, and the dockerd that runs is left alone", async () => {
    const change = await edited();
    const [pid, before] = [machine.get("pid"), machine.read("/etc/docker/daemon.json")];
    const calls = await told(async () => {
      const ran = await machine.apply(change);
      expect(ran).toMatchObject({ code: 30, stdout: "" });
      expect(ran.stderr).toMatch(
        /^daemon: Error reconfiguring the daemon: invalid mirror: .*; rolled back, the old configuration serves; it does not take the daemon\.json that was found either, and would not start on it \(.*\): correct \/etc\/docker\/daemon\.json on the machine; [^\n]*\n$/,
      );
      expect(ran.stderr).not.toMatch(/u:p|@r|5000/);
      expect(machine.get("syslog")).not.toMatch(/u:p|@r|5000/);
    });
    expect(calls).toEqual(["reload docker.service", "reload docker.service"]);
    expect(machine.get("pid")).toBe(pid);
    expect(machine.get("active")).toBe("active");
    expect(machine.read("/etc/docker/daemon.json")).toBe(before);
    expectContainersRun(machine);
    machine.unset("refused");
    expectConverged(machine, await machine.apply(change));
  });

  describe("and that only a start finds", () => {
    /** What somebody has put there since dockerd started, or before its last start. */
    async function loud(started: "before" | "after", first: Wanted = {}): Promise<Wanted> {
      await prepare(machine, first);
      machine.set("no-validate");
      if (started === "before") machine.set("started", "Tue 2026-11-24 17:00:00 UTC");
      const text = machine
        .read("/etc/docker/daemon.json")
        .replace("{", '{\n  "log-level": "loud",');
      machine.write("/etc/docker/daemon.json", text, 0o600);
      return { ...first, base: text, keys: { "log-level": "loud" }, foreignWords: ["loud"] };
    }
    const refusedFile = "/etc/docker/daemon.json.refused";

    test("dockerd comes back on what this program wrote last, and theirs is put aside", async () => {
      const change = await loud("before");
      const ran = await machine.apply({ ...change, port: 2377 });
      expect(ran).toMatchObject({ code: 30, stdout: "" });
      expect(ran.stderr).toMatch(
        /; nor does it start on the daemon\.json that was found \(.*\*\*\*\), which lies in \/etc\/docker\/daemon\.json\.refused now: it runs on the one that this program wrote last; /,
      );
      expect(ran.stderr).not.toMatch(/loud/);
      expect(machine.get("active")).toBe("active");
      expectContainersRun(machine);
      expect(machine.read("/etc/docker/daemon.json")).not.toContain("loud");
      expect(machine.read(refusedFile)).toBe(change.base);
      expect(machine.snapshot()[refusedFile]).toMatch(/^600 /);
      expectConverged(machine, await machine.apply());
    });

    test("the same without live-restore: no container stops on the way", async () => {
      const change = await loud("before", { liveRestore: false });
      const ran = await machine.apply({ ...change, port: 2377 });
      expect(ran).toMatchObject({ code: 30, stderr: expect.stringMatching(/wrote last; /) });
      expect(machine.get("live")).toBe("false");
      expect(machine.read("/etc/docker/daemon.json")).toContain('"live-restore": false');
      expectContainersRun(machine);
    });

    test("stays where it is if dockerd has run on it, since the cause is another", async () => {
      const change = await loud("after");
      const ran = await machine.apply({ ...change, port: 2377 });
      expect(ran).toMatchObject({ code: 40 });
      expect(machine.exists(refusedFile)).toBe(false);
      expect(machine.read("/etc/docker/daemon.json")).toContain("loud");
    });

    test("stays where it is if another program has taken the port", async () => {
      const change = await loud("before");
      machine.unset("no-validate");
      const ran = await machine.apply(
        { ...change, allowContainerRestart: true, port: 2377 },
        {
          inserted: doAt(
            "new-restart",
            `printf '2376\n' >"$MODEL/port-taken"; sed -i s/2377/2376/ "$root/etc/docker/daemon.json"`,
          ),
        },
      );
      expect(ran).toMatchObject({
        code: 40,
        stderr: expect.stringMatching(/address already in use/),
      });
      expect(machine.exists(refusedFile)).toBe(false);
      expect(machine.read("/etc/docker/daemon.json")).toContain("loud");
    });
  });
});

describe("a reload that must be rolled back", () => {
  test("and had brought a key that sticks: a restart removes it", async () => {
    await prepare(machine, {});
    machine.set("enabled", "disabled");
    machine.set("enable-broken");
    const calls = await told(async () =>
      expect(await machine.apply(mirrors("https://m"))).toMatchObject({ code: 30 }),
    );
    expect(calls).toEqual(["reload docker.service", "restart docker.service"]);
    expect(machine.read("/etc/docker/daemon.json")).not.toContain("https://m");
  });

  test("without live-restore, and dockerd does not confirm the rollback either: no container stops", async () => {
    await prepare(machine, { liveRestore: false });
    machine.set("reload-broken");
    const containers = machine.get("containers");

    const ran = await machine.apply({ liveRestore: false, keys: { debug: true } });

    expect(ran).toMatchObject({
      code: 30,
      stderr: expect.stringMatching(
        /rolled back, the old configuration serves; it does not take the daemon\.json that was found either/,
      ),
    });
    expect(machine.get("containers")).toBe(containers);
    expect(machine.get("active")).toBe("active");
    machine.unset("reload-broken");
    expectConverged(machine, await machine.apply({ liveRestore: false }));
  });

  test("in a Swarm, where it ends dockerd: it starts again on what was there", async () => {
    const node: Wanted = { liveRestore: false, allowContainerRestart: true };
    machine.set("swarm", "active");
    await prepare(machine, node);
    machine.write("/var/lib/docker/swarm/docker-state.json", "{}");
    const inserted = `signal_reload() { [ -f "$MODEL/ended" ] || echo activating >"$MODEL/active"
      true >"$MODEL/ended"; }`;

    const ran = await machine.apply({ ...node, keys: { debug: true } }, { inserted });

    expect(ran).toMatchObject({ code: 30 });
    expect(machine.get("active")).toBe("active");
    expect(machine.get("journal")).not.toMatch(/incompatible/);
  });
});

test("a unit without ExecReload is reloaded all the same", async () => {
  machine.set("no-exec-reload");
  expectConverged(machine, await machine.apply({}));
  const pid = machine.get("pid");
  expect(await machine.apply(mirrors("https://m"))).toMatchObject({
    stdout: "changed: reloaded docker\n",
  });
  expect(machine.get("pid")).toBe(pid);
});

describe("drift", () => {
  test("of modes alone: corrected, and dockerd is left alone", async () => {
    await prepare(machine, {});
    chmodSync(machine.path("/opt/docker-ssl/key.pem"), 0o644);
    const wanted: Wanted = { repair: { id: "1", effect: "nothing", from: onDisk() } };

    const calls = await told(async () => expectConverged(machine, await machine.apply(wanted)));

    expect(calls).toEqual([]);
    expect(machine.snapshot()["/opt/docker-ssl/key.pem"]).toMatch(/^400 /);
  });

  test.each([
    ["of a key that was edited: a reload, where the one who looked says so", onDisk, "reload"],
    ["of a file that is another by now: a restart", () => "0", "restart"],
  ])("%s", async (_case, from, expected) => {
    await prepare(machine, mirrors("https://m"));
    const base = machine.read("/etc/docker/daemon.json").replace("//m", "//x");
    machine.write("/etc/docker/daemon.json", base);
    const wanted: Wanted = {
      ...mirrors("https://m"),
      base,
      repair: { id: "1", effect: "reload", from: from() },
    };

    const calls = await told(async () => expectConverged(machine, await machine.apply(wanted)));

    expect(calls).toEqual([`${expected} docker.service`]);
  });
});

test("a record of an earlier version is rewritten, and dockerd is left alone", async () => {
  await prepare(machine, mirrors("https://m"));
  const old = machine
    .read("/var/lib/dockertls/record")
    .replace(/^sticky=.*\n/m, "")
    .replace(/^restart=.*$/m, "restart=another");
  machine.write("/var/lib/dockertls/record", old, 0o600);

  const calls = await told(async () =>
    expect(await machine.apply(mirrors("https://m"))).toMatchObject({ stdout: "nothing to do\n" }),
  );

  expect(calls).toEqual([]);
  expect(record("sticky")).toBe("debug live-restore registry-mirrors");
  expect(record("restart")).not.toBe("another");
});

describe("containers that a restart would stop or orphan", () => {
  const allowed: Wanted = { allowContainerRestart: true };

  test("of a Swarm: restarted when it is allowed, and never with live-restore in a file", async () => {
    machine.set("swarm", "active");
    const before = machine.snapshot();
    const ran = await machine.apply({ ...allowed, liveRestore: false });
    expect(ran).toMatchObject({ code: 0, stderr: "" });
    expect(machine.get("containers")).toBe("");
    expect(machine.get("journal")).not.toMatch(/incompatible/);
    expect(await machine.remove()).toMatchObject({ code: 0, stderr: "" });
    expect(machine.snapshot()).toEqual(before);
    expect(machine.get("journal")).not.toMatch(/incompatible/);
  });

  test.each(["inactive", "activating"])(
    "of a Swarm whose dockerd is %s: started again, and given back",
    async (active) => {
      const node: Wanted = { ...allowed, liveRestore: false };
      machine.set("swarm", "active");
      machine.write("/var/lib/docker/swarm/docker-state.json", "{}");
      const before = machine.snapshot();
      await prepare(machine, node);
      machine.set("active", active);
      expect(await machine.apply(node)).toMatchObject({ code: 0, stderr: "" });
      machine.set("active", active);
      expect(await machine.remove()).toMatchObject({ code: 0, stderr: "" });
      expect(machine.snapshot()).toEqual(before);
      expect(machine.get("journal")).not.toMatch(/incompatible/);
    },
  );

  test("a removal is refused as well", async () => {
    expectConverged(machine, await machine.apply({ liveRestore: false }));
    machine.set("swarm", "active");
    const before = machine.snapshot();
    expect(await machine.remove()).toMatchObject({
      code: 10,
      stderr: expect.stringMatching(/^live-restore: .*allowContainerRestart/),
    });
    expect(machine.get("containers")).not.toBe("");
    const { "/var/lib/dockertls": _, ...files } = machine.snapshot();
    expect(before).toMatchObject(files);
  });

  describe("because the storage moves", () => {
    const elsewhere: Wanted = { keys: { "data-root": "/srv/docker" } };
    const line =
      /^daemon: dockerd would lose track of the running containers, because its storage moved, .*; rolled back, /;
    const seen = async (): Promise<string | undefined> =>
      /"ContainersRunning":(\d)/.exec((await machine.probe())["docker_info"] ?? "")?.[1];

    test("a change is rolled back, and goes ahead where that is allowed", async () => {
      const before = machine.snapshot();
      expect(await machine.apply(elsewhere)).toMatchObject({
        code: 30,
        stderr: expect.stringMatching(line),
      });
      expect(machine.snapshot()).toEqual(before);
      expect(await seen()).toBe("1");
      expectConverged(machine, await machine.apply({ ...elsewhere, ...allowed }));
      expect(await seen()).toBe("0");
    });

    test("so is a removal", async () => {
      await prepare(machine, { ...elsewhere, ...allowed });
      machine.set("home", "/srv/docker");
      const before = machine.snapshot();
      expect(await machine.remove()).toMatchObject({
        code: 30,
        stderr: expect.stringMatching(line),
      });
      expect(await seen()).toBe("1");
      const { "/var/lib/dockertls": _, ...files } = machine.snapshot();
      expect(before).toMatchObject(files);
      const owner = "dockertls/dev/b1";
      const settings = { owner, claim: "1000", allow_container_restart: "true" };
      const lines = envelopeLines({ settings });
      expect(await machine.run("remove", { lines })).toMatchObject({ code: 0, stderr: "" });
    });

    test.each(["new-assert", "new-restart"])(
      "so is one that was killed at %s: the run after it knows what was there",
      async (step) => {
        const killed = await machine.apply(elsewhere, { inserted: doAt(step, "kill -9 $$") });
        expect(killed.signal).toBe("SIGKILL");
        expect(await machine.apply(elsewhere)).toMatchObject({
          code: 30,
          stderr: expect.stringMatching(line),
        });
        expect(await seen()).toBe("1");
        expectConverged(machine, await machine.apply());
      },
    );

    test("a container that somebody starts just then is waited for", async () => {
      const inserted = doAt("new-assert", `echo 2 >'${machine.model}/late'`);
      expectConverged(machine, await machine.apply({}, { inserted }));
    });

    test.each<[string, Wanted, string]>([
      ["another containerd", { keys: { containerd: "/run/other.sock" } }, "containerd"],
      ["another name space", { keys: { "containerd-namespace": "mine" } }, "containerd-namespace"],
      ["another folder, as dockerd tells it", elsewhere, "data-root"],
      ["other users", { keys: { "userns-remap": "default" } }, "userns-remap"],
      ["another driver", { keys: { "storage-driver": "vfs" } }, "storage-driver"],
    ])("%s is refused before anything is touched, there and back", async (_what, wanted, key) => {
      machine.set("told-root", "/var/lib/docker");
      const refused = {
        code: 10,
        stderr: expect.stringMatching(
          `^containers: .* because ${key} moves its storage; nothing was touched; `,
        ),
      };
      const calls = await told(async () =>
        expect(await machine.apply(wanted)).toMatchObject(refused),
      );
      expect(calls).toEqual([]);
      await prepare(machine, { ...wanted, ...allowed });
      machine.set("home", wanted === elsewhere ? "/srv/docker" : "");
      machine.set("told-root", "/srv/docker");
      expect(await machine.remove()).toMatchObject(refused);
    });

    test.each<[string, string, string]>([
      ["images alone", "", "3 images"],
      ["one of each", "web 4711", "1 image and 1 container (1 running)"],
    ])("%s are reason enough, there and back", async (_what, containers, told_) => {
      machine.set("images", told_.startsWith("3") ? "3" : "1");
      machine.set("containers", containers);
      machine.set("told-root", "/var/lib/docker");
      const refused = {
        code: 10,
        stderr:
          `containers: ${told_} would be out of dockerd's sight, because data-root moves its storage; nothing was touched; ` +
          "they come back when that is taken back: leave it as it is, or set allowContainerRestart: true for this host\n",
      };
      const before = machine.snapshot();
      expect(await machine.apply(elsewhere)).toMatchObject(refused);
      expect(machine.snapshot()).toEqual(before);
      await prepare(machine, { ...elsewhere, ...allowed });
      machine.set("home", "/srv/docker");
      machine.set("told-root", "/srv/docker");
      expect(await machine.remove()).toMatchObject(refused);
      machine.set("images", "");
      machine.set("containers", "");
      expect(await machine.remove()).toMatchObject({ code: 0 });
    });

    test.each<[string, Wanted]>([
      ["the driver in use", { keys: { "storage-driver": "overlay2" } }],
      ["the usual containerd", { keys: { containerd: "/run/containerd/containerd.sock" } }],
      ["the folder in use", { keys: { "data-root": "/var/lib/docker/" } }],
    ])("%s, spelled out, moves nothing", async (_what, wanted) => {
      machine.set("told-root", "/var/lib/docker");
      expectConverged(machine, await machine.apply(wanted));
      expect(await machine.remove()).toMatchObject({ code: 0, stderr: "" });
    });

    test("a change goes ahead if the containers have ended in the meantime", async () => {
      const end = `true >'${machine.model}/containers'; rm -r "$root/proc/4711"`;
      const ran = await machine.apply(elsewhere, { inserted: doAt("new-restart", end) });
      expect(ran).toMatchObject({ code: 0, stderr: "" });
    });
  });

  test("started with --rm, under a dockerd before 24.0, which would remove them", async () => {
    machine.set("auto-remove");
    machine.set("version", "20.10.24+dfsg1");
    const calls = await told(async () =>
      expect(await machine.apply()).toMatchObject({
        code: 10,
        stderr: expect.stringMatching(/^containers: dockerd 20\.10\.24\S* removes those .* --rm /),
      }),
    );
    expect(calls).toEqual([]);
    expect(await machine.apply(allowed)).toMatchObject({ code: 0, stderr: "" });
    machine.set("version", "24.0.9");
    expect(await machine.remove()).toMatchObject({ code: 0, stderr: "" });
  });

  test("where dockerd refuses the reload: restarted when it is allowed", async () => {
    machine.set("reload-broken");
    expect(await machine.apply(allowed)).toMatchObject({ code: 0, stderr: "" });
  });

  test("they are kept where they can be, whatever is allowed", async () => {
    const before = machine.snapshot();
    expectConverged(machine, await machine.apply(allowed));
    expectRestored(machine, await machine.remove(), before);
  });
});
