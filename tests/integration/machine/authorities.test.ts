// Who is let in by which authority: clients by name, a group that is taken out, and a rotation in which nobody is cut
// off. One story on one machine, with a container on it and systemd holding the port, so that no call fails.
import { createPrivateKey } from "node:crypto";
import type { ClientBundle, IssuedBundle } from "../../../components/model/certificates.ts";
import { makeRequest } from "../../support/authority.ts";
import { signTo } from "../../support/api-clients.ts";
import { closeStacks, expectNoChanges, StackRun, type Run } from "../../support/stack-run.ts";
import { bootMilliseconds, TestMachine } from "../../support/test-machine.ts";
import { nobodyCutOff } from "../../support/tls-calls.ts";

const machine = new TestMachine("t1");
let stack: StackRun;
let fate: string;

const own = await makeRequest("ci");

const settings = (rest: Record<string, unknown>): Record<string, unknown> => ({
  hosts: { t1: machine.host({ listenBy: "socket" }) },
  ...rest,
});
const everybody = {
  alice: {},
  java: { algorithm: "RSA-2048" },
  guest: { group: "guests", hours: 48 },
  ci: { certificateRequestPem: own.request },
};

async function becomes(rest: Record<string, unknown>): Promise<Run> {
  stack.configure(settings(rest));
  const up = await stack.up();
  expect(up.all).not.toMatch(/error/);
  expect(up.exitCode).toBe(0);
  return up;
}

const bundles = async (): Promise<Record<string, IssuedBundle>> =>
  (await stack.output("clientBundles")) as Record<string, IssuedBundle>;

const refusals = async (): Promise<readonly string[]> => {
  const hosts = (await stack.output("hosts")) as Record<string, { refusals: string[] }>;
  return hosts["t1"]?.refusals ?? [];
};

/** What somebody hears who connects with these files. */
const heardBy = ({ ca, cert, key }: IssuedBundle, kept = ""): Promise<string> =>
  signTo(machine.address, { ca, certificate: cert, privateKey: key ?? kept });

const isLetIn = "let in: HTTP 200";
const turnedAway = /alert (unknown ca|bad certificate)/;

beforeAll(async () => {
  await machine.pristine();
  await machine.runContainer("box1");
  fate = await machine.fate("box1");
  stack = await StackRun.onFakeEngine(settings({}));
}, bootMilliseconds);

afterAll(closeStacks);

test("clients by name are let in, each with a key of its own kind, or one that never left its owner", async () => {
  await becomes({ clients: everybody, groups: { guests: {} } });
  const { alice, java, guest, ci } = await bundles();
  if (!alice || !java || !guest || !ci) throw new Error("a bundle is missing");

  for (const one of [alice, java, guest]) expect(await heardBy(one)).toBe(isLetIn);
  expect(ci).not.toHaveProperty("key");
  expect(await heardBy(ci, own.privateKey)).toBe(isLetIn);
  expect(createPrivateKey(java.key ?? "").asymmetricKeyType).toBe("rsa");
  expect(guest.ca).toBe(alice.ca);
  expect(await machine.sh("grep -c BEGIN /opt/docker-ssl/ca.pem")).toBe("2");
  await expectNoChanges(stack);
});

test("a certificate of a group can't be taken for the machine's: whoever trusts the stack trusts no group", async () => {
  const { alice, guest } = await bundles();
  const theirs = await machine.sh("sed -n '/END/,$p' /opt/docker-ssl/ca.pem | sed 1d");
  expect(alice?.ca).not.toContain(theirs.split("\n")[1]);
  expect(guest?.ca).not.toContain(theirs.split("\n")[1]);
});

// proves: clients.touch-no-machine
test("another client, and one less, touch no machine", async () => {
  const mark = await machine.mark();
  const { guest: _, ...others } = everybody;
  await becomes({ clients: { ...others, bob: {} }, groups: { guests: {} } });
  expect(await machine.dockerStarts(mark)).toBe(0);
  expect(await heardBy((await bundles())["bob"] ?? missing())).toBe(isLetIn);
  await becomes({ clients: everybody, groups: { guests: {} } });
});

// proves: clients.group-revoked
test("a group that is taken out is refused from then on, it alone, by one restart and proven", async () => {
  const { alice, guest } = await bundles();
  if (!alice?.key || !guest) throw new Error("a bundle is missing");
  const { guest: _, ...others } = everybody;
  const mark = await machine.mark();
  expect(await heardBy(guest)).toBe(isLetIn);

  await nobodyCutOff(machine.address, [alice as ClientBundle], () => becomes({ clients: others }));

  expect(await machine.dockerStarts(mark)).toBe(1);
  expect(await heardBy(guest)).toMatch(turnedAway);
  expect(await heardBy(alice)).toBe(isLetIn);
  expect(await machine.fate("box1")).toBe(fate);
  expect(await refusals()).toContain("a client of group guests: refused");
  await expectNoChanges(stack);
});

describe("a rotation", () => {
  let old: ClientBundle;
  let bridge: ClientBundle;
  const phase = (which: number): Record<string, unknown> => ({
    clients: { alice: {} },
    tls: { generation: 2, phase: which },
  });
  const bundleOfAlice = async (): Promise<ClientBundle> =>
    (await bundles())["alice"] as ClientBundle;

  test("1: clients get bundles that are good on both sides; no machine is touched", async () => {
    await becomes({ clients: { alice: {} } });
    old = await bundleOfAlice();
    const mark = await machine.mark();
    await becomes(phase(1));
    bridge = await bundleOfAlice();
    expect(await machine.dockerStarts(mark)).toBe(0);
    expect(bridge.key).not.toBe(old.key);
    expect(await heardBy(old)).toBe(isLetIn);
    expect(await heardBy(bridge)).toBe(isLetIn);
  });

  // proves: rotation.nobody-cut-off
  test("2: the machine takes both, by one restart, and no call of either fails", async () => {
    const mark = await machine.mark();
    await nobodyCutOff(machine.address, [old, bridge], () => becomes(phase(2)));
    expect(await machine.dockerStarts(mark)).toBe(1);
  });

  test("3: nothing changes while bundles are handed out", async () => {
    stack.configure(settings(phase(3)));
    await expectNoChanges(stack);
    expect(await heardBy(old)).toBe(isLetIn);
    expect(await heardBy(bridge)).toBe(isLetIn);
  });

  test("4: only the new one counts; no call of a bundle that was handed out fails, and the old one is refused", async () => {
    const mark = await machine.mark();
    await nobodyCutOff(machine.address, [bridge], () => becomes(phase(4)));
    expect(await machine.dockerStarts(mark)).toBe(1);
    expect(await heardBy({ ...old, ca: bridge.ca })).toMatch(turnedAway);
    const last = await bundleOfAlice();
    expect(await heardBy(last)).toBe(isLetIn);
    expect(last.key).toBe(bridge.key);
    expect(await refusals()).toContain("a client of generation 1: refused");
    expect(await machine.fate("box1")).toBe(fate);
    await expectNoChanges(stack);
  });
});

function missing(): never {
  throw new Error("a bundle is missing");
}
