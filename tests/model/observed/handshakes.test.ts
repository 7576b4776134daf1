import { readHandshakes } from "../../../components/model/observed/handshakes.ts";

const read = (...lines: readonly string[]) =>
  readHandshakes(`\nB handshakes\n${lines.join("\n")}\nB end\n`, "B")?.failed;
const proof = (address: string): string[] => [
  `      4 ${address} tls: client offered only unsupported versions: [302 301]`,
  `      4 ${address} client sent an HTTP request to an HTTPS server`,
  `      4 ${address} tls: client didn't provide a certificate`,
  `      4 ${address} tls: failed to verify certificate: x509: certificate specifies an incompatible key usage`,
  `      9 ${address} tls: failed to verify certificate: x509: certificate signed by unknown authority`,
];

test("whoever proves the machine fails by intent; an old client at the same address does not", () => {
  expect(read(...proof("192.0.2.1"))).toEqual([]);
  expect(read(...proof("192.0.2.1"), "  2 192.0.2.1 local error: tls: bad record MAC")).toEqual([
    { address: "192.0.2.1", count: 2, reason: "local error: tls: bad record MAC" },
  ]);
});

test("the most frequent first, each with its most frequent reason", () => {
  const unknown =
    "tls: failed to verify certificate: x509: certificate signed by unknown authority";
  expect(
    read(
      `      1 192.0.2.7 remote error: tls: bad certificate`,
      `      3 192.0.2.7 ${unknown}`,
      `      7 [::ffff:192.0.2.8] remote error: tls: unknown certificate authority`,
    ),
  ).toEqual([
    { address: "192.0.2.8", count: 7, reason: "remote error: tls: unknown certificate authority" },
    { address: "192.0.2.7", count: 4, reason: unknown },
  ]);
});

test("who hangs up, scans ports, or is no address is left out, and times are", () => {
  const ended =
    "tls: failed to verify certificate: x509: certificate has expired or is not yet valid";
  expect(
    read(
      "      5 192.0.2.9 EOF",
      "      5 192.0.2.9 read: connection reset by peer",
      "      5 somebody remote error: tls: bad certificate",
      `      1 192.0.2.7 ${ended}: current time 2026-11-30T22:02:32Z is after 2026-11-30T21:00:00Z"`,
    ),
  ).toEqual([{ address: "192.0.2.7", count: 1, reason: ended }]);
});

test("what is not said is not known, and an answer that was cut short is none", () => {
  expect(readHandshakes("\nB silence\nno journal\nB end\n", "B")).toEqual({
    ...{ failed: undefined, silence: "no journal" },
  });
  expect(readHandshakes("\nB end\n", "B")?.silence).toBe("the machine did not say");
  expect(readHandshakes("\nB handshakes\n", "B")).toBeUndefined();
});
