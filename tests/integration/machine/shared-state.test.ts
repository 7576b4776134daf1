// Two people, each with a key and a machine of their own, on one stack in a backend that they share: a folder in `npm
// test`, an S3-compatible server in `npm run test:machines`. By the real engine. One story, told in order.
import { readFileSync } from "node:fs";
import { hostname, userInfo } from "node:os";
import { join } from "node:path";
import type { Exported } from "../../../scripts/forget/deployment.ts";
import {
  holdRestart,
  installHold,
  killRemoteRun,
  releaseRestart,
  untilHeld,
} from "../../support/held-converge.ts";
import { startAgent } from "../../../standins/tests/ssh-agent.ts";
import { operator, operatorBegins } from "../../support/operator.ts";
import { foundIn, keysIn } from "../../support/secret-search.ts";
import { s3Server, sharedFolder, type SharedBackend } from "../../support/shared-backend.ts";
import { ed25519Keys } from "../../support/ssh-keys.ts";
import { closeStacks, expectNoChanges, StackRun } from "../../support/stack-run.ts";
import { bootMilliseconds, TestMachine } from "../../support/test-machine.ts";

const machine = new TestMachine("t1");
const name = "team";
const setting = "sesam-0815-setting";
let backend: SharedBackend;
let alice: StackRun;
let bob: StackRun;
const agents: Awaited<ReturnType<typeof startAgent>>[] = [];
const said: string[] = [];

async function backendOfThisRun(): Promise<SharedBackend> {
  if (process.env["DOCKERTLS_TESTS_ENGINE"] !== "real") return sharedFolder();
  const server = await s3Server();
  if (typeof server !== "string") return server;
  console.log(`S3: left out, a shared folder is in its place; ${server}`);
  return sharedFolder();
}

/** Somebody with a key of their own in an agent; the stack's file is the same for everybody. */
async function person(key: string): Promise<StackRun> {
  const stack = await StackRun.withOwnPlugins({}, name);
  const agent = await startAgent(key);
  agents.push(agent);
  Object.assign(stack.environment, backend.environment, { SSH_AUTH_SOCK: agent.path });
  const { knownHosts } = machine.ssh;
  stack.configure({ hosts: { t1: machine.host({ ssh: { knownHosts } }) } });
  return stack;
}

/** Of alice: an `up` that is about to restart dockerd, and waits there. */
async function heldUp(): Promise<ReturnType<StackRun["begin"]>> {
  await holdRestart(machine);
  const up = alice.begin(["up", "--yes", "--skip-preview"]);
  await untilHeld(machine);
  return up;
}

const holder = `${userInfo().username}@${hostname()}`;

beforeAll(async () => {
  [backend] = await Promise.all([backendOfThisRun(), machine.pristine()]);
  await installHold(machine);
  const second = ed25519Keys();
  await machine.sh("cat >>/root/.ssh/authorized_keys", `${second.public}\n`);
  alice = await person(readFileSync(machine.ssh.identityFile, "utf8"));
  bob = await person(second.private);
  await backend.fill(join(alice.directory, "state"));
}, bootMilliseconds);

afterAll(async () => {
  await closeStacks();
  await Promise.all([backend.close(), ...agents.map((agent) => agent.stop())]);
});

// proves: team.wait
test("of two runs at once the second says who holds the stack since when, waits, and looks", async () => {
  const first = await heldUp();
  const second = operatorBegins(bob, "rollout", name, "--yes", "--wait", "5m");
  await second.says("; waiting for it, 5 min at most");
  await releaseRestart(machine);
  const [done, waited] = [await first.end, await second.end];

  expect(done.exitCode).toBe(0);
  expect(waited.stdout).toMatch(
    new RegExp(
      `^stack team: it is locked by ${holder} \\(process \\d+\\) since 20.* UTC; waiting`,
      "m",
    ),
  );
  expect(waited.stdout).toMatch(/^team +unchanged +1 machine, nothing to do; /m);
  expect(waited.exitCode).toBe(0);
  said.push(done.all, waited.stdout, waited.stderr);
});

// proves: team.killed
test("a run that was killed with its machine is completed by somebody else", async () => {
  const value = JSON.stringify({ "log-opts": { tag: setting } });
  for (const one of [alice, bob])
    await one.expectSuccess(["config", "set", "--secret", "dockertls:daemon", value]);
  const up = await heldUp();
  await up.kill();
  await killRemoteRun(machine);
  await releaseRestart(machine);

  const away = await operator(bob, "rollout", name, "--yes", "--wait", "1s");
  expect(away.stdout).toMatch(/, and still was after 1 s; .*free the stack with `pulumi cancel`/);
  await bob.expectSuccess(["cancel", "--yes"]);
  const completed = await bob.up();
  expect(completed.exitCode).toBe(0);
  expect(await machine.sh("cat /etc/docker/daemon.json")).toContain(setting);
  said.push(away.stdout, away.stderr, completed.all);
});

// proves: team.keys
test("the other sees no difference, though this one logged in with another key", async () => {
  await expectNoChanges(alice);
});

// proves: team.no-secrets
test("nothing that is stored holds a secret in clear", async () => {
  const keys = keysIn((await alice.stateInClear()) as Exported);
  expect(keys.length).toBeGreaterThanOrEqual(8);
  const secrets = new Map([...keys, ["setting", setting], ...backend.secrets]);
  const objects = await backend.objects();
  const found = [...objects].flatMap(([key, text]) =>
    foundIn(text, secrets).map((secret) => `${secret}: ${key}`),
  );

  expect(found).toEqual([]);
  expect([...objects.keys()]).toContain(`.pulumi/stacks/dockertls/${name}.json`);
  expect([...objects.values()].join("\n")).toContain('"ciphertext"');
  expect([...objects.keys()].filter((key) => key.includes("/locks/"))).toEqual([]);
  expect(foundIn(said.join("\n"), secrets)).toEqual([]);
  console.log(`${backend.name}: ${String(objects.size)} objects searched, none with a secret`);
});
