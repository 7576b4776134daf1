// What others' units and variables say, beside what this program writes.
import { type DesiredHost } from "../../../components/model/desired/desired-host.ts";
import { desiredFiles } from "../../../components/model/desired/desired-files.ts";
import { checkPreconditions } from "../../../components/model/preconditions/preconditions.ts";
import { formatProblem } from "../../../components/model/problem.ts";
import {
  convergedMachine,
  desiredHost,
  factsOf,
  freshMachine,
  tlsListener,
  vendorSocket,
  vendorUnit,
  type Values,
} from "../../support/machine-answer.ts";

const folder = "/etc/systemd/system/docker.service.d";
const unitFile = "/usr/lib/systemd/system/docker.service";
const withDropIn = (name: string, text: string): string =>
  `${vendorUnit}\n# ${folder}/${name}\n[Service]\n${text}\n`;
const withFlags = (flags: string): string => vendorUnit.replace("-H fd://", `-H fd:// ${flags}`);

function lineOf(values: Values, desired = desiredHost()): string {
  const result = checkPreconditions(factsOf(freshMachine(values)), desired);
  return "where" in result ? formatProblem(result) : "converged";
}

function commandOf(values: Values, desired: DesiredHost): string | undefined {
  const result = checkPreconditions(factsOf(freshMachine(values)), desired);
  if ("where" in result) throw new Error(formatProblem(result));
  return desiredFiles(desired, result).dropIn.split("ExecStart=").at(-1)?.trim();
}

describe("a drop-in that sets ExecStart", () => {
  const own = "ExecStart=\nExecStart=/usr/sbin/dockerd -H fd:// --debug";
  const late = `${folder}/zzz.conf: sets ExecStart after zz-dockertls.conf; dockerd would start with its command line, and not with that of this program; rename it so that it sorts before, such as 50-zzz.conf, or take its ExecStart out`;

  // proves: adopt.exec-start
  test("before ours is what ours is made of", () => {
    expect(commandOf({ unit_text: withDropIn("override.conf", own) }, desiredHost())).toBe(
      "/usr/sbin/dockerd --debug",
    );
  });

  // proves: adopt.last-word-refused
  test("after ours is refused, on the first run and when somebody adds it later", () => {
    expect(lineOf({ unit_text: withDropIn("zzz.conf", own) })).toBe(late);
    const desired = desiredHost();
    const converged = convergedMachine(desired);
    const facts = factsOf({
      ...converged,
      unit_text: String(converged["unit_text"]).replace(
        vendorSocket,
        `# ${folder}/zzz.conf\n[Service]\n${own}\n\n${vendorSocket}`,
      ),
    });
    const result = checkPreconditions(facts, desired);
    expect("where" in result ? formatProblem(result) : "").toBe(late);
  });

  test.each(["Environment=HTTP_PROXY=http://u:geheim@proxy", "LimitNOFILE=1048576"])(
    "one after ours that sets something else is none of our business: %s",
    (text) => {
      expect(lineOf({ unit_text: withDropIn("zzz.conf", text) })).toBe("converged");
    },
  );
});

describe("a flag that a variable brings", () => {
  const defaults = "/etc/default/docker";
  const file = (text: string): Values => ({ environment_file_1: `${defaults}\n${text}` });

  // proves: adopt.variables
  test.each([
    ['DOCKER_OPTS="-H tcp://0.0.0.0:2375"\n', "-H"],
    ['DOCKER_OPTS="--dns 8.8.8.8 --host=tcp://0.0.0.0:2375"\n', "--host"],
    ["DOCKER_OPTS=--tlsverify\n", "--tlsverify"],
    ["DOCKER_OPTS=--tlscert=/x\n", "--tlscert"],
  ])("%s is refused, and where it lies is named", (text, flag) => {
    expect(lineOf(file(text))).toBe(
      `${defaults}: DOCKER_OPTS brings ${flag}; this program says where dockerd listens, and dockerd refuses to start with both or would listen there as well; take ${flag} out of DOCKER_OPTS there`,
    );
  });

  test("that a drop-in sets is named by the drop-in", () => {
    const unit = withDropIn("opts.conf", 'Environment="DOCKER_OPTS=-H tcp://0.0.0.0:2375"');
    expect(lineOf({ unit_text: unit })).toMatch(
      new RegExp(`^${folder}/opts\\.conf: DOCKER_OPTS brings -H; `),
    );
  });

  test("in braces is one word, and a flag all the same", () => {
    const unit = vendorUnit.replace("$DOCKER_OPTS", "${DOCKER_OPTS}");
    expect(lineOf({ ...file("DOCKER_OPTS=-Htcp://x\n"), unit_text: unit })).toMatch(
      /DOCKER_OPTS brings -H; /,
    );
  });

  test("for a key of ours is refused even where it says the same: the drop-in can't leave it out", () => {
    expect(lineOf(file("DOCKER_OPTS=--live-restore\n"))).toBe(
      `${defaults}: DOCKER_OPTS brings --live-restore; daemon.json is to set live-restore, and dockerd refuses to start with both; take --live-restore out of DOCKER_OPTS there; this program says it in daemon.json`,
    );
  });

  test.each([
    ["# DOCKER_OPTS=-H tcp://x\n", "a comment"],
    ["OTHER=-H tcp://x\n", "a variable that the command line does not name"],
    ['DOCKER_OPTS="--dns 8.8.8.8 --host-gateway-ip=10.0.0.1"\n', "flags of no key of ours"],
  ])("%s is no obstacle: %s", (text) => {
    expect(lineOf(file(text))).toBe("converged");
  });
});

