// Containers of others run on, whatever happens to dockerd around them, with all that they have of the network: their
// addresses, their published ports as seen from machine A, and each other's names. One story, told in order.
import { request } from "node:http";
import { connect, type Socket } from "node:net";
import { refusedByStart } from "../../support/refused-settings.ts";
import { closeStacks, StackRun } from "../../support/stack-run.ts";
import { testImage } from "../../support/test-image.ts";
import { bootMilliseconds, TestMachine } from "../../support/test-machine.ts";

const machine = new TestMachine("t1");
let stack: StackRun;
let fate: string;
/** What the containers of the network were to begin with. */
let network: string;
let hasIpv6: boolean;

const settings = (daemon: Record<string, unknown>): Record<string, unknown> => ({
  daemon: { "registry-mirrors": ["https://mirror.gcr.io"], ...daemon },
  hosts: { t1: machine.host() },
});

/** A web server that answers with its own name. */
const server = (name: string, flags: string): string =>
  `docker run -d --name ${name} ${flags} box:1 sh -c 'mkdir /www; echo ${name} >/www/index.html
    trap exit TERM; httpd -f -p 80 -h /www & wait'`;

beforeAll(async () => {
  await machine.pristine();
  // The stock dockerd stops its containers when it stops: nobody has prepared the machine.
  expect(await machine.info("{{.LiveRestoreEnabled}}")).toBe("false");
  await machine.runContainer("box1");
  fate = await machine.fate("box1");
  await machine.sh(`docker network create app
    ${server("web", "--network app -p 8080:80")}
    ${server("client", "--network app")}
    docker run -d --name echo --network app -p 9000:9000 box:1 sh -c \
      'trap exit TERM; busybox nc -ll -p 9000 -e cat & wait'`);
  hasIpv6 = await machine.succeeds("grep -q . /proc/net/if_inet6");
  if (hasIpv6) {
    await machine.sh(`docker network create --ipv6 --subnet fd00:231::/64 app6
      ${server("web6", "--network app6 -p 8081:80")}
      # A connection through docker's proxy that comes before the address is settled is never answered.
      for second in 1 2 3 4 5 6 7 8 9 10; do
        ! timeout 3 busybox wget -qO- 'http://[::1]:8081/' || break
        sleep 1
      done`);
  }
  network = await fates();
  stack = await StackRun.onFakeEngine(settings({}));
}, bootMilliseconds);

afterAll(closeStacks);

const networked = (): string => `web client echo${hasIpv6 ? " web6" : ""}`;

/** Process, start and addresses of those. */
function fates(): Promise<string> {
  return machine.sh(`docker inspect -f '{{.Name}} {{.State.Status}} {{.State.Pid}} {{.State.StartedAt}}
    {{range .NetworkSettings.Networks}} {{.IPAddress}} {{.GlobalIPv6Address}} {{.MacAddress}}{{end}}' ${networked()}`);
}

/** What the published port answers to machine A, by a connection of its own. */
function published(milliseconds = 5000): Promise<string> {
  return new Promise((resolve) => {
    const asked = request(
      { host: machine.address, port: 8080, agent: false, timeout: milliseconds },
      (answer) => {
        let text = "";
        answer.on("data", (chunk: Buffer) => (text += chunk.toString()));
        answer.on("end", () => {
          resolve(text.trim());
        });
      },
    );
    asked.on("timeout", () => asked.destroy(new Error("no answer in time")));
    asked.on("error", (error) => {
      resolve(error.message);
    });
    asked.end();
  });
}

async function expectServed(): Promise<void> {
  expect(await fates()).toBe(network);
  expect(await published()).toBe("web");
  expect(await machine.sh("docker exec client wget -qO- http://web/")).toBe("web");
  expect(await machine.sh("docker exec web wget -qO- http://client/")).toBe("client");
  if (!hasIpv6) return;
  expect(await machine.sh("timeout 20 busybox wget -qO- 'http://[::1]:8081/'")).toBe("web6");
  const address = await machine.sh(
    "docker inspect -f '{{.NetworkSettings.Networks.app6.GlobalIPv6Address}}' web6",
  );
  expect(address).toMatch(/^fd00:231::/);
  expect(await machine.sh(`timeout 20 busybox wget -qO- 'http://[${address}]/'`)).toBe("web6");
}

/** What comes back of a word, or why nothing does. */
function echoed(connection: Socket, word: string): Promise<string> {
  return new Promise((resolve) => {
    connection.once("data", (chunk: Buffer) => {
      resolve(chunk.toString());
    });
    connection.once("error", (error) => {
      resolve(error.message);
    });
    connection.once("close", () => {
      resolve("closed");
    });
    connection.write(word);
  });
}

/** The longest time for which no call from machine A got an answer, in seconds. */
async function silenceDuring(work: () => Promise<void>): Promise<number> {
  const end = new AbortController();
  let answered = performance.now();
  let longest = 0;
  const asking = (async () => {
    while (!end.signal.aborted) {
      if ((await published()) !== "web") continue;
      longest = Math.max(longest, performance.now() - answered);
      answered = performance.now();
    }
  })();
  await work();
  end.abort();
  await asking;
  return longest / 1000;
}

/** The same process since the same time, and still in dockerd's hands. */
async function expectUntouched(): Promise<void> {
  expect(await machine.fate("box1")).toBe(fate);
  expect(await machine.sh("docker exec box1 echo alive")).toBe("alive");
}

test("all of it is there to begin with", async () => {
  expect(fate).toMatch(/^running [1-9]\d* 20\S+ 0$/);
  expect(network).toMatch(/^\/\S+ running [1-9]/);
  await expectServed();
});

