// An authority of one's own, certified by another one.
import "../support/errors-of-node.ts";
import { X509Certificate } from "node:crypto";
import { certifiedBy } from "../../components/model/cross-certificate.ts";
import { extensionsOf } from "../../components/model/certificate-extensions.ts";
import { make } from "../support/own-authority.ts";

test.each(["P256", "P384", "RSA", "ED25519"] as const)(
  "of %s: its name, key and limits under the signature of the other, as long as both of them live",
  async (kind) => {
    const older = await make({ kind, subject: "Old", to: 50 });
    const newer = await make({ subject: "Neue Behörde & Co", pathLength: 0, from: -3, to: 90 });
    const cross = new X509Certificate(
      certifiedBy(newer.certificate, older.certificate, older.privateKey),
    );
    const [n, o] = [newer, older].map(({ certificate }) => new X509Certificate(certificate));
    if (n === undefined || o === undefined) throw new Error("none");

    expect(cross.checkIssued(o) && cross.verify(o.publicKey)).toBe(true);
    expect(cross.publicKey.equals(n.publicKey)).toBe(true);
    // dockerd compares bytes: the leaves name their issuer as the newer one names itself.
    expect(nameIn(cross)).toEqual(nameIn(n));
    expect(extensionsOf(cross.raw)).toMatchObject({
      isAuthority: true,
      signs: true,
      pathLength: 0,
    });
    expect(cross.validToDate).toEqual(o.validToDate);
    expect(cross.validFromDate).toEqual(o.validFromDate);
  },
);

/** The subject's value, as it is encoded. */
function nameIn({ raw }: X509Certificate): string | undefined {
  const name = Buffer.from("Neue Behörde & Co");
  const at = raw.indexOf(name);
  return at === -1 ? undefined : raw.subarray(at - 12, at + name.length).toString("hex");
}