describe("a flag of the unit beside a key of daemon.json", () => {
  test.each([
    ["--registry-mirror=https://other.example", "registry-mirrors"],
    ["--label a=b", "labels"],
    ["-D=false", "debug"],
  ])("%s says something else than the configuration: refused", (flags, key) => {
    const desired = desiredHost({
      daemon: { "registry-mirrors": ["https://m.example"], labels: ["c=d"], debug: true },
    });
    const written = flags.replace(/[= ].*$/, "");
    expect(lineOf({ unit_text: withFlags(flags) }, desired)).toBe(
      `${unitFile}: ${written} is on dockerd's command line; daemon.json is to set ${key}, and dockerd refuses to start with both; take ${written} out there, or ${key} out of the configuration`,
    );
  });

  // proves: adopt.same-flags
  test("what says the same is left out of our command line; the rest stays", () => {
    const desired = desiredHost({ daemon: { "registry-mirrors": ["https://m.example"] } });
    const flags = "--live-restore --registry-mirror https://m.example --mtu 1400";
    expect(commandOf({ unit_text: withFlags(flags) }, desired)).toBe(
      "/usr/sbin/dockerd --mtu 1400 --containerd=/run/containerd/containerd.sock $DOCKER_OPTS",
    );
  });

  test("a key of others in daemon.json: one of the two must go, and both are theirs", () => {
    const text = '{"data-root": "/srv/docker"}\n';
    const machine = {
      daemon_json_kind: "file\n",
      daemon_json: text,
      unit_text: withFlags("--data-root /srv/docker"),
    };
    expect(lineOf(machine)).toBe(
      `${unitFile}: --data-root is on dockerd's command line; daemon.json is to set data-root, and dockerd refuses to start with both; take --data-root out there, or data-root out of /etc/docker/daemon.json`,
    );
  });

  test.each(["--http-proxy http://proxy", "--add-runtime crun=/usr/bin/crun"])(
    "%s goes with what daemon.json says",
    (flags) => {
      const desired = desiredHost({
        daemon: {
          proxies: { "no-proxy": "localhost" },
          runtimes: { crun: { path: "/usr/bin/crun" } },
        },
      });
      expect(lineOf({ unit_text: withFlags(flags) }, desired)).toBe("converged");
    },
  );

  test("another configuration file would be the one that dockerd reads", () => {
    expect(lineOf({ unit_text: withFlags("--config-file /etc/dockerd.json") })).toBe(
      `${unitFile}: --config-file is on dockerd's command line; dockerd would read that file and not /etc/docker/daemon.json; move what it says to /etc/docker/daemon.json and take --config-file out there`,
    );
    expect(lineOf({ unit_text: withFlags("--config-file=/etc/docker/daemon.json") })).toBe(
      "converged",
    );
  });

  test("-H and --tls… of the unit itself are left out of our command line", () => {
    const desired = desiredHost({ listener: tlsListener() });
    const flags = "-H tcp://0.0.0.0:2375 --tlsverify --tlscacert=/root/ca.pem";
    expect(commandOf({ unit_text: withFlags(flags) }, desired)).toBe(
      "/usr/sbin/dockerd --containerd=/run/containerd/containerd.sock $DOCKER_OPTS",
    );
  });
});

test("a command that is not dockerd itself is told: its flags can't be seen", () => {
  const unit = vendorUnit.replace("ExecStart=", "ExecStart=/bin/sh -c 'exec ");
  expect(lineOf({ unit_text: unit, dockerd_version: undefined })).toBe(
    "docker.service: starts /bin/sh, and not dockerd itself; the flags that it gives to dockerd can't be seen or changed; have ExecStart name dockerd with its flags",
  );
});

describe("docker.socket", () => {
  const show = "LoadState=loaded\nActiveState=active\nNeedDaemonReload=no\n";

  test("masked, where docker.service requires it: dockerd could not be started again", () => {
    const machine = {
      socket_show: "LoadState=masked\n",
      unit_show: `${show}Requires=docker.socket sysinit.target\n`,
    };
    expect(lineOf(machine)).toBe(
      "docker.socket: is masked; docker.service requires it, so dockerd could not be started again; run `systemctl unmask docker.socket` on the machine; a disabled one does not matter",
    );
  });

  test("masked, where nothing requires it, is none of our business", () => {
    const machine = {
      socket_show: "LoadState=masked\n",
      unit_show: `${show}Requires=sysinit.target\n`,
    };
    expect(lineOf(machine)).toBe("converged");
  });
});
