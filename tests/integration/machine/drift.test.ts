// What others change on the machine: a plain preview tells it, the next up repairs it. Three machines of one
// stack, so that an engine's run proves as many cases.
import { makeAuthority } from "../../support/authority.ts";
import {
  closeStacks,
  expectNoChanges,
  saidOf,
  StackRun,
  type Run,
} from "../../support/stack-run.ts";
import { bootMilliseconds, TestMachine } from "../../support/test-machine.ts";

const [t1, t2, t3] = [new TestMachine("t1"), new TestMachine("t2"), new TestMachine("t3")];
const machines = [t1, t2, t3];
let stack: StackRun;

beforeAll(async () => {
  await Promise.all(machines.map((machine) => machine.pristine()));
  stack = await StackRun.onFakeEngine({
    daemon: { "registry-mirrors": ["https://mirror.gcr.io"], labels: ["a=1"] },
    hosts: Object.fromEntries(machines.map((machine) => [machine.name, machine.host()])),
  });
  expect((await stack.up()).exitCode).toBe(0);
}, bootMilliseconds);

afterAll(closeStacks);

const directory = "/opt/docker-ssl";
const dropIn = "/etc/systemd/system/docker.service.d/zz-dockertls.conf";

const stranger = await (await makeAuthority("stranger")).issue("server");

interface Drift {
  readonly what: string;
  readonly done: string;
  readonly told: string | RegExp;
  readonly repaired: string;
}

const drifts: Drift[] = [
  {
    what: "an edited daemon.json",
    done: "sed -i s/mirror.gcr.io/mirror.example/ /etc/docker/daemon.json",
    told: /daemon\.json: registry-mirrors: expected .*mirror\.gcr\.io.*, found .*mirror\.example/,
    repaired: "grep -q mirror.gcr.io /etc/docker/daemon.json",
  },
  {
    what: "an edited script of this program",
    done: "echo '# more' >> /var/lib/dockertls/dockertls.sh",
    told: /\/var\/lib\/dockertls\/script-\w+: expected the script, found it missing or changed/,
    repaired: "! grep -q '^# more' /var/lib/dockertls/dockertls.sh",
  },
  {
    what: "a removed certificate",
    done: `rm ${directory}/cert.pem`,
    told: `${directory}/cert.pem: expected the file, found none`,
    repaired: `test -s ${directory}/cert.pem`,
  },
  {
    what: "a stopped daemon",
    done: "systemctl stop docker.service docker.socket",
    told: "docker.service: expected active, found inactive",
    repaired: "systemctl is-active docker.service",
  },
  {
    what: "a removed drop-in",
    done: `rm ${dropIn}`,
    told: `${dropIn}: expected the file, found none`,
    repaired: `test -s ${dropIn} && ! systemctl show docker -P ExecStart | grep -q fd://`,
  },
  {
    what: "a key that others can read",
    done: `chmod 0644 ${directory}/key.pem`,
    told: `${directory}/key.pem: expected mode, user, group 400 0 0, found 644 0 0`,
    repaired: `test "$(stat -c %a ${directory}/key.pem)" = 400`,
  },
  // proves: drift.settings
  {
    what: "an edit that was put in effect and then taken back in the file alone",
    done: `sed -i s/a=1/a=2/ /etc/docker/daemon.json && systemctl reset-failed docker && systemctl restart docker
      sed -i s/a=2/a=1/ /etc/docker/daemon.json`,
    told: 'labels in effect: expected ["a=1"], found ["a=2"]',
    repaired: "docker info --format '{{.Labels}}' | grep -q a=1",
  },
  // proves: drift.started-on
  {
    what: "a daemon.json that was touched after somebody had started dockerd",
    done: `systemctl reset-failed docker && systemctl restart docker && started=$(date +%s)
      # A file's time comes from the kernel's tick, which may be behind date's by some milliseconds.
      until [ "$(stat -c %Y /etc/docker/daemon.json)" -gt "$started" ]; do sleep 0.1; touch /etc/docker/daemon.json; done`,
    told: "daemon.json: expected what dockerd started on, found it changed since that start",
    repaired: "test /var/lib/dockertls/record -nt /etc/docker/daemon.json",
  },
  // proves: drift.certificate
  {
    what: "a certificate on the disk that is not the one served",
    done: `cp -a ${directory} /tmp/kept
      printf '%s\n' '${stranger.certificate}' > ${directory}/cert.pem
      printf '%s\n' '${stranger.privateKey}' > ${directory}/key.pem
      systemctl reset-failed docker && systemctl restart docker
      started=$(date +%s)
      while [ "$(date +%s)" = "$started" ]; do sleep 0.1; done
      cp -a /tmp/kept/. ${directory} && rm -r /tmp/kept`,
    told: new RegExp(
      `certificate served on port 2376: expected the one in ${directory}/cert\\.pem \\(serial \\w+, .*\\), found another \\(serial \\w+, `,
    ),
    // Nothing but a start since the files came back makes dockerd serve them.
    repaired: `test "$(date -d "$(systemctl show docker -P ExecMainStartTimestamp)" +%s)" -ge "$(stat -c %Z ${directory}/key.pem)"`,
  },
  {
    what: "a drop-in of somebody else that systemd has not loaded",
    done: `printf '[Service]\nEnvironment=A=B\n' > ${dropIn.replace("zz-dockertls", "other")}`,
    told: "docker.service: expected its files in effect, found changes that systemd has not loaded",
    repaired: 'test "$(systemctl show docker -P NeedDaemonReload)" = no',
  },
];

/** In threes, one for each machine. */
const rounds = Array.from({ length: Math.ceil(drifts.length / machines.length) }, (_, round) =>
  machines.flatMap((machine, place) => {
    const drift = drifts[round * machines.length + place];
    return drift ? [{ machine, ...drift }] : [];
  }),
);

describe.each(rounds.map((round) => ({ round })))("side by side, no. %#:", ({ round }) => {
  let preview: Run;
  let up: Run | undefined;

  beforeAll(async () => {
    await Promise.all(round.map(({ machine, done }) => machine.sh(done)));
    preview = await stack.preview();
  });

  // proves: drift.preview
  test.each(round)("$what is told by a plain preview", async ({ machine, told, repaired }) => {
    expect(saidOf(machine.name, preview)).toMatch(told);
    expect(preview.exitCode).toBe(0);
    // A preview that repaired something would be a surprise to everybody.
    expect(await machine.succeeds(repaired)).toBe(false);
  });

  // proves: drift.repaired
  test.each(round)("$what is repaired by up", async ({ machine, repaired }) => {
    up ??= await stack.up();
    expect(up.all).not.toMatch(/error/);
    expect(up.exitCode).toBe(0);
    expect(await machine.succeeds(repaired)).toBe(true);
  });

  test("and a preview has nothing to show any more", () => expectNoChanges(stack));
});
