// What containers of others have of the network lives through every restart of dockerd as their processes do: their
// addresses, their published ports as seen from machine A, and each other's names. One story, told in order.
import { request } from "node:http";
import { connect, type Socket } from "node:net";
import { refusedByStart } from "../../support/refused-settings.ts";
import { closeStacks, StackRun } from "../../support/stack-run.ts";
import { testImage } from "../../support/test-image.ts";
import { bootMilliseconds, TestMachine } from "../../support/test-machine.ts";

const machine = new TestMachine("t1");
let stack: StackRun;
let before: string;
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
  await machine.sh(`docker import /opt/lab/busybox.tar box:1
    docker network create app
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
  before = await fates();
  stack = await StackRun.create(settings({}));
}, bootMilliseconds);

afterAll(closeStacks);

/** Process, start and addresses of every container. */
function fates(): Promise<string> {
  return machine.sh(`docker inspect -f '{{.Name}} {{.State.Status}} {{.State.Pid}} {{.State.StartedAt}}
    {{range .NetworkSettings.Networks}} {{.IPAddress}} {{.GlobalIPv6Address}} {{.MacAddress}}{{end}}' $(docker ps -aq | sort)`);
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
  expect(await fates()).toBe(before);
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

test("all of it is there to begin with", async () => {
  expect(before).toMatch(/^\/\S+ running [1-9]/);
  await expectServed();
});

// proves: containers.network
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
  await expectServed();
});

test("it lives through the restart for a changed key", async () => {
  stack.configure(settings({ "log-level": "warn" }));

  expect((await stack.up()).exitCode).toBe(0);

  await expectServed();
});

test("it lives through an up that fails and is rolled back", async () => {
  stack.configure(settings({ "log-level": "error", ...refusedByStart }));

  const up = await stack.up();
  expect(up.exitCode).not.toBe(0);
  expect(up.all).toMatch(/rolled back, the old configuration serves/);

  await expectServed();
});

test("it lives through destroy", async () => {
  expect((await stack.destroy()).exitCode).toBe(0);

  await expectServed();
});
