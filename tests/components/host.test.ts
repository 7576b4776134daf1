import { sha256 } from "../../components/model/digest.ts";
import { machineScript } from "../../components/host/remote/scripts.ts";
import { applyLine, removeLine } from "../../components/model/remote-shell.ts";
import { unwrap } from "../../provider/wire.ts";
import { base, isWrapper, run, the, vendorCommand, type Run } from "../support/program.ts";
import { recordedListener } from "../../components/model/desired/recorded-host.ts";
import { tlsListener } from "../support/machine-answer.ts";
import { hostKey, machine } from "../support/stack-configuration.ts";

const login = "-----BEGIN RSA PRIVATE KEY-----\nlogin\n-----END RSA PRIVATE KEY-----\n";
const { digest } = machineScript();
let program: Run;

beforeAll(async () => {
  program = await run(
    {
      daemon: { "registry-mirrors": ["https://mirror.example"] },
      hosts: {
        b1: machine({ ssh: { hostKey, privateKey: login } }),
        b2: machine({
          address: "10.0.0.5",
          sudo: true,
          takeOver: true,
          ssh: { hostKey, user: "ops", port: 2222 },
        }),
      },
    },
    ["hosts"],
  );
});

function envelopeOf(name: string): Map<string, string> {
  const stdin = String(unwrap(the(program, name).inputs["stdin"]));
  const lines = stdin.split("\n");
  expect(lines.slice(-2)).toEqual(["end", ""]);
  const parts: string[] = [];
  const texts = new Map<string, string>();
  for (let line = lines.shift(); line !== undefined; line = lines.shift()) {
    const [, name = "", count] = /^lines (.+) (\d+)$/.exec(line) ?? [];
    if (count === undefined) parts.push(line);
    else texts.set(`file ${name}`, `${lines.splice(0, Number(count)).join("\n")}\n`);
  }
  return new Map([
    ...texts,
    ...parts.slice(0, -2).map((line): [string, string] => {
      const plain = /^(text \S+) (.*)$/.exec(line);
      if (plain !== null) return [plain[1] ?? "", plain[2] ?? ""];
      const words = line.split(" ");
      const value = words.at(-1) ?? "-";
      const text = value === "-" ? "" : Buffer.from(value, "base64").toString("utf8");
      return [words.slice(0, -1).join(" "), text];
    }),
  ]);
}

test("policies learn that the host key stands in the configuration itself", () => {
  expect(the(program, "b1-state").inputs).toMatchObject({ inlineHostKey: true });
});

describe("undo", () => {
  test("dials only to take a machine back: it has `delete` and nothing else that runs", () => {
    const { inputs } = the(program, "b1-undo");
    expect(Object.keys(inputs).sort()).toEqual([
      "addPreviousOutputInEnv",
      "connection",
      "delete",
      "logging",
      "stdin",
      "triggers",
    ]);
    expect(inputs).toMatchObject({
      delete: removeLine("none"),
      logging: "none",
      addPreviousOutputInEnv: false,
    });
  });

  test("is replaced by another claim, and not when a state from before there were claims gets one", async () => {
    expect(the(program, "b1-undo").inputs["triggers"]).toEqual(["1700000000000"]);
    const upgraded = await run({ hosts: { b1: machine() } }, [], "0");
    expect(the(upgraded, "b1-undo").inputs).not.toHaveProperty("triggers");
  });

  test("is told whose machine it is, and holds nothing that changes with the machine", () => {
    expect(envelopeOf("b1-undo")).toEqual(
      new Map([
        ["text owner", "dockertls/dev/b1"],
        ["text allow_container_restart", "false"],
        ["text claim", "1700000000000"],
      ]),
    );
  });
});

