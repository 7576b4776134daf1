// What a restart of dockerd would take along although live-restore is on: it is named, and not restarted without
// leave. A machine for each way in which it comes, so that an engine's run proves as many.
import { dockerd } from "../../support/test-image.ts";
import { closeStacks, StackRun } from "../../support/stack-run.ts";
import { bootMilliseconds, TestMachine } from "../../support/test-machine.ts";

interface Case {
  readonly what: string;
  /** Shell commands, once an image is there. */
  readonly arrange: string;
  /** What says, before and after, that nothing was touched. */
  readonly fate: string;
  /** The line of a first `up`, after the host's name. */
  readonly refusal: RegExp;
  /** As a preview names it. */
  readonly named: string;
  /** Whether all is up again after a restart with leave. */
  readonly back: string;
}

const long = "box:1 sh -c 'trap exit TERM; sleep 9999 & wait'";

const unit = (name: string, text: string): string =>
  `printf '%s\n' ${text
    .trim()
    .split("\n")
    .map((line) => `"${line.trim()}"`)
    .join(" ")} >/etc/systemd/system/${name}`;

const started = (name: string): string =>
  `systemctl daemon-reload && systemctl start ${name} && until docker inspect ${name} 2>/dev/null | grep -q '"Running": true'; do sleep 0.2; done`;

const dropIn = "docker.service.d/50-ours.conf";
const withDropIn = "mkdir -p /etc/systemd/system/docker.service.d";
const container = (name: string): string => `docker run -d --name ${name} ${long}`;
const fateOf = (unitName: string, name: string): string =>
  `systemctl show ${unitName} -P ActiveState -P InvocationID; docker inspect -f '{{.State.Pid}} {{.State.StartedAt}}' ${name}`;
const running = (name: string): string =>
  `docker inspect -f '{{.State.Running}}' ${name} | grep -q true`;

