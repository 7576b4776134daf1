// What a restart of dockerd takes along besides containers: the look finds it, and a run refuses to restart.
import { prepare } from "../support/prepared-machine.ts";
import type { ScratchMachine } from "../support/scratch-machine.ts";
import { doAt, expectConverged, usedMachine } from "../support/killed-runs.ts";

let machine: ScratchMachine;
beforeEach(() => {
  machine = usedMachine();
});
afterEach(() => machine.destroy());

/** A unit as `systemctl show` tells of it. */
function unit(name: string, more: Readonly<Record<string, string>> = {}): void {
  const properties = { Id: name, ActiveState: "active", MainPID: "500", ...more };
  const lines = Object.entries(properties).map(([key, value]) => `${key}=${value}`);
  machine.set(`unit-${name}`, lines.join("\n"));
}

/** A process in the control group of a unit. */
function runs(pid: number, comm: string, cgroup: string, parent = 1): void {
  machine.write(`/proc/${String(pid)}/comm`, `${comm}\n`);
  machine.write(`/proc/${String(pid)}/cgroup`, `${cgroup}\n`);
  machine.write(`/proc/${String(pid)}/stat`, `${String(pid)} (${comm}) S ${String(parent)} 1 1\n`);
}

const restarts = (): number =>
  machine.calls().filter((call) => call.startsWith("systemctl restart")).length;
const shows = (): number =>
  machine.calls().filter((call) => call.startsWith("systemctl show")).length;

const dockerRun = "{ path=/usr/bin/docker ; argv[]=/usr/bin/docker run --name web box:1 ; pid=1 }";

interface Case {
  readonly what: string;
  readonly arrange: () => void;
  /** As the look tells them. */
  readonly found: string;
}

const cases: readonly Case[] = [
  {
    what: "a unit that requires docker.service, with the container of its command line",
    arrange: () => {
      machine.set("required-by", "web.service");
      unit("web.service", { ExecStart: dockerRun });
    },
    found: "web.service web",
  },
  {
    what: "a name of another program's, or one that can't be a container's, is none",
    arrange: () => {
      machine.set("required-by", "a.service b.service");
      unit("a.service", { ExecStart: "{ path=/bin/x ; argv[]=/bin/x --name web ; }" });
      unit("b.service", { ExecStart: "{ path=/bin/docker ; argv[]=/bin/docker run --name $N ; }" });
    },
    found: "a.service -\nb.service -",
  },
  {
    what: "what stops with a unit that stops, and with a target, which is nothing by itself",
    arrange: () => {
      machine.set("required-by", "apps.target first.service");
      unit("apps.target", { ConsistsOf: "second.service" });
      unit("first.service", { BoundBy: "third.service" });
      unit("second.service", { ActiveState: "activating" });
      unit("third.service", { PropagatesStopTo: "first.service" });
    },
    found: "first.service -\nsecond.service -\nthird.service -",
  },
  {
    what: "nothing of a unit that is down, nor of what is tied to it",
    arrange: () => {
      machine.set("required-by", "down.service failed.service");
      unit("down.service", { ActiveState: "inactive", RequiredBy: "other.service" });
      unit("failed.service", { ActiveState: "failed" });
      unit("other.service");
    },
    found: "",
  },
  {
    what: "a unit whose process is a docker client, whatever systemd ties it to",
    arrange: () => {
      runs(500, "docker", "0::/system.slice/web.service");
      unit("web.service", { ExecStart: dockerRun });
    },
    found: "web.service web",
  },
  {
    what: "one whose script has started the client, under the old control groups",
    arrange: () => {
      runs(501, "docker-compose", "12:pids:/x\n1:name=systemd:/apps.slice/web.service/sub", 500);
      unit("web.service");
    },
    found: "web.service -",
  },
  {
    what: "no client of a session, of docker.service itself, of a job under way or deep below a daemon",
    arrange: () => {
      runs(501, "docker", "0::/user.slice/user-0.slice/session-1.scope");
      runs(502, "docker", "0::/system.slice/docker.service", 100);
      runs(503, "docker", "0::/system.slice/cron.service", 400);
      runs(500, "docker", "0::/system.slice/prune.service");
      unit("cron.service");
      unit("prune.service", { ActiveState: "activating" });
    },
    found: "",
  },
];

describe("the look finds", () => {
  test("nothing on an ordinary machine, and asks systemd no more for it", async () => {
    const { dependents, socket_dependents, ...probe } = await machine.probe();
    expect([dependents, socket_dependents]).toEqual(["", ""]);
    expect(probe).not.toHaveProperty("stop_kills_containers");
    expect(shows()).toBe(1);
  });

  test.each(cases)("$what", async ({ arrange, found }) => {
    arrange();
    expect((await machine.probe())["dependents"]?.trim()).toBe(found);
  });

  test("what only docker.socket would take along, apart", async () => {
    machine.set("required-by", "web.service");
    machine.set("socket-required-by", "docker.service web.service agent.service");
    for (const name of ["web.service", "agent.service"]) unit(name);
    const { dependents, socket_dependents } = await machine.probe();
    expect([dependents?.trim(), socket_dependents?.trim()]).toEqual([
      "web.service -",
      "agent.service -",
    ]);
  });
});

