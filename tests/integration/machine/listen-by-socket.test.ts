// systemd holds the API's port: clients wait while dockerd restarts, and whatever is done to the machine's files,
// nobody is ever served in plaintext.
import { closeStacks, StackRun } from "../../support/stack-run.ts";
import { dockerd, testImage } from "../../support/test-image.ts";
import { bootMilliseconds, TestMachine } from "../../support/test-machine.ts";
import { callsDuring, clients, type ClientBundle } from "../../support/tls-calls.ts";

const machine = new TestMachine("t1");
/** Of a VPN or the like: not there yet. */
const lateAddress = "192.0.2.77";

const severalAddresses = { listen: [machine.address, "127.0.0.1", lateAddress] };
const units = "/etc/systemd/system";

let stack: StackRun;
let before: string;

const settings = (host: object, daemon: object = {}): Record<string, unknown> => ({
  daemon: { "registry-mirrors": ["https://mirror.gcr.io"], ...daemon },
  hosts: { t1: machine.host({ listenBy: "socket", ...host }) },
});

async function becomes(host: object, daemon: object = {}): Promise<void> {
  stack.configure(settings(host, daemon));
  const up = await stack.up();
  expect(up.all).not.toMatch(/error/);
  expect(up.exitCode).toBe(0);
}

/** Who holds the port. */
const holders = (): Promise<string> =>
  machine.sh(`ss -Hltnp 'sport = :2376' | grep -o '"[a-z]*"' | sort -u | tr -d '"' | tr '\\n' ' '`);

beforeAll(async () => {
  await machine.pristine();
  before = await machine.files();
  stack = await StackRun.onFakeEngine(settings({}));
}, bootMilliseconds);

afterAll(closeStacks);

test("a first up: systemd and dockerd hold the port together, with one start", async () => {
  const mark = await machine.mark();

  await becomes({});

  expect(await machine.dockerStarts(mark)).toBe(1);
  expect(await holders()).toBe("dockerd systemd ");
  expect(await machine.sh("cat /etc/docker/daemon.json")).not.toMatch(/hosts|tls/);
});

test("to daemon.json and back, with one restart each", async () => {
  const there = await machine.mark();
  await becomes({ listenBy: "daemon-json" });
  expect(await machine.dockerStarts(there)).toBe(1);
  expect(await holders()).toBe("dockerd ");
  expect(await machine.sh(`ls ${units} | grep dockertls || :`)).toBe("");

  const back = await machine.mark();
  await becomes(severalAddresses);
  expect(await machine.dockerStarts(back)).toBe(1);
  expect(await holders()).toBe("dockerd systemd ");
});

// proves: held.nobody-turned-away
test("a key that needs a restart, another certificate, a restart by hand: nobody is turned away", async () => {
  const bundle = (await stack.output("clientBundle")) as ClientBundle;
  const mark = await machine.mark();

  const calls = await callsDuring(machine.address, bundle, async () => {
    await becomes(
      { ...severalAddresses, extraSans: ["b.example"] },
      { "log-opts": { "max-file": "2" } },
    );
    await machine.sh("systemctl restart docker");
  });

  const failed = calls.failures.length + calls.cutOff;
  console.log(
    `${testImage}: ${String(calls.all)} calls through two restarts, ${String(failed)} failed, ` +
      `${String(calls.cutOff)} of them cut off by the stop; the longest took ${(calls.longest / 1000).toFixed(1)} s`,
  );
  expect(await machine.dockerStarts(mark)).toBe(2);
  expect(calls.failures).toEqual([]);
  // On a busy machine a stop finds dockerd in the middle of an answer.
  expect(calls.cutOff).toBeLessThanOrEqual(2 * clients);
  expect(calls.all).toBeGreaterThan(100);
});

const dropIns = `${units}/docker.service.d`;
const bareCommand = `${dockerd} -H fd://`;
const bare = String.raw`[Service]\nExecStart=\nExecStart=${bareCommand}\n`;
const laterDropIn = `printf '${bare}' > ${dropIns}/zzz.conf`;
const toDaemonJson = (text: string): string => `echo '${text}' > /etc/docker/daemon.json`;
const options = (text: string): string => `echo 'DOCKER_OPTS="${text}"' > /etc/default/docker`;

