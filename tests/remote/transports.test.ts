// apply.sh between plain TCP and mutual TLS, and where dockerd's local socket moves.
import { rmSync } from "node:fs";
import { expectConverged, expectRestored, usedMachine } from "../support/killed-runs.ts";
import type { Wanted } from "../support/remote-script.ts";
import { prepare } from "../support/prepared-machine.ts";
import type { ScratchMachine } from "../support/scratch-machine.ts";

let machine: ScratchMachine;
beforeEach(() => {
  machine = usedMachine();
});
afterEach(() => machine.destroy());

const plain: Wanted = { plain: true };
const plainByFlags: Wanted = { plain: true, byCommandLine: true };
const socketUnit = "/etc/systemd/system/docker.socket.d/zz-dockertls.conf";

const keyFiles = (): string[] =>
  Object.keys(machine.snapshot()).filter((path) => /\.pem$/.test(path) && !path.includes("run-"));
const daemonJson = (): Record<string, unknown> =>
  JSON.parse(machine.read("/etc/docker/daemon.json")) as Record<string, unknown>;
const lastRestart = (): string =>
  machine
    .calls()
    .filter((call) => call.startsWith("systemctl restart"))
    .at(-1) ?? "";

const restarted = (unit: string): number =>
  machine.calls().filter((call) => call.startsWith("systemctl restart") && call.includes(unit))
    .length;
const own: Wanted = { socket: "/var/run/docker.sock" };

describe("plain TCP", () => {
  test("by daemon.json: no TLS file, and tls said to be off", async () => {
    expectConverged(machine, await machine.apply(plain));
    expect(keyFiles()).toEqual([]);
    expect(daemonJson()).toMatchObject({
      hosts: ["tcp://0.0.0.0:2375", "fd://"],
      tls: false,
    });
    expect(machine.get("flags")).not.toContain("-H");
    expect(await machine.apply(plain)).toMatchObject({ stdout: "nothing to do\n" });
  });

  test("by the command line: nothing of it in daemon.json", async () => {
    expectConverged(machine, await machine.apply(plainByFlags));
    expect(daemonJson()).not.toHaveProperty("hosts");
    expect(machine.get("flags")).toMatch(/ -H tcp:\/\/0\.0\.0\.0:2375 -H fd:\/\/$/);
    expect(await machine.apply(plainByFlags)).toMatchObject({ stdout: "nothing to do\n" });
  });

  test("an envelope that says nothing of how clients connect is refused", async () => {
    const before = machine.snapshot();
    const ran = await machine.run("apply", { lines: ["set owner b3duZXI=", "end"] });
    expect(ran.code).toBe(10);
    expect(machine.snapshot()).toEqual(before);
  });
});

describe("from one to the other, and back", () => {
  test.each<[string, Wanted, Wanted]>([
    ["plain TCP to TLS", plain, {}],
    ["plain TCP by flags to TLS", plainByFlags, {}],
    ["plain TCP by flags to plain TCP by daemon.json", plainByFlags, plain],
    ["TLS to TLS by flags", {}, { byCommandLine: true }],
  ])("%s: no file of the one is left under the other", async (_case, one, other) => {
    const before = machine.snapshot();
    await prepare(machine, one);
    const files = keyFiles();
    expectConverged(machine, await machine.apply(other));
    expectConverged(machine, await machine.apply(one));
    expect(keyFiles()).toEqual(files);
    expectRestored(machine, await machine.remove(), before);
  });

  test("a TLS file that stood there before comes back with plain TCP", async () => {
    machine.write("/opt/docker-ssl/key.pem", "SOMEBODY'S OWN\n", 0o600);
    const before = machine.snapshot();
    await prepare(machine, {});
    expectConverged(machine, await machine.apply(plain));
    expect(machine.read("/opt/docker-ssl/key.pem")).toBe("SOMEBODY'S OWN\n");
    expectRestored(machine, await machine.remove(), before);
  });

  test("hosts are never said twice on the way, whoever restarts dockerd meanwhile", async () => {
    await prepare(machine, {});
    const inserted = `step() { current_step=$1; echo "$1" >>'${machine.model}/order'; }`;
    await machine.apply(plainByFlags, { inserted });
    const steps = machine.get("order").split("\n");
    const [json = -1, unit = -1] = ["daemon.json", "zz-dockertls.conf"].map((name) =>
      steps.indexOf(`new-place-${name}`),
    );
    expect(json).toBeGreaterThan(0);
    expect(json).toBeLessThan(unit);
  });
});

