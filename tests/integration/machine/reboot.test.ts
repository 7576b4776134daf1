// A machine that boots comes back by itself, whatever `listen` says; a run that comes in between says what is missing,
// or waits for it.
import { closeStacks, StackRun } from "../../support/stack-run.ts";
import { bootMilliseconds, TestMachine } from "../../support/test-machine.ts";

const machine = new TestMachine("t1");
const late = "192.0.2.77";
const lateSeconds = 20;
let stack: StackRun;

/** As a VPN or DHCP brings it: now, and some time after every boot. */
const lateAddress = `printf '%s\n' '[Service]' 'Type=exec' \
    'ExecStart=/bin/sh -c "sleep ${String(lateSeconds)}; ip address add ${late}/32 dev lo"' \
    '[Install]' 'WantedBy=multi-user.target' > /etc/systemd/system/vpn.service
  systemctl daemon-reload; systemctl enable vpn; ip address add ${late}/32 dev lo`;

function listen(addresses: readonly string[], more: Readonly<Record<string, unknown>> = {}): void {
  stack.configure({ hosts: { t1: machine.host({ listen: addresses, ...more }) } });
}

/** Seconds from sshd's answer until dockerd listens on the network; a client on the machine waits for it meanwhile. */
async function secondsUntilServed(): Promise<number> {
  const begun = performance.now();
  await machine.waitFor(
    "its API",
    60,
    `timeout 50 docker info && ss -Hltn 'sport = :2376' | grep -qF ${machine.address}`,
  );
  const seconds = (performance.now() - begun) / 1000;
  process.stdout.write(`from sshd's answer until the API serves: ${seconds.toFixed(1)} s\n`);
  return seconds;
}

beforeAll(async () => {
  await machine.pristine();
  await machine.sh(lateAddress);
  stack = await StackRun.onFakeEngine({});
}, bootMilliseconds);

afterAll(closeStacks);

// proves: listen.late
test("case 5: dockerd comes up by itself once the last address is there, and an `up` during the boot waits for it", async () => {
  listen([machine.address, late], { waitFor: "2m" });
  const first = await stack.up();
  expect(first.exitCode).toBe(0);
  expect(first.all).toContain(
    `listen: after a boot dockerd starts once the machine has ${machine.address} and ${late}; until then local clients wait, too`,
  );

  await machine.stop();
  const [up, seconds] = await Promise.all([
    stack.up(),
    machine.start({ untilSsh: true }).then(secondsUntilServed),
  ]);

  expect(seconds).toBeLessThan(lateSeconds + 15);
  expect(up.all).not.toMatch(/error/);
  expect(up.exitCode).toBe(0);
  expect(await stack.preview("--expect-no-changes")).toMatchObject({ exitCode: 0 });
});

test("an address that does not come back: `up` says so, and mends it with the right one", async () => {
  await machine.sh("systemctl disable vpn");
  await machine.stop();
  await machine.start({ untilSsh: true });
  listen([machine.address, late]);

  const refused = await stack.up();

  expect(refused.exitCode).not.toBe(0);
  expect(refused.all).toContain(
    `t1: listen: names ${late}, which this machine does not have now; dockerd does not start on an address that is not there; write one that it has (${machine.address})`,
  );

  listen([machine.address]);
  expect(await stack.up()).toMatchObject({ exitCode: 0 });
  expect(await machine.info("{{.Name}}")).toBe("t1");
});
