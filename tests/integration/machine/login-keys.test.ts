// Keys as people have them: one of many in an agent, and in formats that only one of the two SSH clients reads. What
// the look accepts, @pulumi/command must log in with as well, to converge and to restore.
import { generateKeyPairSync } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startAgent } from "../../../standins/tests/ssh-agent.ts";
import { ed25519Keys } from "../../support/ssh-keys.ts";
import { closeStacks, StackRun } from "../../support/stack-run.ts";
import { bootMilliseconds, TestMachine } from "../../support/test-machine.ts";

const machine = new TestMachine("t1");
const { knownHosts, identityFile } = machine.ssh;
let stack: StackRun;
let before: string;

beforeAll(async () => {
  await machine.pristine();
  stack = await StackRun.onFakeEngine({ hosts: { t1: machine.host() } });
}, bootMilliseconds);

afterAll(closeStacks);

beforeEach(async () => {
  before = await machine.files();
});

/** Converges the machine, finds nothing left to do, and restores it. */
async function expectWholeLife(ssh: Readonly<Record<string, unknown>>): Promise<void> {
  stack.configure({ hosts: { t1: machine.host({ ssh: { knownHosts, ...ssh } }) } });
  for (const run of [
    () => stack.up(),
    () => stack.preview("--expect-no-changes"),
    () => stack.destroy(),
  ]) {
    const { exitCode, all } = await run();
    if (exitCode !== 0) throw new Error(all);
  }
  expect(await machine.files()).toBe(before);
}

describe("an agent with six keys of others before the right one", () => {
  let agent: Awaited<ReturnType<typeof startAgent>>;

  beforeAll(async () => {
    const others = Array.from({ length: 6 }, () => ed25519Keys().private);
    agent = await startAgent(...others, readFileSync(identityFile, "utf8"));
    stack.environment["SSH_AUTH_SOCK"] = agent.path;
  });

  afterAll(async () => {
    delete stack.environment["SSH_AUTH_SOCK"];
    await agent.stop();
  });

  // proves: login.too-many-keys
  test("case 14: is told what is wrong", async () => {
    stack.configure({ hosts: { t1: machine.host({ ssh: { knownHosts } }) } });

    const up = await stack.up();

    expect(up.exitCode).not.toBe(0);
    expect(up.all).toMatch(
      /the server hung up after too many of the SSH agent's 7 keys \(MaxAuthTries in its sshd_config\); /,
    );
    expect(await machine.files()).toBe(before);
  });

  // proves: login.chosen-key
  test("case 14: logs in where its public half is named, from the first up to destroy", async () => {
    const mark = await machine.mark();

    await expectWholeLife({ identityFile: `${identityFile}.pub` });

    expect((await machine.logins(mark)).refused).toBe(0);
  });
});

// proves: login.pkcs8
test("case 15: a key as `openssl genpkey` writes it", async () => {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const key = join(stack.directory, "pkcs8");
  writeFileSync(key, privateKey.export({ type: "pkcs8", format: "pem" }), { mode: 0o600 });
  const { x = "", y = "" } = publicKey.export({ format: "jwk" });
  const point = Buffer.concat([
    Buffer.of(4),
    Buffer.from(x, "base64url"),
    Buffer.from(y, "base64url"),
  ]);
  const line = ["ecdsa-sha2-nistp256", "nistp256", point].map((part) => {
    const bytes = Buffer.from(part as string);
    return Buffer.concat([Buffer.from([0, 0, 0, bytes.length]), bytes]);
  });
  const keys = "/root/.ssh/authorized_keys";
  await machine.sh(
    `cat >>${keys}`,
    `ecdsa-sha2-nistp256 ${Buffer.concat(line).toString("base64")}\n`,
  );
  before = await machine.files();

  await expectWholeLife({ identityFile: key });
});

test("a key that others may read is warned of, as ssh does", async () => {
  const key = join(stack.directory, "open");
  writeFileSync(key, readFileSync(identityFile), { mode: 0o644 });
  stack.configure({ hosts: { t1: machine.host({ ssh: { knownHosts, identityFile: key } }) } });

  const preview = await stack.preview();

  expect(preview.exitCode).toBe(0);
  expect(preview.all).toMatch(/open.* has mode 0644, so other users may read it; .*`chmod 600 /);
});
