// Machines that hang, flood or lie: every look at one ends, in one line that names it. All of them are
// looked at side by side, as a stack's machines are.
import "../support/errors-of-node.ts";
import { answerOf, desiredHost, freshMachine, recordedHost } from "../support/machine-answer.ts";
import { HostStateResource } from "../../provider/host-state.ts";
import { withFastClock } from "../support/fast-clock.ts";
import {
  hostileWays,
  startHostileMachine,
  type HostileMachine,
  type HostileWay,
} from "../support/hostile-machine.ts";
import { startSshMachine } from "../support/ssh-machine.ts";
import { ToldLines } from "../support/told.ts";
import type { Properties } from "../../provider/provider.ts";

const ways = Object.keys(hostileWays) as HostileWay[];
const machines: { stop(): Promise<void> }[] = [];
const outcomes = new Map<HostileWay, { seen: Properties; update: unknown }>();
let soundDuration = 0;
let grown = 0;

beforeAll(async () => {
  const sound = await startSshMachine();
  sound.reply = { stdout: answerOf(freshMachine()) };
  const hostile = new Map<HostileWay, HostileMachine>();
  for (const way of ways) hostile.set(way, await startHostileMachine(way));
  machines.push(sound, ...hostile.values());
  const resource = new HostStateResource();
  const inputs = ({ connection }: Pick<HostileMachine, "connection">) => ({
    ...{ host: "b1", connection, sudo: false, desired: recordedHost(desiredHost()) },
  });
  const before = process.memoryUsage().rss;
  await withFastClock(async () => {
    const begun = Date.now();
    const looks = [...hostile].map(async ([way, machine]) => {
      const [seen, update] = await Promise.all([
        resource.read({ ...inputs(machine), operatingSystem: "Debian" }, new ToldLines()),
        resource.create(inputs(machine), new ToldLines()).catch((error: unknown) => error),
      ]);
      outcomes.set(way, { seen, update });
    });
    await resource.create(inputs(sound), new ToldLines());
    soundDuration = Date.now() - begun;
    await Promise.all(looks);
  });
  grown = process.memoryUsage().rss - before;
}, 90_000);

afterAll(() => Promise.all(machines.map((machine) => machine.stop())));

test.each(ways)("a machine that %s is told in one line, by a look and by an update", (way) => {
  const { seen, update } = outcomes.get(way) ?? {};
  const line = String(seen?.["unreachable"]) + String(seen?.["blocked"]);
  expect(line).toMatch(/^b1: /);
  expect(line).toMatch(hostileWays[way].said);
  expect(line).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
  expect(seen?.["operatingSystem"]).toBe("Debian");
  expect(String(update)).toMatch(/^MachineError: b1: /);
});

// proves: hostile.others-looked-at
test("a sound machine beside them is looked at long before the last of them is given up", () => {
  // Of a clock that runs five times as fast: the slowest of them have a minute each.
  expect(soundDuration).toBeLessThan(60_000 / 5);
});

test("none of them makes the plugin grow by more than it may send", () => {
  expect(grown).toBeLessThan(ways.length * 2 * 32 * 1024 * 1024);
});

const keys = (count: number): string =>
  `{${Array.from({ length: count }, (_, at) => `"k${String(at)}":1`).join()}}`;

test.each([
  ["dockerd's answer", { docker_info: `"${'\\"'.repeat(2_000_000)}` }],
  ["a daemon.json", { daemon_json_kind: "file\n", daemon_json: `"${'\\"'.repeat(400_000)}` }],
  [
    "a value of daemon.json",
    { daemon_json_kind: "file\n", daemon_json: `{"live-restore":"${"a".repeat(900_000)}"}` },
  ],
  ["keys of daemon.json", { daemon_json_kind: "file\n", daemon_json: keys(60_000) }],
  ["as long as one is read, daemon.json", { daemon_json_kind: "file\n", daemon_json: keys(6000) }],
  ["a unit", { unit_text: `[Service]\nExecStart=/usr/sbin/dockerd ${'"\\'.repeat(2_000_000)}\n` }],
])(
  "%s of a hundred times its size takes no longer to read than to send",
  async (_what, changes) => {
    const machine = await startSshMachine();
    machine.reply = { stdout: answerOf(freshMachine(changes)) };
    const inputs = { host: "b1", sudo: false, desired: recordedHost(desiredHost()) };
    // What no timer could end: the test's own limit does, which is thirty seconds.
    await new HostStateResource().read(
      { ...inputs, connection: machine.connection },
      new ToldLines(),
    );
    await machine.stop();
  },
);