// proves: containers.survive
test("it lives through the first up, a connection from machine A too", async () => {
  const connection = connect(9000, machine.address);
  expect(await echoed(connection, "one")).toBe("one");
  const silence = await silenceDuring(async () => {
    expect((await stack.up()).exitCode).toBe(0);
  });
  console.log(`${testImage}: seconds without a published port: ${silence.toFixed(2)}`);
  // dockerd lays its rules anew when it starts, on a machine that may be busy.
  expect(silence).toBeLessThan(30);

  expect(await machine.info("{{.LiveRestoreEnabled}}")).toBe("true");
  expect(await echoed(connection, "two")).toBe("two");
  connection.destroy();
  await expectUntouched();
  await expectServed();
});

test("it lives through the reload for a changed key", async () => {
  stack.configure(settings({ labels: ["rack=7"] }));

  expect((await stack.up()).exitCode).toBe(0);

  expect(await machine.info("{{.Labels}}")).toBe("[rack=7]");
  await expectUntouched();
});

// proves: containers.network
test("it lives through the restart for a changed key", async () => {
  stack.configure(settings({ labels: ["rack=7"], "log-level": "warn" }));

  expect((await stack.up()).exitCode).toBe(0);

  await expectUntouched();
  await expectServed();
});

test("it lives through an up that fails and is rolled back", async () => {
  stack.configure(settings({ labels: ["rack=8"], "log-level": "error", ...refusedByStart }));

  const up = await stack.up();
  expect(up.exitCode).not.toBe(0);
  expect(up.all).toMatch(/rolled back, the old configuration serves/);

  expect(await machine.info("{{.Labels}}")).toBe("[rack=7]");
  await expectUntouched();
  await expectServed();
});

test("it lives when live-restore itself is switched off", async () => {
  stack.configure(settings({ "live-restore": false }));

  expect((await stack.up()).exitCode).toBe(0);

  expect(await machine.info("{{.LiveRestoreEnabled}}")).toBe("false");
  await expectUntouched();
});

test("it lives through destroy, which leaves dockerd as it was", async () => {
  expect((await stack.destroy()).exitCode).toBe(0);

  expect(await machine.info("{{.LiveRestoreEnabled}}")).toBe("false");
  expect(await machine.succeeds("test -e /etc/docker/daemon.json")).toBe(false);
  await expectUntouched();
  await expectServed();
});

describe("a dockerd that would look for containers elsewhere", () => {
  // On the file system of Docker's own folder: the machine's root holds no overlay of its own.
  const elsewhere = { "data-root": "/var/lib/docker/elsewhere" };
  const allowed = { hosts: { t1: machine.host({ allowContainerRestart: true }) } };
  const pid = (): string => fate.split(" ")[1] ?? "";

  // One container is enough from here on.
  beforeAll(() => machine.sh(`docker rm -f ${networked()}`));

  // proves: containers.moved
  test("is no first up either, as long as something runs", async () => {
    const before = await machine.files();
    const mark = await machine.mark();
    stack.configure(settings(elsewhere));

    const up = await stack.up();

    expect(up.all).toMatch(
      /t1: containers: 1 image and 1 container \(1 running\) would be out of dockerd's sight; data-root moves its storage, /,
    );
    expect(up.exitCode).not.toBe(0);
    expect(await machine.files()).toBe(before);
    expect(await machine.dockerStarts(mark)).toBe(0);
    await expectUntouched();
  });

  test("looks there where that is allowed; what ran runs on, out of sight", async () => {
    stack.configure({ ...settings(elsewhere), ...allowed });

    expect((await stack.up()).exitCode).toBe(0);

    expect(await machine.sh("docker ps -aq")).toBe("");
    expect(await machine.succeeds(`test -d /proc/${pid()}`)).toBe(true);
  });

  test("is not given back over what runs there now", async () => {
    await machine.runContainer("box2");
    const there = await machine.fate("box2");
    stack.configure(settings(elsewhere));
    expect((await stack.up()).exitCode).toBe(0);

    const destroy = await stack.destroy();

    expect(destroy.all).toMatch(
      /containers: 1 image and 1 container \(1 running\) would be out of dockerd's sight, because data-root moves its storage; nothing was touched/,
    );
    expect(destroy.exitCode).not.toBe(0);
    expect(await machine.fate("box2")).toBe(there);
  });

  test("finds what ran before where it was, once the key goes back", async () => {
    await machine.sh("docker rm -f box2; docker rmi box:1");

    expect((await stack.destroy()).exitCode).toBe(0);

    await expectUntouched();
  });
});

describe("a container that was started with --rm", () => {
  let itsFate: string;
  beforeAll(async () => {
    await machine.runContainer("box3", "--rm");
    itsFate = await machine.fate("box3");
    stack.configure(settings({}));
  });

  // proves: containers.rm
  test("lives through an up, or is the reason for none: dockerd 20.10 would remove it", async () => {
    const up = await stack.up();

    expect(await machine.fate("box3")).toBe(itsFate);
    await expectUntouched();
    if (testImage !== "bookworm") return expect(up.exitCode).toBe(0);
    expect(up.all).toMatch(/containers: dockerd 20\.10\S* removes those .* --rm when it restarts/);
    expect(up.exitCode).not.toBe(0);
  });

  test("and is there no more, where that was allowed", async () => {
    stack.configure({
      ...settings({ "log-opts": { tag: "x" } }),
      hosts: { t1: machine.host({ allowContainerRestart: true }) },
    });

    expect((await stack.up()).exitCode).toBe(0);

    const lives = await machine.succeeds("docker inspect box3");
    expect(lives).toBe(testImage !== "bookworm");
    await expectUntouched();
    expect((await stack.destroy()).exitCode).toBe(0);
  });
});
