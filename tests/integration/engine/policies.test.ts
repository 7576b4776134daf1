// `--policy-pack policies` in the engine's hands. Previews alone: nobody is at the address, and none is needed.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { hostKey } from "../../support/stack-configuration.ts";
import { ed25519Keys } from "../../support/ssh-keys.ts";
import { closeStacks, StackRun, type Run } from "../../support/stack-run.ts";

let stack: StackRun;
let ssh: object;

beforeAll(async () => {
  stack = await StackRun.create({});
  const identityFile = join(stack.directory, "id_ed25519");
  writeFileSync(identityFile, ed25519Keys().private, { mode: 0o600 });
  ssh = { port: 1, hostKey, identityFile };
}, 240_000);

afterAll(closeStacks);

/** A preview with the pack, configured as the file says that goes with a stack. */
function preview(config?: object): Promise<Run> {
  const file = join(stack.directory, "policies.json");
  if (config !== undefined) writeFileSync(file, JSON.stringify(config));
  const configured = config === undefined ? [] : ["--policy-pack-config", file];
  return stack.preview("--policy-pack", "policies", ...configured);
}

// proves: policies.preview
test("a stack as it comes passes what is mandatory, and is warned of what is advisory", async () => {
  stack.configure({ hosts: { b1: { address: "127.0.0.1", ssh } } });

  const { exitCode, all } = await preview();

  expect(all).toMatch(
    /\[advisory\] +host-key-by-file .*\n.*\n +dockertls:hosts\.b1\.ssh\.hostKey: /,
  );
  expect(all).not.toMatch(/\[mandatory\]/);
  expect(exitCode).toBe(0);
});

describe("a stack that does what the policies forbid", () => {
  beforeAll(() => {
    stack.configure({
      daemon: { "live-restore": false },
      hosts: {
        b1: { address: "127.0.0.1", ssh, listen: ["192.0.2.1"] },
        b2: {
          ...{ address: "127.0.0.1", ssh: { ...ssh, port: 2 }, api: "plain-tcp" },
          iUnderstandThatThisGivesRootToTheNetwork: true,
        },
      },
    });
  });
  const strict = {
    "listen-addresses": { allowed: ["10.0.0.0/8"] },
    "certificate-lifetime": { maxServerHours: 1000 },
    "host-key-by-file": "disabled",
  };

  // proves: policies.mandatory
  test("fails with a line for each", async () => {
    const { exitCode, all } = await preview(strict);

    for (const line of [
      /dockertls:hosts\.b2\.api: it is plain TCP; /,
      /dockertls:hosts\.b[12]\.daemon\.live-restore: it is off; /,
      /dockertls:hosts\.b1\.listen: dockerd listens on 192\.0\.2\.1; the policy allows 10\.0\.0\.0\/8; /,
      /dockertls:hosts\.b2\.listen: dockerd listens on every address of the machine \(0\.0\.0\.0\); /,
      /b1-server: its certificate is valid for 2160 hours; the policy allows 1000, /,
    ]) {
      expect(all).toMatch(line);
    }
    expect(all).toMatch(/\[mandatory\]/);
    expect(all).not.toMatch(/host-key-by-file .*b1/);
    expect(exitCode).not.toBe(0);
  });

  // proves: policies.levels
  test("passes where its configuration makes them advisory or disables them", async () => {
    const { exitCode, all } = await preview({
      all: "advisory",
      ...strict,
      "no-plain-tcp": "disabled",
    });

    expect(all).toMatch(/dockertls:hosts\.b1\.listen: dockerd listens on 192\.0\.2\.1; /);
    expect(all).not.toMatch(/\[mandatory\]|it is plain TCP/);
    expect(exitCode).toBe(0);
  });
});