const cases: readonly Case[] = [
  {
    what: "a unit that requires docker.service and runs its container in the foreground",
    arrange: `${unit(
      "web.service",
      `[Unit]
      Requires=docker.service
      After=docker.service
      [Service]
      ExecStartPre=-/usr/bin/docker rm -f web
      ExecStart=/usr/bin/docker run --name web ${long}`,
    )}; ${started("web")}`,
    fate: fateOf("web.service", "web"),
    refusal: /web\.service: would be stopped by the restart of dockerd \(container web\); /,
    named: "web.service (container web)",
    back: `systemctl is-active web.service && ${running("web")}`,
  },
  {
    what: "one that is bound to docker.service, and one that is part of that",
    arrange: `${unit(
      "web.service",
      `[Unit]
      BindsTo=docker.service
      After=docker.service
      [Service]
      Type=oneshot
      RemainAfterExit=yes
      ExecStart=/usr/bin/docker run -d --name web ${long}
      ExecStop=/usr/bin/docker rm -f web`,
    )}; ${unit(
      "more.service",
      `[Unit]
      PartOf=web.service
      [Service]
      ExecStart=/bin/sleep infinity`,
    )}; ${started("web")}; systemctl start more`,
    fate: `${fateOf("web.service", "web")}; systemctl show more -P InvocationID`,
    refusal:
      /more\.service: would be stopped by the restart of dockerd, and so would web\.service \(container web\); /,
    named: "more.service, web.service (container web)",
    back: `systemctl is-active web.service more.service && ${running("web")}`,
  },
  {
    what: "a docker client as a unit's process, tied to nothing",
    arrange: `${unit(
      "web.service",
      `[Service]
      Restart=always
      RestartSec=1
      ExecStartPre=-/usr/bin/docker rm -f web
      ExecStart=/bin/sh -c \\"docker run --name web box:1 sleep 9999; exit 1\\"`,
    )}; ${started("web")}`,
    fate: fateOf("web.service", "web"),
    refusal: /web\.service: would be stopped by the restart of dockerd; /,
    named: "web.service",
    back: `systemctl is-active web.service && ${running("web")}`,
  },
  {
    what: "a unit that a drop-in of docker.service stops",
    arrange: `${withDropIn}; ${unit(
      dropIn,
      `[Unit]
      PropagatesStopTo=web.service`,
    )}; ${unit(
      "web.service",
      `[Service]
      ExecStart=/bin/sleep infinity`,
    )}; systemctl daemon-reload; systemctl start web; ${container("web")}`,
    fate: fateOf("web.service", "web"),
    refusal: /web\.service: would be stopped by the restart of dockerd; /,
    named: "web.service",
    back: `systemctl is-active web.service && ${running("web")}`,
  },
  {
    what: "a command of somebody that stops all containers with dockerd",
    arrange: `${withDropIn}; ${unit(
      dropIn,
      `[Service]
      ExecStop=/usr/bin/docker stop web`,
    )}; systemctl daemon-reload; ${container("web")}`,
    fate: fateOf("docker.service", "web"),
    refusal:
      /docker\.service: ExecStop= of \/etc\/systemd\/system\/docker\.service\.d\/50-ours\.conf runs a command at every stop of dockerd; /,
    named: "what ExecStop= of /etc/systemd/system/docker.service.d/50-ours.conf stops",
    back: "docker inspect web",
  },
  {
    what: "a dockerd with a containerd of its own, all of which systemd kills",
    arrange: `${withDropIn}; ${unit(
      dropIn,
      `[Service]
      KillMode=mixed
      ExecStart=
      ExecStart=${dockerd} -H fd://`,
    )}; systemctl mask --now containerd.service; systemctl restart docker.service; ${container("web")}`,
    fate: fateOf("docker.service", "web"),
    refusal: /containers: 1 would be killed by the restart of dockerd; /,
    named: "the containers in docker.service's own control group",
    back: "docker inspect web",
  },
];

const machines = cases.map((one, at) => ({
  ...one,
  machine: new TestMachine(`t${String(at + 1)}`),
}));
const fates = new Map<string, string>();
let stack: StackRun;

const settings = (daemon: Record<string, unknown>, allowContainerRestart = false) => ({
  daemon: { "registry-mirrors": ["https://mirror.gcr.io"], ...daemon },
  rollout: { waves: ["100%"] },
  hosts: Object.fromEntries(
    machines.map(({ machine }) => [
      machine.name,
      machine.host(allowContainerRestart ? { allowContainerRestart } : {}),
    ]),
  ),
});

beforeAll(async () => {
  await Promise.all(
    machines.map(async ({ machine, arrange }) => {
      await machine.pristine();
      await machine.sh(`docker import /opt/lab/busybox.tar box:1; ${arrange}`);
    }),
  );
  await seeFates();
  stack = await StackRun.onFakeEngine(settings({}));
}, bootMilliseconds);

afterAll(closeStacks);

async function seeFates(): Promise<void> {
  for (const { machine, fate } of machines) fates.set(machine.name, await machine.sh(fate));
}

async function expectUntouched(): Promise<void> {
  for (const { machine, fate } of machines) {
    expect([machine.name, await machine.sh(fate)]).toEqual([machine.name, fates.get(machine.name)]);
  }
}

// proves: containers.taken-along
test("case 2: a first up restarts none of these machines, and says why", async () => {
  const before = await Promise.all(machines.map(({ machine }) => machine.files()));

  const up = await stack.up("--continue-on-error");

  expect(up.exitCode).not.toBe(0);
  for (const { machine, refusal } of machines) {
    expect(up.all).toMatch(new RegExp(`${machine.name}: ${refusal.source}`));
  }
  expect(await Promise.all(machines.map(({ machine }) => machine.files()))).toEqual(before);
  await expectUntouched();
});

// proves: containers.taken-along-back
test("with leave it does, and all units are up again afterwards", async () => {
  stack.configure(settings({}, true));

  const up = await stack.up();

  expect(up.all).not.toMatch(/error/);
  expect(up.exitCode).toBe(0);
  for (const { machine, what, back } of machines) await machine.waitFor(what, 20, back);
});

test("what needs no restart needs no leave", async () => {
  for (const { machine } of machines) {
    await machine.sh("docker start web");
  }
  await seeFates();
  stack.configure(settings({ labels: ["rack=7"] }));

  const up = await stack.up();

  expect(up.all).not.toMatch(/error/);
  expect(up.exitCode).toBe(0);
  await expectUntouched();
});

// proves: containers.taken-along-preview
test("case 2: a preview of a restart names it, and up refuses that", async () => {
  stack.configure(settings({ labels: ["rack=7"], "log-level": "warn" }));

  const preview = await stack.preview();

  expect(preview.exitCode).toBe(0);
  for (const { named } of machines) {
    expect(preview.all).toContain(
      `; takes along ${named}, so \`pulumi up\` refuses it without \`allowContainerRestart: true\``,
    );
  }

  const up = await stack.up("--continue-on-error");

  expect(up.exitCode).not.toBe(0);
  for (const { machine, refusal } of machines) {
    expect(up.all).toMatch(new RegExp(`${machine.name}: ${refusal.source}`));
  }
  await expectUntouched();
});

test("a destroy is refused in the same way, and goes through with leave", async () => {
  stack.configure(settings({ labels: ["rack=7"] }));
  expect((await stack.up()).exitCode).toBe(0);

  const refused = await stack.destroy("--continue-on-error");

  expect(refused.exitCode).not.toBe(0);
  expect(refused.all).toMatch(/web\.service: would be stopped by the restart of dockerd; /);
  expect(refused.all).toMatch(/containers: those that run would be killed by the restart /);
  expect(refused.all).toMatch(/docker\.service: ExecStop= or ExecStopPost= runs a command /);
  await expectUntouched();

  stack.configure(settings({ labels: ["rack=7"] }, true));
  expect((await stack.up()).exitCode).toBe(0);
  await expectUntouched();
  expect((await stack.destroy()).exitCode).toBe(0);
  for (const { machine, what, back } of machines) await machine.waitFor(what, 20, back);
});
