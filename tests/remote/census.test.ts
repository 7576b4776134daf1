// census.sh: who uses dockerd at this moment, on a machine in any condition; it changes nothing.
import { readCensus } from "../../components/model/observed/census.ts";
import { usedMachine } from "../support/killed-runs.ts";
import type { ScratchMachine } from "../support/scratch-machine.ts";

let machine: ScratchMachine;
beforeEach(() => {
  machine = usedMachine();
});
afterEach(() => machine.destroy());

const head =
  "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";
const socket = (at: number, local: string, remote: string, state: string): string =>
  `   ${String(at)}: ${local} ${remote} ${state} 00000000:00000000 00:00000000 00000000     0        0 4711 1 0000000000000000 100 0 0 10 0\n`;

test("open connections to the API's port, by address; no others", async () => {
  const own = "0B54E70A:0948";
  machine.write(
    "/proc/net/tcp",
    head +
      socket(0, "00000000:0948", "00000000:0000", "0A") +
      socket(1, own, "0154E70A:C001", "01") +
      socket(2, own, "0154E70A:C002", "01") +
      socket(3, own, "0254E70A:C003", "01") +
      // Closing, another port, and a client on the machine itself.
      socket(4, own, "0354E70A:C004", "06") +
      socket(5, "0B54E70A:0016", "0454E70A:0948", "01") +
      socket(6, "0B54E70A:C005", "0554E70A:0948", "01"),
  );
  const mapped = "0000000000000000FFFF0000";
  machine.write(
    "/proc/net/tcp6",
    head + socket(0, `${mapped}${own}`, `${mapped}0154E70A:C006`, "01"),
  );
  const before = machine.snapshot();
  const values = await machine.census();
  const answer = Object.entries(values).map(([name, value]) => `\nB ${name}\n${value}`);
  expect(readCensus(`${answer.join("")}\nB end\n`, "B")?.clients).toEqual([
    { address: "10.231.84.1", connections: 3 },
    { address: "10.231.84.2", connections: 1 },
  ]);
  expect(machine.snapshot()).toEqual(before);
});

test.each(["curl", "perl", "docker"] as const)(
  "containers, asked for by %s",
  async (infoThrough) => {
    const other = machine.copy({ infoThrough });
    const { containers, docker_info, silence } = await other.census();
    expect(containers).toMatch(/"Id":"0+4711","Names":\["\/\w+"\]/);
    expect(docker_info).toContain('"LiveRestoreEnabled"');
    expect(silence).toBeUndefined();
    other.destroy();
  },
);

test("a machine without any of them, and a dockerd that does not answer, are told as that", async () => {
  const bare = machine.copy({ infoThrough: "nothing" });
  expect((await bare.census())["silence"]).toBe(
    "the machine has neither curl, perl nor docker to ask dockerd with",
  );
  bare.destroy();
  machine.set("silent", "");
  const { silence, containers } = await machine.census();
  expect(silence).toBe("dockerd does not answer on its local socket");
  expect(containers).toBeUndefined();
});

test("a dockerd that is down is not asked: that would start it", async () => {
  machine.set("active", "inactive");
  const before = machine.calls().length;
  expect((await machine.census())["silence"]).toBe("dockerd does not run");
  expect(machine.calls().slice(before).join("\n")).not.toMatch(/curl|start/);
});

test("those that an old dockerd removes, where it is about to be restarted", async () => {
  machine.set("auto-remove", "");
  expect(await machine.census("yes")).not.toHaveProperty("removed");
  machine.set("version", "20.10.24");
  expect(await machine.census()).not.toHaveProperty("removed");
  expect((await machine.census("yes"))["removed"]).toMatch(/^0+4711\n$/);
});

test.each([["dash"], ["bash", "--norc", "--posix"]])("by %s as well", async (...shell) => {
  machine.write("/proc/net/tcp", head);
  const values = await machine.census("yes", shell);
  expect(values["containers"]).toContain("4711");
  expect(values).toHaveProperty("connections");
});
