// An authority of one's own: what of it can be used, and one line for whatever can't.
import "../support/errors-of-node.ts";
import { generateKeyPairSync, X509Certificate } from "node:crypto";
import fc from "fast-check";
import {
  ownAuthority,
  handoverFault,
  type OwnAuthority,
} from "../../components/model/own-authority.ts";
import { keyAs, make, type Made } from "../support/own-authority.ts";

let root: Made;
let middle: Made;
let intermediate: Made;
beforeAll(async () => {
  root = await make({ subject: "Root" });
  middle = await make({ subject: "Middle", under: root });
  intermediate = await make({ subject: "Docker CA", under: middle, pathLength: 0 });
});

const chainOf = (...all: readonly Made[]): string =>
  all.map(({ certificate }) => certificate).join("");

function read(
  authority: Pick<Made, "certificate" | "privateKey">,
  chainPem?: string,
): OwnAuthority | string[] {
  const { certificate, privateKey } = authority;
  const own = ownAuthority(
    { certificatePem: certificate, privateKeyPem: privateKey, chainPem },
    Date.now(),
  );
  if (!("faults" in own)) return own;
  return own.faults.map(({ setting, what, why, fix }) => {
    expect([what, why, fix].join()).not.toMatch(/\n|-----/);
    return `${setting}: ${what}`;
  });
}

function usable(...args: Parameters<typeof read>): OwnAuthority {
  const own = read(...args);
  if (Array.isArray(own)) throw new Error(own.join("\n"));
  return own;
}

describe("what can be used", () => {
  test("a root, by itself", () => {
    const own = usable(root);
    expect(own).toMatchObject({ certificate: root.certificate, chain: [], subject: "CN=Root" });
    expect(own.privateKey).toMatch(/^-----BEGIN EC PRIVATE KEY-----/);
  });

  test("an intermediate, with those above it and without", () => {
    expect(usable(intermediate).chain).toEqual([]);
    expect(usable(intermediate, chainOf(middle, root)).chain).toEqual([
      middle.certificate,
      root.certificate,
    ]);
  });

  test("a chain that begins with the authority itself, as such files do", () => {
    expect(usable(intermediate, chainOf(intermediate, middle, root)).chain).toHaveLength(2);
    expect(usable(root, chainOf(root)).chain).toEqual([]);
  });

  test.each(["P256", "P384", "RSA", "ED25519"] as const)("a key of %s", async (kind) => {
    const own = usable(await make({ kind }));
    expect(
      new X509Certificate(own.certificate).verify(new X509Certificate(own.certificate).publicKey),
    ).toBe(true);
  });

  test("one key is one text, whatever form it came in; a renewal is the same authority", async () => {
    const forms = (["pkcs8", "sec1"] as const).map((type) => keyAs(root, { type }));
    const texts = [...forms, `EC PARAMETERS\n${forms[1] ?? ""}`.replaceAll("\n", "\r\n")].map(
      (privateKey) => usable({ ...root, privateKey }).privateKey,
    );
    expect(new Set(texts).size).toBe(1);
    const renewed = await make({ subject: "Root", keyOf: root, to: 7000 });
    expect(usable(renewed).key).toBe(usable(root).key);
    expect(usable(middle).key).not.toBe(usable(root).key);
  });

  test("it ends with the first above it", async () => {
    const short = await make({ to: 30 });
    const long = await make({ under: short, to: 300 });
    const { endsAt } = usable(long, short.certificate);
    expect(endsAt).toBe(new X509Certificate(short.certificate).validToDate.getTime());
  });
});

