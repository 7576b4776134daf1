import fc from "fast-check";
import { renewBefore, subjectAlternativeNames } from "../../components/model/certificates.ts";
import {
  bracketed,
  endpoint,
  isAddress,
  isCertificateName,
} from "../../components/model/address.ts";

describe("subjectAlternativeNames", () => {
  test.each([
    ["10.0.0.4", [], { dnsNames: [], ipAddresses: ["10.0.0.4"] }],
    ["Web-1.Example.ORG", [], { dnsNames: ["web-1.example.org"], ipAddresses: [] }],
    [
      "web-1",
      ["10.0.0.4", "WEB-1", "api.example.org", "10.0.0.4"],
      { dnsNames: ["api.example.org", "web-1"], ipAddresses: ["10.0.0.4"] },
    ],
    ["2001:DB8:0:0::1", ["fe80::1"], { dnsNames: [], ipAddresses: ["2001:db8::1", "fe80::1"] }],
  ])("%s and %j", (address, extra, names) => {
    expect(subjectAlternativeNames(address, extra)).toEqual(names);
  });

  test("the order in the configuration changes nothing: a reissued certificate restarts dockerd", () => {
    const name = fc.oneof(fc.ipV4(), fc.ipV6(), fc.domain());
    fc.assert(
      fc.property(fc.array(name, { minLength: 1, maxLength: 5 }), (names) => {
        const [first = "", ...rest] = names;
        const [last = "", ...others] = [...names].reverse();
        expect(subjectAlternativeNames(last, others)).toEqual(subjectAlternativeNames(first, rest));
      }),
    );
  });
});

test.each([
  ["10.0.0.4", "tcp://10.0.0.4:2376"],
  ["web-1.example.org", "tcp://web-1.example.org:2376"],
  ["2001:db8::1", "tcp://[2001:db8::1]:2376"],
  ["::ffff:10.0.0.4", "tcp://[::ffff:10.0.0.4]:2376"],
])("endpoint of %s", (address, url) => {
  expect(endpoint(address, 2376)).toBe(url);
});

test("brackets stand around IPv6 only", () => {
  expect(bracketed("::1")).toBe("[::1]");
  expect(bracketed("127.0.0.1")).toBe("127.0.0.1");
  expect(bracketed("localhost")).toBe("localhost");
});

describe("isCertificateName", () => {
  test.each([
    ["docker.example.com"],
    ["10.0.0.4"],
    ["fd00::1"],
    ["*.example.com"],
    ["*.b.internal"],
  ])("%s", (text) => {
    expect(isCertificateName(text)).toBe(true);
  });

  test.each([
    ["*"],
    ["*."],
    ["*.com"],
    ["a.*.com"],
    ["*a.example.com"],
    ["*.*.com"],
    ["*.10.0.0.4"],
  ])("not %s", (text) => {
    expect(isCertificateName(text)).toBe(false);
  });
});

describe("isAddress", () => {
  test.each([
    "10.0.0.4",
    "255.255.255.255",
    "::1",
    "2001:db8::1",
    "fe80::1",
    "web-1",
    "web-1.example.org",
    "1web",
    "xn--bcher-kva.example",
    "a".repeat(63),
  ])("%s can be dialled", (text) => {
    expect(isAddress(text)).toBe(true);
  });

  test.each([
    "",
    " ",
    "10.0.0",
    "10.0.0.256",
    "10.0.0.4.5",
    "1234",
    "10.0.0.4:2376",
    "tcp://10.0.0.4",
    "http://web-1",
    "web_1",
    "-web",
    "web-",
    "web..example",
    ".example",
    "web-1.example.org.",
    "a b",
    "[::1]",
    "::1::",
    "web-1/24",
    "user@web-1",
    "bücher.example",
    "a".repeat(64),
    Array.from({ length: 130 }, () => "a").join("."),
  ])("%j can't", (text) => {
    expect(isAddress(text)).toBe(false);
  });
});

describe("renewBefore", () => {
  test("what the configuration says counts", () => {
    expect(renewBefore("b1-server", { hours: 2160, renewBeforeHours: 24 })).toBe(24);
  });

  test("else from about two thirds of the life on, always within it, and always at the same time", () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 1, max: 300_000 }), (name, hours) => {
        const life = { hours, renewBeforeHours: undefined };
        const before = renewBefore(name, life);
        expect(before).toBe(renewBefore(name, life));
        expect(before).toBeLessThan(hours);
        expect(before).toBeGreaterThanOrEqual(Math.floor(hours * (1 / 3 - 1 / 20)));
        expect(before).toBeLessThanOrEqual(hours * (1 / 3 + 1 / 20));
      }),
    );
  });

  test("a hundred machines that were set up together are renewed on many days", () => {
    const life = { hours: 2160, renewBeforeHours: undefined };
    const days = Array.from({ length: 100 }, (_, at) =>
      Math.floor(renewBefore(`b${String(at)}-server`, life) / 24),
    );
    expect(new Set(days).size).toBeGreaterThanOrEqual(8);
    const most = Math.max(...[...new Set(days)].map((day) => days.filter((d) => d === day).length));
    expect(most).toBeLessThanOrEqual(25);
  });
});
