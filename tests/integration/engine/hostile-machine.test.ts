// A stack of two sound machines and one that means no good: what it costs the others, in an up and in drift.
import { createServer, connect, type AddressInfo, type Server, type Socket } from "node:net";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { hostKeysFor } from "../../../components/model/known-hosts.ts";
import type { DriftReport } from "../../../scripts/drift/report.ts";
import {
  hostileWays,
  startHostileMachine,
  type HostileMachine,
  type HostileWay,
} from "../../support/hostile-machine.ts";
import { operator } from "../../support/operator.ts";
import { closeStacks, StackRun } from "../../support/stack-run.ts";
import { bootMilliseconds, TestMachine } from "../../support/test-machine.ts";

const t1 = new TestMachine("t1");
const t2 = new TestMachine("t2");
/** Without those that have a minute to answer in: tests/provider/hostile-machine.test.ts waits for them. */
const ways = (Object.keys(hostileWays) as HostileWay[]).filter(
  (way) => !/60 s/.test(hostileWays[way].said.source),
);
const hostile = new Map<string, HostileMachine>();
const servers: Server[] = [];
const sockets = new Set<Socket>();
let stack: StackRun;

/** What a door on this machine does with whoever knocks, from now on. */
interface Door {
  readonly port: number;
  open: (socket: Socket) => void;
}

async function door(open: (socket: Socket) => void): Promise<Door> {
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => undefined);
    made.open(socket);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  servers.push(server);
  const made: Door = { port: (server.address() as AddressInfo).port, open };
  return made;
}

const leadTo =
  (port: () => number) =>
  (socket: Socket): void => {
    const there = connect({ host: t2.address, port: port() });
    there.on("error", () => socket.destroy());
    socket.on("close", () => there.destroy());
    socket.pipe(there).pipe(socket);
  };

const hostAt = ({ connection }: HostileMachine, name: string): Record<string, unknown> => {
  const identityFile = join(stack.directory, `${name}.key`);
  writeFileSync(identityFile, connection.privateKey, { mode: 0o600 });
  const { port, hostKey } = connection;
  return {
    address: "127.0.0.1",
    port: 40_000 + (port % 20_000),
    ssh: { port, hostKey, identityFile },
  };
};

let ssh: Door;
let api: Door;
let behindDoors: Record<string, unknown>;

beforeAll(async () => {
  await Promise.all([t1.pristine(), t2.pristine()]);
  ssh = await door(leadTo(() => 22));
  api = await door(leadTo(() => api.port));
  const { identityFile, knownHosts } = t2.ssh;
  const [hostKey] = hostKeysFor(readFileSync(knownHosts, "utf8"), t2.address, 22);
  behindDoors = {
    ...{ address: "127.0.0.1", port: api.port, listen: "0.0.0.0" },
    ssh: { port: ssh.port, hostKey, identityFile },
  };
  stack = await StackRun.create({ hosts: { t1: t1.host(), t2: behindDoors } });
  for (const [at, way] of ways.entries()) {
    hostile.set(`h${String(at)}`, await startHostileMachine(way));
  }
}, bootMilliseconds);

afterAll(async () => {
  await closeStacks();
  for (const socket of sockets) socket.destroy();
  for (const server of servers) server.close();
  for (const machine of hostile.values()) await machine.stop();
});

// proves: hostile.others-converge
test("an up brings the sound ones up, whatever the others do, and tells each of those in a line", async () => {
  const others = Object.fromEntries(
    [...hostile].map(([name, machine]) => [name, hostAt(machine, name)]),
  );
  // In waves, one that can't be reached holds those of later waves back.
  const hosts = { t1: t1.host(), t2: behindDoors, ...others };
  stack.configure({ rollout: { waves: ["100%"] }, hosts });

  const up = await stack.up("--continue-on-error");

  expect(up.exitCode).not.toBe(0);
  for (const [at, way] of ways.entries()) {
    const name = `h${String(at)}`;
    const lines = up.all.split("\n").filter((line) => line.includes(`${name}: `));
    expect([way, lines.some((line) => hostileWays[way].said.test(line))]).toEqual([way, true]);
  }
  expect(up.all).not.toMatch(/\u001b\[2K|\u009b|\u202e|^drift: b1/m);
  expect(await t1.info("{{.LiveRestoreEnabled}}")).toBe("true");
  expect(await t2.info("{{.LiveRestoreEnabled}}")).toBe("true");
  stack.configure({ hosts: { t1: t1.host(), t2: behindDoors } });
  expect((await stack.up()).exitCode).toBe(0);
  expect((await stack.preview("--expect-no-changes")).exitCode).toBe(0);
});

describe("a machine of the stack turns hostile: drift tells the other's all the same", () => {
  beforeAll(() => t1.sh("sed -i 's/2376/2377/' /etc/docker/daemon.json"));

  afterEach(() => {
    ssh.open = leadTo(() => 22);
    api.open = leadTo(() => api.port);
  });

  async function drift(): Promise<Record<string, string>> {
    const { stdout } = await operator(stack, "drift", "--json");
    const hosts = (JSON.parse(stdout) as DriftReport).stacks[0]?.hosts ?? [];
    expect(hosts.find(({ host }) => host === "t1")?.drift.join()).toMatch(/hosts/);
    const found = hosts.find(({ host }) => host === "t2");
    return { state: found?.state ?? "", said: found?.problems.join() ?? "" };
  }

  test("its SSH greets and closes", async () => {
    ssh.open = (socket) => socket.once("data", () => socket.end()).write("SSH-2.0-x\r\n");
    expect(await drift()).toEqual({
      state: "unreachable",
      said: expect.stringMatching(/^t2: ssh root@127\.0\.0\.1:\d+: unreachable \(/),
    });
  });

  test("its API never says a word", async () => {
    api.open = () => undefined;
    expect(await drift()).toMatchObject({ state: "unproven" });
  });

  test("its API sends without end", async () => {
    api.open = (socket) => {
      const more = (): void => {
        while (socket.writable && socket.write(Buffer.alloc(1024 * 1024, "x")));
      };
      socket.on("drain", more);
      more();
    };
    expect(await drift()).toMatchObject({ state: "unproven" });
  });

  test("somebody on the way forges that strangers are refused: that is no proof", async () => {
    // The stack's own client comes through; to all others a plaintext alert says certificate_required.
    let connections = 0;
    const alert = Buffer.from([0x15, 3, 3, 0, 2, 2, 116]);
    api.open = (socket) => {
      connections += 1;
      // The first two are the look and the stack's own client.
      if (connections <= 2) leadTo(() => api.port)(socket);
      else socket.once("data", () => socket.end(alert));
    };
    const { state, said } = await drift();
    expect(state).toBe("unproven");
    expect(said).toMatch(/a client without a certificate: could not tell/);
    expect(said).toMatch(/a client of another authority: could not tell/);
  });
});

test("it comes back to its senses: the next up is green", async () => {
  const up = await stack.up();
  expect(up.all).not.toMatch(/error/);
  expect(up.exitCode).toBe(0);
  expect((await stack.preview("--expect-no-changes")).exitCode).toBe(0);
});
