import { createHmac } from "node:crypto";
import {
  hostKeyIn,
  hostKeysFor,
  isHostKey,
  knownHostKey,
} from "../../components/model/known-hosts.ts";

const ed25519 = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGVkMjU1MTk";
const other = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIG90aGVy";
const ecdsa = "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTY=";
const rsa = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQ==";

function hashed(name: string): string {
  const salt = Buffer.from("0123456789abcdef0123");
  const digest = createHmac("sha1", salt).update(name).digest("base64");
  return `|1|${salt.toString("base64")}|${digest}`;
}

describe("a key is found for", () => {
  test.each([
    ["a plain name", `web-1 ${ed25519}`, "web-1", 22],
    ["an IP address", `10.0.0.4 ${ed25519}`, "10.0.0.4", 22],
    ["an IPv6 address", `2001:db8::1 ${ed25519}`, "2001:db8::1", 22],
    ["one of several names", `web-1,10.0.0.4 ${ed25519}`, "10.0.0.4", 22],
    ["another port", `[10.0.0.4]:2222 ${ed25519}`, "10.0.0.4", 2222],
    ["a hashed name", `${hashed("10.0.0.4")} ${ed25519}`, "10.0.0.4", 22],
    ["a hashed name with a port", `${hashed("[web-1]:2222")} ${ed25519}`, "web-1", 2222],
    ["a pattern", `*.example.org ${ed25519}`, "web-1.example.org", 22],
    ["a pattern of one letter", `web-? ${ed25519}`, "web-1", 22],
    ["a pattern not denied", `*.example.org,!db.example.org ${ed25519}`, "web.example.org", 22],
    ["a name in capitals", `Web-1.Example.org ${ed25519}`, "web-1.example.ORG", 22],
    ["a line with a comment", `web-1 ${ed25519} root@web-1`, "web-1", 22],
    ["a line with tabs and CRLF", `# head\r\n\r\n web-1\t${ed25519}\r\n`, "web-1", 22],
  ])("%s", (_case, file, address, port) => {
    expect(hostKeysFor(file, address, port)).toEqual([ed25519]);
  });
});

describe("no key is found for", () => {
  test.each([
    ["an empty file", "", "web-1", 22],
    ["another machine", `web-2 ${ed25519}`, "web-1", 22],
    ["a name that only begins so", `web-10 ${ed25519}`, "web-1", 22],
    ["the same name on another port", `web-1 ${ed25519}`, "web-1", 2222],
    ["the port of another line", `[web-1]:2222 ${ed25519}`, "web-1", 22],
    ["a denied name", `*.example.org,!db.example.org ${ed25519}`, "db.example.org", 22],
    ["only a denied name", `!web-2 ${ed25519}`, "web-1", 22],
    ["another hashed name", `${hashed("web-2")} ${ed25519}`, "web-1", 22],
    ["a dot that is no wildcard", `10.0.0.4 ${ed25519}`, "10x0y0z4", 22],
    ["a revoked key", `@revoked web-1 ${ed25519}`, "web-1", 22],
    ["a certificate authority", `@cert-authority *.example.org ${ed25519}`, "a.example.org", 22],
    ["a comment", `# web-1 ${ed25519}`, "web-1", 22],
    ["an RSA key", `web-1 ${rsa}`, "web-1", 22],
    ["half a line", "web-1 ssh-ed25519", "web-1", 22],
    [
      "a line of ssh-keyscan's that says an error",
      "web-1: Connection closed by remote host",
      "web-1",
      22,
    ],
  ])("%s", (_case, file, address, port) => {
    expect(hostKeysFor(file, address, port)).toEqual([]);
  });
});

test("a key that a line of the file revokes is not used, whatever other lines say", () => {
  const file = `web-1 ${ed25519}\nweb-1 ${other}\n@revoked * ${ed25519}\n`;
  expect(hostKeysFor(file, "web-1", 22)).toEqual([other]);
});

test("ed25519 comes first, and keys of a kind keep the file's order", () => {
  const file = [ecdsa, rsa, other, ed25519].map((key) => `web-1 ${key}`).join("\n");
  expect(hostKeysFor(file, "web-1", 22)).toEqual([other, ed25519, ecdsa]);
});

test.each([
  [ed25519, true],
  [ecdsa, true],
  [`${ed25519} root@web-1`, true],
  [rsa, false],
  [`web-1 ${ed25519}`, false],
  ["ssh-ed25519", false],
  ["ssh-ed25519 not~base64", false],
  ["SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU", false],
  [`${ed25519}\n${other}`, false],
  ["", false],
])("isHostKey(%j) is %s", (line, is) => {
  expect(isHostKey(line)).toBe(is);
});

describe("a host key as a person has it", () => {
  test.each([
    ["the key alone", ed25519, ed25519],
    // As it stands in states of before.
    ["with a comment", `${ed25519} root@web-1`, `${ed25519} root@web-1`],
    ["a line of ssh-keyscan", `10.0.0.4 ${ed25519}`, ed25519],
    ["with a comment and a port", `[web-1]:2222 ${ed25519} root@web-1`, ed25519],
    ["with a hashed name", `${hashed("web-1")} ${ed25519}`, ed25519],
    [
      "all that ssh-keyscan prints",
      [
        "# web-1:22 SSH-2.0-OpenSSH_10.0",
        ...[rsa, ecdsa, ed25519].map((key) => `web-1 ${key}`),
        "",
      ].join("\n"),
      ed25519,
    ],
    ["the same key under two names", `web-1 ${ed25519}\n10.0.0.4 ${ed25519}\n`, ed25519],
    ["lines that revoke another one", `web-1 ${ed25519}\n@revoked * ${other}\n`, ed25519],
  ])("%s", (_case, text, key) => {
    expect(hostKeyIn(text)).toEqual({ key });
  });

  test.each([
    ["a line that revokes it", `@revoked * ${ed25519}`, "revoked"],
    ["a certificate authority", `@cert-authority *.example.org ${ed25519}`, "authority"],
    ["an RSA key", `web-1 ${rsa}`, "rsa"],
    ["an RSA key alone", rsa, "rsa"],
    ["keys of two machines", `web-1 ${ed25519}\nweb-2 ${other}`, "several"],
    ["a fingerprint", "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU", "none"],
    ["a name alone", "web-1", "none"],
  ])("is none: %s", (_case, text, fault) => {
    expect(hostKeyIn(text)).toEqual({ fault });
  });
});

test.each([
  [`@revoked web-1 ${ed25519}`, "revoked"],
  [`web-1 ${ed25519}\n@revoked * ${ed25519}`, "revoked"],
  [`@cert-authority * ${ed25519}`, "authority"],
  [`web-1 ${rsa}`, "rsa"],
  [`web-2 ${ed25519}`, "none"],
])("why a file has no key of web-1: %j", (file, fault) => {
  expect(knownHostKey(file, "web-1", 22)).toEqual({ fault });
});