describe("what can't", () => {
  const refused = async (options: Parameters<typeof make>[0]): Promise<unknown> =>
    read(await make(options));

  test("a certificate", async () => {
    expect(await refused({ isAuthority: false })).toEqual([
      "certificatePem: is not of an authority (it lacks CA:TRUE)",
    ]);
    expect(await refused({ signs: false })).toEqual([
      "certificatePem: may not sign certificates (its key usage lacks keyCertSign)",
    ]);
    expect(await refused({ from: -20, to: -10 })).toEqual([
      expect.stringMatching(/^certificatePem: ended on \d{4}-\d\d-\d\d$/),
    ]);
    expect(await refused({ from: 10 })).toEqual([
      expect.stringMatching(/^certificatePem: is not valid before \d{4}-\d\d-\d\d$/),
    ]);
    expect(await refused({ uses: ["1.3.6.1.5.5.7.3.1"] })).toEqual([
      "certificatePem: is limited to other uses (its extended key usage lacks serverAuth or clientAuth)",
    ]);
    expect(await refused({ permitted: [{ registeredID: "1.2.3" }] })).toEqual([
      "certificatePem: has name constraints other than of DNS names and IP addresses",
    ]);
    expect(read({ ...root, certificate: "Certificate:" })).toEqual([
      "certificatePem: holds no certificate that can be read",
    ]);
    expect(read({ ...root, certificate: root.certificate.slice(0, 200) })).toEqual([
      "certificatePem: holds no certificate that can be read",
    ]);
    expect(read({ ...root, certificate: chainOf(intermediate, middle) })).toEqual([
      "certificatePem: holds 2 certificates",
    ]);
    expect(read({ ...root, certificate: root.certificate + root.privateKey })).toEqual([
      "certificatePem: holds a private key",
    ]);
  });

  test("uses that hold both, or any, are fine", async () => {
    const both = ["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"];
    for (const uses of [both, ["2.5.29.37.0"]]) usable(await make({ uses }));
  });

  test("a key", () => {
    expect(read({ ...root, privateKey: middle.privateKey })).toEqual([
      "privateKeyPem: is not the key of certificatePem",
    ]);
    for (const type of ["pkcs8", "sec1"] as const) {
      const privateKey = keyAs(root, { type, passphrase: "geheim" });
      expect(read({ ...root, privateKey })).toEqual([
        "privateKeyPem: is protected by a passphrase",
      ]);
    }
    expect(read({ ...root, privateKey: root.certificate })).toEqual([
      "privateKeyPem: holds no private key that can be read",
    ]);
    const { privateKey } = generateKeyPairSync("ec", {
      namedCurve: "secp256k1",
      privateKeyEncoding: { format: "pem", type: "pkcs8" },
      publicKeyEncoding: { format: "pem", type: "spki" },
    });
    expect(read({ ...root, privateKey })).toEqual([
      "privateKeyPem: is of a kind that not everybody takes",
    ]);
  });

  test("a chain", async () => {
    const stranger = await make();
    expect(read(intermediate, chainOf(root, middle))).toEqual(["chainPem: is in the wrong order"]);
    expect(read(intermediate, chainOf(stranger))).toEqual([
      "chainPem: certificate 1 has not signed for the one before it",
    ]);
    expect(read(intermediate, chainOf(middle, stranger))).toEqual([
      "chainPem: certificate 2 has not signed for the one before it",
    ]);
    expect(read(intermediate, chainOf(middle))).toEqual(["chainPem: does not end in a root"]);
    expect(read(intermediate, middle.privateKey)).toEqual(["chainPem: holds a private key"]);
    expect(read(intermediate, "root.pem")).toEqual([
      "chainPem: holds no certificate that can be read",
    ]);
    const ended = await make({ from: -20, to: -10 });
    expect(read(await make({ under: ended }), ended.certificate)).toEqual([
      expect.stringMatching(/^chainPem: certificate 1 ended on /),
    ]);
    const full = await make({ pathLength: 0 });
    expect(read(await make({ under: full }), full.certificate)).toEqual([
      "chainPem: certificate 1 has path length 0",
    ]);
  });

  // Property: whatever order a chain comes in, one is right, and the others are told as such.
  test("of all orders of a chain, one is taken", async () => {
    const others = [await make({ under: root, subject: "Other" })];
    const all = [middle, root, ...others];
    fc.assert(
      fc.property(fc.shuffledSubarray(all, { minLength: 1 }), (some) => {
        const own = read(intermediate, chainOf(...some));
        const isRight = some.length === 2 && some[0] === middle && some[1] === root;
        expect(Array.isArray(own)).toBe(!isRight);
      }),
    );
  });
});

describe("whether it can sign for its successor", () => {
  const fault = async (options: Parameters<typeof make>[0]): Promise<string | undefined> =>
    handoverFault(usable(await make(options)));

  test("by its own path length", async () => {
    expect(await fault({})).toBeUndefined();
    expect(await fault({ pathLength: 1 })).toBeUndefined();
    expect(await fault({ pathLength: 0 })).toBe("its path length is 0");
  });

  test("and by those above it", async () => {
    const top = async (pathLength: number): Promise<string | undefined> => {
      const above = await make({ pathLength });
      return handoverFault(usable(await make({ under: above }), above.certificate));
    };
    expect(await top(1)).toBe("the path length of one above it is 1");
    expect(await top(2)).toBeUndefined();
  });
});
