// handshakes.sh: who failed to get in since dockerd was started; it changes nothing.
import { readHandshakes } from "../../components/model/observed/handshakes.ts";
import { usedMachine } from "../support/killed-runs.ts";
import type { ScratchMachine } from "../support/scratch-machine.ts";

let machine: ScratchMachine;
beforeEach(() => {
  machine = usedMachine();
});
afterEach(() => machine.destroy());

const line = (address: string, reason: string): string =>
  `2026/11/30 22:02:32 http: TLS handshake error from ${address}: ${reason}\n`;

test.each([["dash"], ["bash", "--norc", "--posix"]])(
  "by address, of this run of dockerd alone, by %s",
  async (...shell) => {
    machine.set("invocation", "4711");
    machine.set(
      "journal",
      line("192.0.2.7:40001", "remote error: tls: bad certificate") +
        line("192.0.2.7:40002", "remote error: tls: bad certificate") +
        'time="now" level=info msg="something else"\n' +
        `time="now" level=error msg="http: TLS handshake error from [2001:db8::7]:1: remote error: tls: unknown certificate authority"\n`,
    );
    const before = machine.snapshot();
    const values = await machine.handshakes(shell);
    const answer = Object.entries(values).map(([name, value]) => `\nB ${name}\n${value}`);
    expect(readHandshakes(`${answer.join("")}\nB end\n`, "B")).toEqual({
      silence: "",
      failed: [
        { address: "192.0.2.7", count: 2, reason: "remote error: tls: bad certificate" },
        {
          ...{ address: "2001:db8::7", count: 1 },
          reason: "remote error: tls: unknown certificate authority",
        },
      ],
    });
    expect(machine.calls().join("\n")).toMatch(/^journalctl _SYSTEMD_INVOCATION_ID=4711 /m);
    expect(machine.snapshot()).toEqual(before);
  },
);

test("where systemd knows no run of dockerd, that is said", async () => {
  expect(await machine.handshakes()).toEqual({
    silence: "dockerd does not run, or systemd does not say which of its runs this is",
  });
});
