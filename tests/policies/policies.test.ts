// The policies, on resources as a preview hands them over.
import { globSync, readFileSync } from "node:fs";
import {
  unknownCheckingProxy,
  type ResourceValidation,
  type ResourceValidationArgs,
  type ResourceValidationPolicy,
} from "@pulumi/policy";
import { Ajv } from "ajv";
import { policies } from "../../policies/policies.ts";
import {
  authority,
  clientCertificate,
  machine,
  others,
  secrets,
  serverCertificate,
  untrustedClient,
  type Resource,
} from "./resources.ts";

/** As policies see it: to look at what is not known throws. The package has no type for it. */
const asInPreviews = unknownCheckingProxy as (value: object) => object;

function named(name: string): ResourceValidationPolicy {
  const found = policies.find((policy) => policy.name === name);
  if (found === undefined) throw new Error(`no policy ${name}`);
  return found;
}

/** What a policy reports of a resource, by its own defaults and what a stack changes of them. */
function reported(name: string, { props, ...resource }: Resource, config: object = {}): string[] {
  const { configSchema, validateResource } = named(name);
  const defaults = Object.entries(configSchema?.properties ?? {}).map(
    ([key, schema]) => [key, schema.default] as const,
  );
  const lines: string[] = [];
  const args = {
    ...resource,
    props: asInPreviews(props),
    getConfig: () => ({ ...Object.fromEntries(defaults), ...config }),
  } as unknown as ResourceValidationArgs;
  void (validateResource as ResourceValidation)(args, (line) => lines.push(line));
  return lines;
}

test.each(policies.map(({ name }) => name))(
  "%s has nothing against a stack as it comes, and looks at nothing that is not known",
  (name) => {
    const stack = [
      machine(),
      serverCertificate(),
      clientCertificate(),
      authority(),
      untrustedClient(),
      ...others,
    ];
    expect(stack.flatMap((resource) => reported(name, resource))).toEqual([]);
  },
);

describe("no-plain-tcp", () => {
  test("is against plain TCP", () => {
    const plain = machine({ listen: { api: "plain-tcp", port: 2375, files: undefined } });
    expect(reported("no-plain-tcp", plain)).toEqual([
      "dockertls:hosts.t1.api: it is plain TCP; whoever reaches port 2375 is root on the machine; " +
        "take `api` out, so that the API speaks mutual TLS",
    ]);
  });
});

describe("live-restore", () => {
  test("is against turning it off, and takes it for on where nothing is said", () => {
    expect(reported("live-restore", machine({ daemon: { "live-restore": false } }))).toEqual([
      expect.stringMatching(/^dockertls:hosts\.t1\.daemon\.live-restore: it is off; /),
    ]);
    expect(reported("live-restore", machine({ daemon: { "live-restore": true } }))).toEqual([]);
  });
});

describe("listen-addresses", () => {
  const at = (...addresses: string[]): Resource => machine({ listen: { addresses } });
  test.each<[string, string[], string[], number]>([
    ["in the network", ["10.1.2.3"], ["10.0.0.0/8"], 0],
    ["outside of it", ["192.0.2.1"], ["10.0.0.0/8"], 1],
    ["one of two outside", ["10.1.2.3", "192.0.2.1"], ["10.0.0.0/8"], 1],
    ["in the second network", ["192.0.2.1"], ["10.0.0.0/8", "192.0.2.0/24"], 0],
    ["every address", ["0.0.0.0"], ["10.0.0.0/8"], 1],
    ["every address is no member of 0.0.0.0/8", ["0.0.0.0"], ["0.0.0.0/8"], 1],
    ["every address, allowed", ["0.0.0.0"], ["0.0.0.0/0"], 0],
    ["every address of IPv6", ["::"], ["fd00::/8"], 1],
    ["IPv6 in the network", ["fd00::1"], ["fd00::/8"], 0],
    ["IPv6, of which nothing is said", ["fd00::1"], ["0.0.0.0/0"], 1],
    ["loopback", ["127.0.0.1", "::1"], [], 0],
    ["IPv4 written as IPv6", ["::ffff:192.0.2.1"], ["10.0.0.0/8"], 1],
  ])("%s", (_case, addresses, allowed, count) => {
    expect(reported("listen-addresses", at(...addresses), { allowed })).toHaveLength(count);
  });

  test("says what is allowed, and what to do", () => {
    expect(reported("listen-addresses", at("192.0.2.1"), { allowed: ["10.0.0.0/8"] })).toEqual([
      "dockertls:hosts.t1.listen: dockerd listens on 192.0.2.1; the policy allows 10.0.0.0/8; " +
        "write the addresses of the machine that lie there, or 127.0.0.1 and an SSH tunnel",
    ]);
  });

  test("a network that is none is a problem of the policy's configuration", () => {
    expect(() =>
      reported("listen-addresses", at("10.0.0.1"), { allowed: ["300.0.0.0/8"] }),
    ).toThrow(/^listen-addresses\.allowed: "300\.0\.0\.0\/8" is no network; /);
  });
});

