// Machines that somebody has set up by hand: taken over with all that runs on them, and given back.
import { request } from "node:https";
import { makeAuthority, type Identity } from "../../support/authority.ts";
import { closeStacks, StackRun } from "../../support/stack-run.ts";
import { dockerd } from "../../support/test-image.ts";
import { bootMilliseconds, TestMachine } from "../../support/test-machine.ts";

const machine = new TestMachine("t1");
const daemonJson = "/etc/docker/daemon.json";
const dropIns = "/etc/systemd/system/docker.service.d";
const containerd = "--containerd=/run/containerd/containerd.sock";
let stack: StackRun;

afterEach(closeStacks);

const settings = (host: object = {}): Record<string, unknown> => ({
  daemon: { "registry-mirrors": ["https://mirror.gcr.io"] },
  hosts: { t1: machine.host({ ...host }) },
});

async function up(): Promise<void> {
  const run = await stack.up();
  expect(run.all).not.toMatch(/error/);
  expect(run.exitCode).toBe(0);
  const again = await stack.preview("--expect-no-changes");
  expect(again.all).not.toMatch(/drift: |error|refresh \[diff/);
  expect(again.exitCode).toBe(0);
}

async function destroy(): Promise<void> {
  const run = await stack.destroy();
  expect(run.all).not.toMatch(/error/);
  expect(run.exitCode).toBe(0);
}

/** What stands on the disk, and what the kernel and systemd say of dockerd. */
async function condition(): Promise<string> {
  const of = "ActiveState,UnitFileState,NeedDaemonReload";
  return [
    await machine.files(),
    await machine.sh(
      `systemctl show docker.service -p ${of}; systemctl is-enabled docker.socket || :`,
    ),
    await machine.sh(`ss -Hltnp | awk '/"dockerd"/ { print $4 }' | sort`),
  ].join("\n");
}

const write = (path: string, text: string): Promise<string> =>
  machine.sh(`mkdir -p "$(dirname ${path})" && cat > ${path}`, text);

const dropIn = (name: string, ...lines: string[]): Promise<string> =>
  write(`${dropIns}/${name}.conf`, `[Service]\n${lines.join("\n")}\n`);

/** The status of a daemon's answer to somebody with these certificates, by Node's own TLS. */
function statusFor(ca: string, { certificate, privateKey }: Identity): Promise<number | undefined> {
  const options = { host: machine.address, port: 2376, path: "/info", agent: false };
  return new Promise((resolve, reject) => {
    request({ ...options, ca, cert: certificate, key: privateKey }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    })
      .on("error", reject)
      .end();
  });
}

// proves: adopt.drop-ins-kept
test(
  "a unit edited to listen in plaintext, with flags, a proxy, CRLF and a number past 2^53",
  async () => {
    await machine.pristine();
    const theirs =
      '{\r\n\t"max-download-attempts": 9007199254740993,\r\n\t"labels": ["rack=1"]\r\n}\r\n';
    await write(daemonJson, theirs);
    const command = `${dockerd} -H unix:// -H tcp://0.0.0.0:2375 --live-restore --mtu 1450 ${containerd}`;
    await machine.sh(`sed 's#^ExecStart=.*#ExecStart=${command}#' /usr/lib/systemd/system/docker.service \
      > /etc/systemd/system/docker.service`);
    await dropIn("proxy", "Environment=HTTP_PROXY=http://proxy.example:3128", "LimitNOFILE=4321");
    await machine.sh("systemctl daemon-reload && systemctl restart docker");
    await machine.runContainer("web");
    const [before, fate] = [await condition(), await machine.fate("web")];
    stack = await StackRun.onFakeEngine(settings());

    await up();

    expect(await machine.fate("web")).toBe(fate);
    expect(await machine.info("{{.HTTPProxy}} {{.LiveRestoreEnabled}} {{.Labels}}")).toBe(
      "http://proxy.example:3128 true [rack=1]",
    );
    expect(await machine.sh("grep 'open files' /proc/$(pidof dockerd)/limits")).toMatch(/ 4321 /);
    expect(await machine.sh("tr '\\0' ' ' < /proc/$(pidof dockerd)/cmdline; echo .")).toBe(
      `${dockerd} --mtu 1450 ${containerd} .`,
    );
    const text = await machine.sh(`cat ${daemonJson}`);
    expect(text).toContain('\t"max-download-attempts": 9007199254740993,\r\n');
    expect(text.replaceAll("\r\n", "")).not.toContain("\n");
    expect(await machine.succeeds("ss -Hltn 'sport = :2375' | grep -q .")).toBe(false);

    stack.configure(settings({ unmanaged: "remove" }));
    await up();
    expect(await machine.sh(`cat ${daemonJson}`)).not.toMatch(/max-download-attempts|labels/);
    expect(await machine.info("{{.Labels}}")).toBe("[]");
    expect(await machine.fate("web")).toBe(fate);

    await destroy();

    expect(await condition()).toBe(before);
    expect(await machine.fate("web")).toBe(fate);
    expect(await machine.sh(`docker -H tcp://${machine.address}:2375 info -f '{{.Name}}'`)).toBe(
      "t1",
    );
  },
  bootMilliseconds,
);