describe("a run", () => {
  test.each(cases)("without leave, where there is: $what", async ({ arrange, found }) => {
    arrange();
    const before = machine.snapshot();
    const ran = await machine.apply();
    if (found === "") return expectConverged(machine, ran);
    const units = found.split("\n").map((line) => line.split(" ")[0] ?? "");
    expect(ran).toMatchObject({
      code: 10,
      stderr: expect.stringMatching(
        `^${units.join(", ")}: would be stopped by the restart of dockerd; .*; nothing was touched; `,
      ),
    });
    expect(machine.snapshot()).toEqual(before);
    expect(restarts()).toBe(0);
  });

  test("counts what is tied to docker.socket where that restarts as well", async () => {
    machine.set("socket-required-by", "docker.service agent.service");
    unit("agent.service");
    const own = { socket: "/run/docker/api.sock" };
    expect((await machine.apply(own)).stderr).toMatch(/^agent\.service: /);
    expectConverged(machine, await machine.apply());
  });

  test("that only reloads needs none", async () => {
    await prepare(machine);
    machine.set("required-by", "web.service");
    unit("web.service");
    expectConverged(machine, await machine.apply({ keys: { labels: ["a=b"] } }));
    expect(machine.get("started-units")).toBe("");
  });

  test("with leave starts afterwards what was up before, also where a killed run left it", async () => {
    machine.set("required-by", "web.service down.service");
    unit("web.service");
    unit("down.service", { ActiveState: "inactive" });
    const wanted = { allowContainerRestart: true };
    const started = "start --no-block web.service";
    expectConverged(machine, await machine.apply(wanted));
    expect(machine.get("started-units")).toBe(started);

    machine.unset("started-units");
    await machine.apply({ ...wanted, port: 2377 }, { inserted: doAt("record", "kill -9 $$") });
    unit("web.service", { ActiveState: "inactive" });
    machine.unset("started-units");
    expectConverged(machine, await machine.apply({ ...wanted, port: 2377 }));
    expect(machine.get("started-units")).toBe(started);
  });

  test("that is rolled back starts it as well", async () => {
    machine.set("required-by", "web.service");
    unit("web.service");
    const keys = { "registry-mirrors": ["ftp://x"] };
    expect(await machine.apply({ allowContainerRestart: true, keys })).toMatchObject({ code: 30 });
    expect(machine.get("started-units")).toBe("start --no-block web.service");
  });

  test("that removes everything is refused in the same way", async () => {
    await prepare(machine);
    machine.set("required-by", "web.service");
    unit("web.service");
    const before = machine.snapshot();
    const ran = await machine.remove();
    expect(ran).toMatchObject({ code: 10, stderr: expect.stringMatching(/^web\.service: /) });
    expect(machine.snapshot()).toEqual(before);
  });
});

describe("running containers that die with docker.service", () => {
  const shimInDocker = (): void => {
    machine.write("/sys/fs/cgroup/system.slice/docker.service/cgroup.procs", "100\n4711\n");
  };

  test("those of a dockerd with its own containerd, where systemd kills the whole group", async () => {
    shimInDocker();
    expect(await machine.probe()).not.toHaveProperty("stop_kills_containers");
    machine.set("kill-mode", "control-group");
    expect(await machine.probe()).toMatchObject({ stop_kills_containers: "yes" });
    expect(await machine.apply()).toMatchObject({
      code: 10,
      stderr: expect.stringMatching(/^containers: those that run would be killed by the restart /),
    });
    machine.set("containers");
    expect(await machine.apply()).toMatchObject({ code: 0 });
  });

  test("none where the shims are containerd's own", async () => {
    machine.write("/sys/fs/cgroup/system.slice/docker.service/cgroup.procs", "100\n");
    machine.set("kill-mode", "mixed");
    expect(await machine.probe()).not.toHaveProperty("stop_kills_containers");
    expectConverged(machine, await machine.apply());
  });

  test("perhaps those that a command at the stop of docker.service is for", async () => {
    machine.set("stop-hook", "{ path=/opt/stop-all ; argv[]=/opt/stop-all secret ; }");
    const ran = await machine.apply();
    expect(ran).toMatchObject({
      code: 10,
      stderr: expect.stringMatching(/^docker\.service: ExecStop= or ExecStopPost= runs a command /),
    });
    expect(ran.stderr).not.toContain("secret");
    machine.set("containers");
    expect(await machine.apply()).toMatchObject({ code: 0 });
  });
});
