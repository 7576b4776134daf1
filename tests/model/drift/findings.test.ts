import { drift } from "../../../components/model/drift/drift.ts";
import { findings } from "../../../components/model/drift/findings.ts";
import {
  convergedMachine,
  desiredHost,
  factsOf,
  baselineFrom,
  tlsListener,
} from "../../support/machine-answer.ts";

const desired = desiredHost();
const ours = 'LISTEN 0 4096 *:2376 *:* users:(("dockerd",pid=1,fd=3))\n';
const plain =
  "port 2375: expected no listener, found one; if it is a Docker API in plaintext, the network has root on the machine; find out with `ss -ltnp` and stop it";

function findingsOf(listeners: string, wanted = desired): string[] {
  const facts = factsOf(convergedMachine(wanted, "", { listeners, epoch: "1000\n" }));
  return findings(facts, wanted, 1000);
}

test("none on a sound machine", () => {
  expect(findingsOf(ours)).toEqual([]);
});

describe("a listener on the port of Docker's plaintext API", () => {
  test.each([
    `${ours}LISTEN 0 4096 0.0.0.0:2375 0.0.0.0:* users:(("socat",pid=7,fd=3))\n`,
    `${ours}LISTEN 0 4096 [::]:2375 [::]:*\n`,
    // Without ss the probe sends /proc/net/tcp, which counts in hexadecimal: 0947 is 2375.
    "   1: 00000000:0947 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 1 1 0 100 0 0 10 0\n",
  ])("%s", (listeners) => {
    expect(findingsOf(listeners)).toEqual([plain]);
  });

  test.each([
    [
      "dockerd's own: a converge closes it, and would leave the finding behind in the state",
      `LISTEN 0 4096 *:2375 *:* users:(("dockerd",pid=1,fd=3))\n`,
    ],
    [
      "one that only looks like it",
      `${ours}LISTEN 0 1 0.0.0.0:12375 0.0.0.0:*\nLISTEN 0 1 10.0.0.1:23750 0.0.0.0:*\n`,
    ],
    [
      "a connection, not a listener",
      "   1: 0100007F:0947 0100007F:C350 01 00000000:00000000 00:00000000\n",
    ],
  ])("not %s", (_case, listeners) => {
    expect(findingsOf(listeners)).toEqual([]);
  });

  test("is no finding where that port is the configured one", () => {
    const wanted = desiredHost({ listener: tlsListener({ port: 2375 }) });
    expect(findingsOf("LISTEN 0 1 *:2375 *:*\n", wanted)).toEqual([]);
  });
});

test("without ss, dockerd's own port is found in /proc/net/tcp all the same", () => {
  const listeners =
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid\n" +
    "   0: 00000000000000000000000000000000:0948 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000\n";
  const facts = factsOf(convergedMachine(desired, "", { listeners }));
  expect(drift(facts, desired, baselineFrom(""))).toEqual([]);
});

describe("clocks", () => {
  const clockFinding = (seconds: number): string[] => {
    const facts = factsOf(convergedMachine(desired, "", { epoch: `${String(1e9 + seconds)}\n` }));
    return findings(facts, desired, 1e9);
  };

  test.each([0, 59, -5, 60])("%d seconds ahead or behind are close enough", (seconds) => {
    expect(clockFinding(seconds)).toEqual([]);
  });

  const behind = "behind; it refuses a fresh certificate for as long";
  test.each([
    [61, "more than a minute ahead"],
    [-6, `some seconds ${behind}`],
    [-20, `some seconds ${behind}`],
    [-61, `more than a minute ${behind}`],
    [601, "more than ten minutes ahead"],
    [-7200, `more than an hour ${behind}`],
    [1e6, "more than a day ahead"],
  ])("%d seconds: %s", (seconds, words) => {
    expect(clockFinding(seconds)).toEqual([
      `clock: expected it at most 5 s behind this machine's or 60 s ahead, found it ${words}; set up time synchronisation on the machine`,
    ]);
  });

  test("two looks a moment apart say the same: a finding must not be a change at every refresh", () => {
    expect(clockFinding(93)).toEqual(clockFinding(95));
  });
});