// proves: trust.previous-clients
test(
  "certificates of its own: earlier clients are let in, and the earlier daemon comes back",
  async () => {
    await machine.pristine();
    const former = await makeAuthority("Former");
    const server = await former.issue("server", { address: machine.address });
    const client = await former.issue("client");
    const untrusted = await (await makeAuthority("Former")).issue("client");
    const directory = "/opt/docker-ssl";
    await write(`${directory}/ca.pem`, `${former.certificate}\n`);
    await write(`${directory}/server-cert.pem`, `${server.certificate}\n`);
    await write(`${directory}/server-key.pem`, `${server.privateKey}\n`);
    await machine.sh(
      `chmod 0750 ${directory}; chown root:daemon ${directory}/ca.pem; chmod 0640 ${directory}/*`,
    );
    const own = {
      ...{ hosts: ["unix:///var/run/docker.sock", "tcp://0.0.0.0:2376"], tlsverify: true },
      ...{ tlscacert: `${directory}/ca.pem`, tlscert: `${directory}/server-cert.pem` },
      tlskey: `${directory}/server-key.pem`,
    };
    await write(daemonJson, JSON.stringify(own, undefined, 3));
    await dropIn("override", "ExecStart=", `ExecStart=${dockerd} ${containerd}`);
    await machine.sh("systemctl daemon-reload && systemctl restart docker");
    await machine.runContainer("web");
    const [before, fate] = [await condition(), await machine.fate("web")];
    expect(await statusFor(former.certificate, client)).toBe(200);
    stack = await StackRun.onFakeEngine(settings({ alsoTrust: former.certificate }));

    await up();

    const bundle = (await stack.output("clientBundle")) as {
      ca: string;
      cert: string;
      key: string;
    };
    expect(await machine.fate("web")).toBe(fate);
    expect(await statusFor(bundle.ca, client)).toBe(200);
    expect(await statusFor(bundle.ca, { certificate: bundle.cert, privateKey: bundle.key })).toBe(
      200,
    );
    await expect(statusFor(bundle.ca, untrusted)).rejects.toThrow(/alert|ECONNRESET/);
    // The daemon's certificate is of our authority alone.
    await expect(statusFor(former.certificate, client)).rejects.toThrow(/certificate/);

    await destroy();

    expect(await condition()).toBe(before);
    expect(await machine.fate("web")).toBe(fate);
    expect(await statusFor(former.certificate, client)).toBe(200);
  },
  bootMilliseconds,
);

test.each([
  [
    "a stopped docker, a disabled docker.socket and an empty daemon.json",
    `: > ${daemonJson}
     systemctl disable --now docker.socket docker.service`,
  ],
  [
    "a docker that failed over a value that is ours to correct",
    `printf '{"registry-mirrors": ["ftp://mirror"]}' > ${daemonJson}
     systemctl restart docker || :
     until systemctl is-failed docker; do sleep 0.2; done`,
  ],
])(
  "%s",
  async (_what, spoil) => {
    await machine.pristine();
    await machine.sh(spoil);
    const before = await machine.files();
    stack = await StackRun.onFakeEngine(settings());

    await up();

    expect(await machine.info("{{.RegistryConfig.Mirrors}}")).toBe("[https://mirror.gcr.io/]");
    await destroy();

    expect(await machine.files()).toBe(before);
    expect(await machine.succeeds("systemctl is-active docker.service")).toBe(false);
  },
  bootMilliseconds,
);