describe("certificate-lifetime", () => {
  const limits = { maxServerHours: 2160, maxClientHours: 720, maxCaHours: 50_000 };
  test.each<[string, Resource, number]>([
    ["serverHours", serverCertificate(2161), 2160],
    ["clientHours", clientCertificate(721), 720],
    ["caHours", authority(50_001), 50_000],
  ])("is against more than the stack allows: %s", (setting, certificate, limit) => {
    expect(reported("certificate-lifetime", certificate, limits)).toEqual([
      expect.stringMatching(
        new RegExp(
          `^${certificate.name}: its certificate is valid for ${String(limit + 1)} hours; ` +
            `the policy allows ${String(limit)}, .*; write ${String(limit)} or less as \`dockertls:tls\\.${setting}\``,
        ),
      ),
    ]);
  });

  test("has nothing against the limit itself, nor against a certificate that is good for nothing", () => {
    const fine = [serverCertificate(2160), clientCertificate(720), authority(50_000)];
    for (const certificate of [...fine, untrustedClient(1_000_000)]) {
      expect(reported("certificate-lifetime", certificate, limits)).toEqual([]);
    }
  });
});

describe("host-key-by-file", () => {
  const inline = machine({ inputs: { inlineHostKey: true } });
  test("is against the place that the stack does not want", () => {
    expect(reported("host-key-by-file", inline)).toEqual([
      expect.stringMatching(/^dockertls:hosts\.t1\.ssh\.hostKey: the host key stands in the /),
    ]);
    expect(reported("host-key-by-file", inline, { from: "hostKey" })).toEqual([]);
    expect(reported("host-key-by-file", machine(), { from: "hostKey" })).toEqual([
      expect.stringMatching(
        /^dockertls:hosts\.t1\.ssh\.knownHosts: the host key comes from a file; /,
      ),
    ]);
  });
});

// proves: policies.no-secrets
test("no line shows what the resource has of secrets", () => {
  const worst = machine({
    listen: { api: "plain-tcp", port: 2375, addresses: ["192.0.2.1"] },
    daemon: { "live-restore": false },
    inputs: { inlineHostKey: true },
  });
  const config = { allowed: [], from: "knownHosts" };
  const lines = policies.flatMap(({ name }) => reported(name, worst, config));
  expect(lines).toHaveLength(4);
  for (const secret of secrets) expect(lines.join("\n")).not.toContain(secret);
});

// proves: policies.examples
test.each(globSync("examples/policies/*.json"))("%s is a configuration of this pack", (file) => {
  const config = JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>;
  const levels = { enum: ["mandatory", "advisory", "disabled"] };
  const properties = policies.map(({ name, configSchema }) => {
    const own = { ...configSchema?.properties, enforcementLevel: levels };
    const whole = { type: "object", properties: own, additionalProperties: false };
    return [name, { anyOf: [levels, whole] }] as const;
  });
  const check = new Ajv().compile({
    type: "object",
    properties: { all: levels, ...Object.fromEntries(properties) },
    additionalProperties: false,
  });
  check(config);
  expect(check.errors ?? []).toEqual([]);
});