/** What is done to the machine, and what becomes of the port after `systemctl restart docker`. */
const waysAround: readonly [string, string, RegExp][] = [
  ["our drop-in is deleted", `rm ${dropIns}/zz-dockertls.conf`, /^closed$/],
  ["both of them are (systemctl revert)", `rm ${dropIns}/zz-*`, /^silent$/],
  ["a later drop-in has no TLS flags", laterDropIn, /^closed$/],
  [
    "and resets all that it can",
    String.raw`printf '[Unit]\nRequires=\nAfter=\n[Service]\nSockets=\nExecStartPre=\nExecStart=\nExecStart=${bareCommand}\n' > ${dropIns}/zzz.conf`,
    /^closed$/,
  ],
  [
    "a start passes over what the unit requires",
    `${laterDropIn}; mode=--job-mode=ignore-dependencies`,
    /^closed$/,
  ],
  [
    "the guard is edited, and there is a later drop-in",
    `sed -i 's#^ExecStart=.*#ExecStart=/bin/true#' ${units}/dockertls-api.service; ${laterDropIn}`,
    /^closed$/,
  ],
  [
    "the guard is deleted, and there is a later drop-in",
    `rm ${units}/dockertls-api.service; ${laterDropIn}`,
    // dockerd is not even stopped.
    /^TLS$/,
  ],
  ["daemon.json turns TLS off", toDaemonJson('{"tls": false, "tlsverify": false}'), /^silent$/],
  ["daemon.json is deleted", "rm /etc/docker/daemon.json", /^TLS$/],
  [
    "another docker.service replaces the vendor's",
    `printf '[Service]\\nType=notify\\nExecStart=${bareCommand}\\n' > ${units}/docker.service`,
    /^TLS$/,
  ],
  [
    "the socket is handed over by itself, and our drop-in deleted",
    `printf 'Service=docker.service\\n' >> ${units}/dockertls-api.socket; rm ${dropIns}/zz-dockertls.conf; systemctl daemon-reload; systemctl stop docker dockertls-api.socket; systemctl start dockertls-api.socket`,
    /^closed$/,
  ],
  ["flags in the environment turn TLS off", options("--tls=false --tlsverify=false"), /^TLS$/],
  ["a flag there takes ours for its value", options("--label"), /^silent$/],
  ["the certificate is deleted", "rm /opt/docker-ssl/cert.pem", /^silent$/],
  [
    "the socket is started while docker is stopped",
    "systemctl stop docker.service docker.socket dockertls-api.socket; systemctl start dockertls-api.socket; restart=:",
    /^closed$/,
  ],
];

/** `plaintext`, `TLS`, `closed`, or `silent` where nobody answers. */
const askInPlaintext = String.raw`
use IO::Socket::INET;
alarm 20;
$SIG{ALRM} = sub { print "silent"; exit };
my $s = IO::Socket::INET->new(PeerAddr => ($ARGV[0] // "127.0.0.1") . ":2376", Timeout => 2) or do { print "closed"; exit };
alarm 2;
print $s "GET /_ping HTTP/1.0\r\n\r\n";
my $line = <$s> // "closed";
print $line =~ / 400 / ? "TLS" : $line =~ /^HTTP/ ? "plaintext" : $line;
`;

// proves: held.never-plaintext
test.each(waysAround)("never in plaintext: %s", async (_what, act, becomesOfPort) => {
  const kept = "etc/systemd/system etc/docker etc/default/docker opt/docker-ssl";
  const answer = await machine.sh(
    `cd / && tar -cf /run/kept.tar ${kept}
    restart='systemctl restart' mode=
    ${act}
    systemctl daemon-reload; systemctl reset-failed
    timeout 20 $restart $mode docker.service || :
    sleep 0.3
    perl -; echo
    rm -rf ${dropIns} ${units}/docker.service
    tar -xf /run/kept.tar && systemctl daemon-reload
    systemctl stop docker.service dockertls-api.socket; systemctl reset-failed
    systemctl start docker.socket docker.service`,
    askInPlaintext,
  );

  expect(answer).toMatch(becomesOfPort);
});

test("the socket was stopped and the guard edited: drift, and repaired", async () => {
  await machine.sh(
    `systemctl stop dockertls-api.socket; sed -i 's/^ExecStart=/&-/' ${units}/dockertls-api.service; systemctl daemon-reload`,
  );

  const preview = await stack.preview();
  expect(preview.all).toMatch(/dockertls-api\.socket: expected it to listen, found it stopped/);
  expect(preview.all).toMatch(/dockertls-api\.service: expected our content, found another/);
  expect((await stack.up()).exitCode).toBe(0);

  expect(await holders()).toBe("dockerd systemd ");
  const settled = await stack.preview("--expect-no-changes");
  expect(settled.all).not.toMatch(/drift: |finding: |error/);
  expect(settled.exitCode).toBe(0);
});

// proves: held.late-address
test("a boot with a later drop-in, and one without: closed, and served where an address comes late", async () => {
  await machine.sh(laterDropIn);
  await machine.stop();
  await machine.start();
  await machine.waitFor("dockerd", 60, "docker info");
  expect(await machine.sh("perl -", askInPlaintext)).toBe("closed");

  await machine.sh(`rm ${dropIns}/zzz.conf`);
  await machine.stop();
  await machine.start();
  await machine.waitFor("dockerd", 60, "docker info");
  expect(await machine.sh("perl -", askInPlaintext)).toBe("TLS");
  expect(await holders()).toBe("dockerd systemd ");

  await machine.sh(`ip address add ${lateAddress}/32 dev lo`);

  expect(await machine.sh(`perl - ${lateAddress}`, askInPlaintext)).toBe("TLS");
});

test("destroy leaves the machine as it was", async () => {
  expect((await stack.destroy()).exitCode).toBe(0);

  expect(await machine.files()).toBe(before);
  expect(await holders()).toBe("");
  expect(
    await machine.sh("systemctl list-units --all --plain --no-legend 'dockertls*' | wc -l"),
  ).toBe("0");
  expect(await machine.info("{{.Name}}")).toBe("t1");
});