describe("what would have the last word is refused, and nothing touched:", () => {
  const three = ["t1", "t2", "t3"].map((name) => new TestMachine(name));
  beforeAll(async () => {
    await Promise.all(three.map((one) => one.pristine()));
  }, bootMilliseconds);

  /** What is there, who puts it there, who takes it away, and the line; a machine each. */
  type Case = [what: string, spoil: string, mend: string, line: RegExp];
  test.each<[Case, Case, Case]>([
    [
      [
        "a drop-in after ours that sets ExecStart",
        `printf '[Service]\\nExecStart=\\nExecStart=${dockerd} -H fd://\\n' > ${dropIns}/zzz.conf`,
        `rm ${dropIns}/zzz.conf`,
        /t1: \S+zzz\.conf: sets ExecStart after zz-dockertls\.conf; [^\n;]+; rename it so that it sorts before/,
      ],
      [
        "-H in DOCKER_OPTS",
        `cp -p /etc/default/docker /root/default-docker
       echo 'DOCKER_OPTS="--dns 8.8.8.8 -H tcp://0.0.0.0:2375"' >> /etc/default/docker
       printf '[Service]\\nEnvironmentFile=-/etc/default/docker\\nExecStart=\\nExecStart=${dockerd} -H fd:// $DOCKER_OPTS\\n' > ${dropIns}/opts.conf`,
        `mv /root/default-docker /etc/default/docker; rm ${dropIns}/opts.conf`,
        /t2: \/etc\/default\/docker: DOCKER_OPTS brings -H; [^\n;]+; take -H out of DOCKER_OPTS there/,
      ],
      [
        "a masked docker.socket",
        "systemctl mask docker.socket",
        "systemctl unmask docker.socket",
        /t3: docker\.socket: is masked; [^\n;]+; run `systemctl unmask docker\.socket`/,
      ],
    ],
    [
      [
        "a daemon.json that is a symbolic link",
        `echo '{}' > /srv/daemon.json; ln -s /srv/daemon.json ${daemonJson}`,
        `rm ${daemonJson} /srv/daemon.json`,
        /t1: \S+daemon\.json: is a symbolic link; [^\n;]+; put the file itself in its place/,
      ],
      [
        "a daemon.json with a byte-order mark",
        `printf '\\357\\273\\277{"debug": false}' > ${daemonJson}`,
        `sed -i '1s/^\\xEF\\xBB\\xBF//' ${daemonJson} && test "$(cat ${daemonJson})" = '{"debug": false}' && rm ${daemonJson}`,
        /t2: \S+daemon\.json: begins with a byte-order mark; [^\n;]+; take it out/,
      ],
      [
        "a daemon.json in UTF-16",
        `printf '\\377\\376{\\0}\\0' > ${daemonJson}`,
        `rm ${daemonJson}`,
        /t3: \S+daemon\.json: is not JSON \(it is not UTF-8\); [^\n;]+; correct the file/,
      ],
    ],
  ])("$0.0; $1.0; $2.0", async (...cases) => {
    const inPlay = three.flatMap((one, at) => {
      const [, spoil, mend, line] = cases[at] ?? [];
      return spoil && mend && line ? [{ one, spoil, mend, line }] : [];
    });
    expect(inPlay).toHaveLength(3);
    const before = new Map<TestMachine, { files: string; mark: string }>();
    for (const { one, spoil } of inPlay) {
      await one.sh(`mkdir -p ${dropIns}\n${spoil}\nsystemctl daemon-reload`);
      before.set(one, { files: await one.files(), mark: await one.mark() });
    }
    stack = await StackRun.onFakeEngine({
      daemon: { "registry-mirrors": ["https://mirror.gcr.io"] },
      hosts: Object.fromEntries(three.map((one) => [one.name, one.host()])),
    });

    const run = await stack.up("--continue-on-error");

    expect(run.exitCode).not.toBe(0);
    for (const { one, mend, line } of inPlay) {
      expect(run.all).toMatch(line);
      const was = before.get(one);
      expect(await one.files()).toBe(was?.files);
      expect(await one.dockerStarts(was?.mark ?? "")).toBe(0);
      await one.sh(`${mend}\nsystemctl daemon-reload`);
    }
  });
});

test(
  "who gets the last word later is told by a preview, refused by up, and no obstacle to destroy",
  async () => {
    await machine.pristine();
    const before = await machine.files();
    stack = await StackRun.onFakeEngine(settings());
    await up();
    await dropIn("zzz", "ExecStart=", `ExecStart=${dockerd} -H fd://`);
    await machine.sh("systemctl daemon-reload");
    const line = /t1: \S+zzz\.conf: sets ExecStart after zz-dockertls\.conf; /;

    const preview = await stack.preview();
    expect(preview.all).toMatch(line);
    expect(preview.exitCode).toBe(0);
    expect((await stack.up()).all).toMatch(line);

    await machine.sh(`rm ${dropIns}/zzz.conf; systemctl daemon-reload`);
    await up();
    await destroy();
    expect(await machine.files()).toBe(before);
  },
  bootMilliseconds,
);
