// A machine that is still being set up is waited for, and what for is said.
import type { HostLook } from "../../provider/host-look.ts";
import { LookError } from "../../provider/look-error.ts";
import { lookWhenReady } from "../../provider/wait-for.ts";
import { HostStateResource } from "../../provider/host-state.ts";
import {
  answerOf,
  convergedMachine,
  desiredHost,
  factsOf,
  freshMachine,
  recordedHost,
  tlsListener,
  type Values,
} from "../support/machine-answer.ts";
import { ToldLines } from "../support/told.ts";
import { startSshMachine } from "../support/ssh-machine.ts";

const args = {
  host: "b1",
  connection: { host: "10.0.0.4", port: 22, user: "root", hostKey: "" },
  sudo: false,
  desired: desiredHost(),
};

const seen = (values: Values = {}): HostLook => ({
  facts: factsOf(freshMachine(values)),
  endpointProbe: {},
  asked: 0,
});

const failure = (stage: "reach" | "login", what: string): LookError =>
  new LookError(stage, { where: "ssh root@10.0.0.4:22", what, why: "w", fix: "f" });

const missing = { unit_text: "", unit_show: "LoadState=not-found\n", dockerd_version: undefined };

/** What came of looks that find this, one after the other, and what was said meanwhile. */
async function waited(
  looks: readonly (HostLook | LookError)[],
  seconds = 600,
  desired = args.desired,
): Promise<{ readonly end: string; readonly said: readonly string[]; readonly looks: number }> {
  const said: string[] = [];
  let count = 0;
  const look = (): Promise<HostLook> => {
    const found = looks[Math.min(count, looks.length - 1)];
    count += 1;
    if (found === undefined || found instanceof LookError)
      return Promise.reject(found ?? new Error());
    return Promise.resolve(found);
  };
  const end = await lookWhenReady({ ...args, desired }, seconds, (line) => said.push(line), {
    look,
    pause: 0.01,
  }).then(
    ({ facts }) => facts.dockerdVersion,
    (error: unknown) => String(error),
  );
  return { end, said, looks: count };
}

const ready = seen();
const version = ready.facts.dockerdVersion;

// proves: wait.says-for-what
test("from the order of a machine to the end of its installation: a line for each reason", async () => {
  const closed = failure("reach", "unreachable (connect ECONNREFUSED)");
  const cloudInit = seen({ ...missing, cloud_init: "running" });
  const apt = seen({ ...missing, at_work: "apt-get\ndpkg\n" });
  expect(await waited([closed, closed, cloudInit, cloudInit, apt, seen(missing), ready])).toEqual({
    end: version,
    said: [
      "waits for SSH: unreachable (connect ECONNREFUSED); up to 10 min",
      "waits for cloud-init, which is still at work; up to 10 min",
      "waits for apt-get, which is at work; up to 10 min",
      "waits for docker, which is not installed yet; up to 10 min",
    ],
    looks: 7,
  });
});

test("a machine that boots lets only root in", async () => {
  const booting = failure(
    "login",
    "…; the server says: System is booting up. Unprivileged users …",
  );
  expect((await waited([booting, ready])).said).toEqual([
    "waits for the end of its boot; up to 10 min",
  ]);
});

test.each([
  [
    "a docker that is being upgraded",
    { unit_show: "LoadState=loaded\nActiveState=inactive\n", at_work: "dpkg\n" },
  ],
  ["cloud-init beside a docker that runs", { cloud_init: "running" }],
])("%s", async (_case, values) => {
  expect((await waited([seen(values), ready])).said).toHaveLength(1);
});

describe("an address of `listen` that is not there yet", () => {
  const shown = { addresses: "2: eth0    inet 192.0.2.10/24 scope global eth0\\\n" };
  const desired = desiredHost({ listener: tlsListener({ addresses: ["192.0.2.77"] }) });
  const down = { unit_show: "LoadState=loaded\nActiveState=activating\n" };
  const found = (values: Values): HostLook => ({
    ...seen(),
    facts: factsOf(convergedMachine(desired, "", { ...shown, ...values })),
  });

  test("is waited for after a boot", async () => {
    expect((await waited([found(down), found({})], 600, desired)).said).toEqual([
      "waits for 192.0.2.77, an address of `listen` that the machine does not have yet; up to 10 min",
    ]);
  });

  test("is a slip on a machine that was never converged", async () => {
    expect((await waited([seen({ ...shown, ...down })], 600, desired)).looks).toBe(1);
  });
});

test("a package manager beside a docker that runs is none of our business", async () => {
  expect(await waited([seen({ at_work: "apt-get\n" })])).toEqual({
    end: version,
    said: [],
    looks: 1,
  });
});

test.each([
  ["a login that is refused", failure("login", "authentication refused")],
  ["another machine", new LookError("host key", { where: "w", what: "x", why: "y", fix: "z" })],
])("what no time mends is not waited for: %s", async (_case, error) => {
  expect(await waited([error])).toEqual({ end: String(error), said: [], looks: 1 });
});

test("when the time is over, the last look counts", async () => {
  const closed = failure("reach", "unreachable (connect ECONNREFUSED)");
  expect(await waited([closed], 0.05)).toMatchObject({
    end: expect.stringMatching(
      /unreachable \(connect ECONNREFUSED\), after .* of waiting; w; f$/,
    ) as string,
  });
  expect((await waited([seen(missing)], 0.05)).end).toBe("");
});

test("without waitFor it looks once", async () => {
  expect((await waited([failure("reach", "closed")], 0)).looks).toBe(1);
  expect(await waited([seen({ cloud_init: "running" })], 0)).toMatchObject({ said: [], looks: 1 });
});

test("a person is told while the machine is waited for, and no state holds the setting", async () => {
  const machine = await startSshMachine();
  machine.reply = { stdout: answerOf(freshMachine({ cloud_init: "running" })) };
  const told = new ToldLines();
  const state = new HostStateResource();
  const news = {
    ...args,
    connection: machine.connection,
    desired: recordedHost(args.desired),
    waitFor: 2,
  };
  const inputs = state.check({}, news);
  expect(inputs).not.toHaveProperty("waitFor");
  expect(await state.create(inputs, told)).not.toHaveProperty("waitFor");
  expect(told.lines).toContainEqual(
    expect.stringMatching(/^waits for cloud-init, which is still at work; up to/),
  );
  await machine.stop();
});