describe("somebody else's listener on the port", () => {
  test.each([
    ["on another address is not in the way", "10.0.0.4", 0],
    ["is in the way of every address", "0.0.0.0", 10],
  ])("%s", async (_case, listen, code) => {
    machine.set("foreign-port", "2376");
    machine.set("foreign-address", "127.0.0.1");
    expect(await machine.apply({ listen })).toMatchObject({ code });
  });
});

describe("systemd's own socket", () => {
  test("stays as it is, on the way there, later, and back", async () => {
    const before = machine.snapshot();
    await prepare(machine);
    expect(machine.exists(socketUnit)).toBe(false);
    expect(lastRestart()).toBe("systemctl restart docker.service");
    await machine.apply({ port: 2377 });
    expect(lastRestart()).toBe("systemctl restart docker.service");
    expectRestored(machine, await machine.remove(), before);
    expect(lastRestart()).toBe("systemctl restart docker.service");
    expect(restarted("docker.socket")).toBe(0);
  });

  test("stays where a start is refused and rolled back", async () => {
    machine.set("refused", "ftp://x");
    await machine.apply({ keys: { "log-driver": "ftp://x" } });
    expect(restarted("docker.service")).toBe(2);
    expect(restarted("docker.socket")).toBe(0);
  });

  test("is made anew where nobody is reached there any more, and no container is at stake", async () => {
    await prepare(machine);
    machine.set("socket", "orphan");
    machine.set("containers", "");
    rmSync(machine.path("/proc"), { recursive: true });
    expect(await machine.apply({ port: 2377 })).toMatchObject({ code: 0, stderr: "" });
    expect(lastRestart()).toBe("systemctl restart docker.socket docker.service");
  });

  test("is made anew where others had dockerd listen there, and took that back in the file alone", async () => {
    await prepare(machine);
    // dockerd removes its own socket when it stops, and with it the path of systemd's.
    machine.set("flags", "/usr/sbin/dockerd -H unix:///var/run/docker.sock");
    machine.set("effective", "{}");
    expectConverged(machine, await machine.apply({ port: 2377 }));
    expect(lastRestart()).toBe("systemctl restart docker.socket docker.service");
    expect(machine.get("socket")).toBe("file");
  });

  test("of a machine that an earlier version took it from: comes back, and the drop-in goes", async () => {
    const before = machine.snapshot();
    await prepare(machine, own);
    expectConverged(machine, await machine.apply({}));
    expect(machine.exists(socketUnit)).toBe(false);
    expect(lastRestart()).toBe("systemctl restart docker.socket docker.service");
    expect(await machine.apply({})).toMatchObject({ stdout: "nothing to do\n" });
    expectRestored(machine, await machine.remove(), before);
    expect(lastRestart()).toBe("systemctl restart docker.service");
  });
});

describe("where dockerd makes its own socket, systemd's", () => {
  test("moves once to an unused path, by a restart of docker.socket, and is then left alone", async () => {
    await prepare(machine, own);
    expect(machine.read(socketUnit)).toContain("ListenStream=/run/dockertls-unused.sock");
    expect(lastRestart()).toBe("systemctl restart docker.socket docker.service");
    await machine.apply({ ...own, port: 2377 });
    expect(lastRestart()).toBe("systemctl restart docker.service");
  });

  test("comes back with the original state, and the unused path goes", async () => {
    const before = machine.snapshot();
    await prepare(machine, own);
    machine.write("/run/dockertls-unused.sock", "");
    expectRestored(machine, await machine.remove(), before);
    expect(lastRestart()).toBe("systemctl restart docker.socket docker.service");
  });
});