describe("converge", () => {
  test("runs again in place: `create` alone, no `update`, and no triggers, which would replace it", () => {
    const { inputs } = the(program, "b1-converge");
    expect(Object.keys(inputs).sort()).toEqual([
      "addPreviousOutputInEnv",
      "connection",
      "create",
      "logging",
      "stdin",
    ]);
    expect(inputs).toMatchObject({
      create: applyLine(digest, "none"),
      logging: "none",
      addPreviousOutputInEnv: false,
    });
  });

  test("carries its content on a standard input that is a secret", () => {
    const { inputs } = the(program, "b1-converge");
    expect(isWrapper(inputs["stdin"])).toBe(true);
    const envelope = envelopeOf("b1-converge");
    expect(envelope.get("text owner")).toBe("dockertls/dev/b1");
    expect(envelope.get("text address")).toBe("10.0.0.4:22");
    expect(envelope.get("text claim")).toBe("1700000000000");
    expect(envelope.get("text former")).toBe("dockertls/dev/old at 10.0.0.4:22");
    expect(envelope.get("file ca.pem 0444")).toBe("certificate ca-g1");
    expect(envelope.get("file cert.pem 0444")).toBe("certificate b1-server");
    expect(envelope.get("file key.pem 0400")).toBe(
      "-----BEGIN EC PRIVATE KEY-----\nb1-server-key\n",
    );
    expect(envelope.get("file base.json 0600")).toBe(base);
    expect(JSON.parse(envelope.get("file daemon.json 0644") ?? "")).toMatchObject({
      "registry-mirrors": ["https://mirror.example"],
      tlsverify: true,
      proxies: {},
    });
    expect(envelope.get("file dropin.conf 0644")).toContain("ExecStart=/usr/sbin/dockerd $DOCKER");
    expect(vendorCommand).toContain("-H fd://");
  });

  test("never holds what only the authority and the clients may have", () => {
    const stdin = [...envelopeOf("b1-converge").values()].join("\n");
    expect(stdin).not.toMatch(/ca-g1-key|client-key|stranger-key|b2-server-key|login/);
  });
});

// proves: health.change
test("another health check is another input of the converge, and of nothing else: there is nothing to prove", async () => {
  const ran = async (changes: object): Promise<Run> =>
    run({ hosts: { b1: machine({ ...changes }) } });
  const none = await ran({});
  const one = await ran({ healthCheck: { command: "true" } });
  const other = await ran({ healthCheck: { command: "false" } });
  for (const [before, after] of [
    [none, one],
    [one, other],
  ] as const) {
    const changed = after.resources.filter(
      ({ name, type, inputs }) =>
        JSON.stringify(the(before, name, type).inputs) !== JSON.stringify(inputs),
    );
    expect(changed.map(({ name }) => name)).toEqual(["b1-converge"]);
  }
});

test.each(["b1-undo", "b1-converge", "b2-undo", "b2-converge"])(
  "%s dials once, and only the machine whose key is pinned",
  (name) => {
    const connection = unwrap(the(program, name).inputs["connection"]);
    expect(connection).toMatchObject({ hostKey, dialErrorLimit: 0 });
  },
);

test("each machine is reached by its own login; without a key the agent is asked", () => {
  expect(unwrap(the(program, "b1-converge").inputs["connection"])).toEqual({
    host: "10.0.0.4",
    port: 22,
    user: "root",
    hostKey,
    privateKey: login,
    dialErrorLimit: 0,
    perDialTimeout: 10,
  });
  expect(unwrap(the(program, "b2-state").inputs["connection"])).toEqual({
    host: "10.0.0.5",
    port: 2222,
    user: "ops",
    hostKey,
  });
  expect(the(program, "b2-converge").inputs["create"]).toBe(applyLine(digest, "passwordless"));
  expect(the(program, "b2-undo").inputs["delete"]).toBe(removeLine("passwordless"));
  expect(the(program, "b2-state").inputs["sudo"]).toBe(true);
});

test("every host knows where the others are, and whether it may take its machine over", () => {
  const hostEndpoints = { b1: "10.0.0.4:22", b2: "10.0.0.5:2222" };
  expect(the(program, "b1-state").inputs).toMatchObject({ hostEndpoints, takeOver: false });
  expect(the(program, "b2-state").inputs).toMatchObject({ hostEndpoints, takeOver: true });
});

describe("the state of the machine", () => {
  test("is compared with a desired state that holds digests, no keys", () => {
    const { inputs, secretOutputs } = the(program, "b1-state");
    expect(inputs["desired"]).toEqual({
      owner: "dockertls/dev/b1",
      listener: recordedListener(tlsListener()),
      allowContainerRestart: false,
      unmanaged: "keep",
      daemon: { "registry-mirrors": ["https://mirror.example"] },
      daemonIsSecret: false,
      script: digest,
      tlsFiles: {
        ca: sha256("certificate ca-g1"),
        cert: sha256("certificate b1-server"),
        key: sha256("-----BEGIN EC PRIVATE KEY-----\nb1-server-key\n"),
      },
    });
    expect(isWrapper(inputs["connection"])).toBe(true);
    expect(unwrap(inputs["connection"])).toMatchObject({ host: "10.0.0.4", privateKey: login });
    expect(secretOutputs).toEqual(["base", "current", "execStart"]);
  });
});
