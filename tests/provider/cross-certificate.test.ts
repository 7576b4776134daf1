// One authority certified by another, as the state keeps it.
import "../support/errors-of-node.ts";
import { X509Certificate } from "node:crypto";
import { CrossCertificateResource } from "../../provider/cross-certificate.ts";
import { secret } from "../../provider/wire.ts";
import { make } from "../support/own-authority.ts";

const resource = new CrossCertificateResource();

test("is made once, and again only where one of the two is renewed", async () => {
  const older = await make({ subject: "Old" });
  const newer = await make({ subject: "New" });
  const inputs = {
    newer: newer.certificate,
    older: older.certificate,
    olderKey: secret(older.privateKey),
  };
  const state = await resource.create(inputs);
  const renewed = { ...inputs, older: (await make({ keyOf: older, subject: "Old" })).certificate };

  expect(new X509Certificate(String(state["certificate"])).subject).toBe("CN=New");
  expect(await resource.read(state)).toBe(state);
  expect(resource.changed(state, inputs)).toBe(false);
  expect(resource.changed(state, renewed)).toBe(true);
  const again = await resource.update(state, renewed);
  expect(again["certificate"]).not.toBe(state["certificate"]);
  expect(resource.inputsAlone).toEqual(["olderKey"]);
  expect(resource.warnings()).toEqual([]);
});