describe("a local socket elsewhere", () => {
  const moved: Wanted = { socket: "/run/docker/api.sock" };

  test("is dockerd's alone", async () => {
    expectConverged(machine, await machine.apply(moved));
    expect(machine.get("effective")).toContain("unix:///run/docker/api.sock");
    expect(await machine.apply(moved)).toMatchObject({ stdout: "nothing to do\n" });
  });

  test("is asked for the daemon's word, and the usual one where it is not there yet", async () => {
    await prepare(machine, moved);
    const asked = machine.calls().filter((call) => call.startsWith("curl"));
    expect(asked.some((call) => call.includes("/run/docker/api.sock"))).toBe(true);
  });

  test("goes back to the usual place, and the machine to its own", async () => {
    const before = machine.snapshot();
    await prepare(machine, moved);
    expectConverged(machine, await machine.apply({}));
    expectConverged(machine, await machine.apply(moved));
    expectRestored(machine, await machine.remove(), before);
  });

  test("of the machine's own dockerd is asked as well, and comes back with it", async () => {
    const hosts = '"hosts": ["unix:///run/foreign.sock"]';
    const own = `{${hosts}}\n`;
    const unit = "/usr/sbin/dockerd --containerd=/run/containerd/containerd.sock";
    machine.write("/usr/lib/systemd/system/docker.service", `[Service]\nExecStart=${unit}\n`);
    machine.write("/etc/docker/daemon.json", own);
    for (const name of ["unit", "flags"]) machine.set(name, unit);
    machine.set("effective", own);
    const before = machine.snapshot();
    const wanted = { presentSocket: "/run/foreign.sock", execStart: unit };
    expectConverged(machine, await machine.apply(wanted));
    expectRestored(machine, await machine.remove(), before);
  });

  test.each(["run/docker.sock", "/run/../docker.sock", "/run/a b.sock"])(
    "not at %s",
    async (socket) => {
      const before = machine.snapshot();
      expect(await machine.apply({ socket })).toMatchObject({
        code: 10,
        stderr: expect.stringMatching(
          /^socket: .* is not a plain absolute path; nothing was touched; /,
        ),
      });
      expect(machine.snapshot()).toEqual(before);
    },
  );
});

describe("a socket unit of ours that holds the port", () => {
  const held: Wanted = { bySocket: true };
  const units = ["dockertls-api.service", "dockertls-api.socket"].map(
    (name) => `/etc/systemd/system/${name}`,
  );
  const areThere = (): boolean[] => units.map((path) => machine.exists(path));
  const released = (): number =>
    machine.calls().filter((call) => call === "systemctl stop dockertls-api.socket").length;

  test.each<[string, Wanted]>([
    ["daemon.json", {}],
    ["flags", { byCommandLine: true }],
    ["plain TCP by flags", plainByFlags],
  ])("there and back from %s, and removed", async (_case, other) => {
    const before = machine.snapshot();
    await prepare(machine, other);
    expectConverged(machine, await machine.apply(held));
    expect(machine.get("api-port")).toBe("2376");
    expect(areThere()).toEqual([true, true]);
    expect(Object.keys(daemonJson())).not.toContain("hosts");
    expect(await machine.apply(held)).toMatchObject({ stdout: "nothing to do\n" });
    expectConverged(machine, await machine.apply(other));
    expect(machine.get("api-port")).toBe("");
    expect(areThere()).toEqual([false, false]);
    expectConverged(machine, await machine.apply(held));
    expectRestored(machine, await machine.remove(), before);
    expect(machine.get("api-port")).toBe("");
  });

  test("stays through a restart that does not move it, and moves with its port", async () => {
    await prepare(machine, held);
    const stopped = released();
    expectConverged(
      machine,
      await machine.apply({ ...held, certificate: "CERTIFICATE TWO\n", key: "PRIVATE KEY TWO\n" }),
    );
    expectConverged(machine, await machine.apply({ ...held, keys: { debug: true } }));
    expect(released()).toBe(stopped);
    expectConverged(machine, await machine.apply({ ...held, port: 2377 }));
    expect(machine.get("api-port")).toBe("2377");
  });

  test("a start that is refused: it goes on with the old certificate, and never closes", async () => {
    await prepare(machine, held);
    const stopped = released();
    expect(
      await machine.apply({ ...held, keys: { "registry-mirrors": ["ftp://x"] } }),
    ).toMatchObject({ code: 30 });
    expect(machine.get("api-port")).toBe("2376");
    expect(released()).toBe(stopped);
  });

  test("a first one that is refused leaves none", async () => {
    const before = machine.snapshot();
    expect(
      await machine.apply({ ...held, keys: { "registry-mirrors": ["ftp://x"] } }),
    ).toMatchObject({ code: 30 });
    expect(machine.snapshot()).toEqual(before);
    expect(machine.get("api-port")).toBe("");
  });

  test("TLS is on the command line before it leaves daemon.json", async () => {
    await prepare(machine, { byCommandLine: true });
    const inserted = `step() { current_step=$1; echo "$1" >>'${machine.model}/order'; }`;
    await machine.apply(held, { inserted });
    await machine.apply({ byCommandLine: true }, { inserted });
    const steps = machine
      .get("order")
      .split("\n")
      .filter((step) => /^new-(place-daemon.json|daemon-reload)$/.test(step));
    expect(steps).toEqual([
      "new-daemon-reload",
      "new-place-daemon.json",
      "new-place-daemon.json",
      "new-daemon-reload",
    ]);
  });

  test("another's socket unit on the port is in its way", async () => {
    machine.set("foreign-port", "2376");
    expect(await machine.apply(held)).toMatchObject({ code: 10 });
  });
});
