import "../support/errors-of-node.ts";
import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { formatProblem } from "../../components/model/problem.ts";
import { addressesOf, dial, noConnection, sshProblem } from "../../doctor/network.ts";

/** The lines that a person would see. */
const told = (problem: Parameters<typeof formatProblem>[0] | undefined): string =>
  problem === undefined ? "" : formatProblem(problem);

describe("a name", () => {
  const failing = (code: string) => () => Promise.reject(Object.assign(new Error(code), { code }));

  test("that is known stands for its addresses", async () => {
    expect(await addressesOf("localhost")).toContain("127.0.0.1");
  });

  test.each([
    ["ENOTFOUND", "name web-1: no name server knows it; there is no address to dial; correct "],
    ["EAI_AGAIN", "name web-1: can't be looked up (EAI_AGAIN); there is no address to dial; see "],
  ])("that can't be resolved: %s", async (code, line) => {
    const problem = await addressesOf("web-1", failing(code));
    expect(Array.isArray(problem)).toBe(false);
    expect(told(problem as Exclude<typeof problem, string[]>)).toContain(line);
  });
});

describe("a port", () => {
  const open: (() => void)[] = [];
  afterEach(() => open.splice(0).forEach((close) => close()));

  async function serve(greet: (socket: Socket) => void): Promise<number> {
    const sockets: Socket[] = [];
    const server = createServer((socket) => {
      sockets.push(socket);
      socket.on("error", () => undefined);
      greet(socket);
    }).listen(0, "127.0.0.1");
    open.push(() => {
      for (const socket of sockets) socket.destroy();
      server.close();
    });
    await once(server, "listening");
    return (server.address() as AddressInfo).port;
  }

  async function lineOf(greet: (socket: Socket) => void): Promise<string> {
    const port = await serve(greet);
    const answer = await dial("127.0.0.1", port, { greeting: true, seconds: 0.3 });
    if ("code" in answer) throw new Error(answer.code);
    return told(sshProblem("127.0.0.1", port, answer)).replace(String(port), "PORT");
  }

  test("that nobody listens on refuses", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    await new Promise((closed) => server.close(closed));
    expect(await dial("127.0.0.1", port, { greeting: true })).toEqual({ code: "ECONNREFUSED" });
  });

  test("of an SSH server greets, whatever it says before", async () => {
    expect(await lineOf((socket) => socket.write("SSH-2.0-OpenSSH_9.2\r\n"))).toBe("");
    expect(await lineOf((socket) => socket.write("Hello!\r\nSSH-2.0-X\r\n"))).toBe("");
  });

  test("of an SSH server is waited for no longer than it takes to greet", async () => {
    const port = await serve((socket) => socket.write("SSH-2.0-OpenSSH_9.2\r\n"));
    const begun = Date.now();
    await dial("127.0.0.1", port, { greeting: true, seconds: 60 });
    expect(Date.now() - begun).toBeLessThan(3000);
  });

  test.each<[string, (socket: Socket) => void, string]>([
    [
      "accepts and says nothing",
      () => undefined,
      "ssh 127.0.0.1:PORT: accepts the connection and says nothing; ",
    ],
    [
      "hangs up at once",
      (socket) => socket.end(),
      "ssh 127.0.0.1:PORT: hangs up before it says a word; ",
    ],
    [
      "is another server's",
      (socket) => socket.write("220 mail\r\n"),
      'ssh 127.0.0.1:PORT: what listens there is no SSH server; it says "220 mail"; ',
    ],
  ])("that %s", async (_case, greet, line) => {
    expect(await lineOf(greet)).toContain(line);
  });

  test.each([
    ["ECONNREFUSED", "connection refused; the machine answers, "],
    ["ETIMEDOUT", "no answer at all; the machine is off, or a firewall "],
    ["EHOSTUNREACH", "there is no way to it (EHOSTUNREACH); no route leads there, "],
  ])("with no way to it: %s", (code, line) => {
    const told_ = told(noConnection("fd00::1", 22, code, "ssh"));
    expect(told_).toContain(`tcp [fd00::1]:22: ${line}`);
    expect(told_.split("; ")).toHaveLength(3);
  });
});
