// What `npm run clients` says: how long certificates last, and which bundles are no longer the present ones.
import { chmodSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { ClientBundle, IssuedBundle } from "../../components/model/certificates.ts";
import { writeBundle } from "../../scripts/client/bundle.ts";
import { factsOf } from "../../scripts/client/certificates.ts";
import { clientOutputs } from "../../scripts/client/outputs.ts";
import { writeContexts } from "../../scripts/client/person-contexts.ts";
import type { Written } from "../../scripts/client/written.ts";
import { clientsReport, type BundleStatus } from "../../scripts/clients/listing.ts";
import { clientsTable } from "../../scripts/clients/table.ts";
import { makeAuthority } from "../support/authority.ts";
import { bundleWith, pemsBy, removeFolders, scratchFolder } from "../support/client-bundles.ts";

let pems: ClientBundle;
/** By the same authority. */
let renewed: ClientBundle;
let folder: string;

beforeAll(async () => {
  const authority = await makeAuthority("dockertls/prod CA g1");
  pems = await pemsBy(authority);
  renewed = await pemsBy(authority);
});

beforeEach(() => {
  folder = join(scratchFolder(), "alice");
  writeBundle(bundleWith(pems), { folder, force: false, now: new Date() });
});

afterAll(removeFolders);

// Of which this checkout has no bundles.
const stack = "of-this-test";
const writtenAt = "2026-11-30T18:00:00.000Z";
const written = (more: Partial<Written> = {}): Written => ({
  ...{ ...factsOf(pems), kind: "folder", place: folder, writtenAt },
  ...more,
});
const outputsWith = (present: IssuedBundle): ReturnType<typeof clientOutputs> =>
  clientOutputs(stack, { clientBundles: { alice: present }, hosts: bundleWith(pems).hosts });
const reportOf = (present: IssuedBundle, ...all: Written[]): ReturnType<typeof clientsReport> =>
  clientsReport(stack, outputsWith(present), { alice: all }, Date.now());
const statusOf = (present: IssuedBundle, one: Written = written()): BundleStatus | undefined =>
  reportOf(present, one).clients[0]?.bundles[0];

test("a folder with the present certificate is up to date, one with an earlier one is not", () => {
  expect(statusOf(pems)).toMatchObject({ state: "up to date", problems: [] });
  expect(statusOf(renewed)).toMatchObject({
    state: "outdated",
    problems: ["the certificate is another one now"],
  });
});

test("another authority to trust makes it outdated, be it in addition", () => {
  const bridge = { ...pems, ca: `${renewed.ca}${pems.ca}` };
  expect(statusOf(bridge)?.problems).toEqual(["the authorities to trust are others now"]);
});

test("what lies in the folder counts, not what was noted", () => {
  const record = written(factsOf(renewed));
  expect(statusOf(renewed, record)?.state).toBe("outdated");
  rmSync(join(folder, "cert.pem"));
  expect(statusOf(pems)?.problems).toEqual(["cert.pem is missing"]);
});

test("what others can read there is named, with the command that ends it", () => {
  chmodSync(join(folder, "key.pem"), 0o644);
  const path = join(folder, "key.pem");
  expect(statusOf(pems)?.problems).toEqual([`${path}: open to other users; chmod go= '${path}'`]);
});

test("a folder that has gone, and a secret, are judged by what was noted", () => {
  const gone = written({ place: join(folder, "..", "moved") });
  expect(statusOf(pems, gone)).toMatchObject({ state: "gone", problems: [] });
  expect(statusOf(renewed, gone)?.problems).toHaveLength(1);
  const secret = written({ kind: "secret", place: "" });
  expect([statusOf(pems, secret)?.state, statusOf(renewed, secret)?.state]).toEqual([
    "up to date",
    "outdated",
  ]);
});

test("contexts are judged by the copies that docker has", () => {
  const place = join(scratchFolder(), ".docker");
  writeContexts({ ...bundleWith(pems, { stack }), pems }, place, false);
  const contexts = written({ kind: "contexts", place });
  expect(statusOf(pems, contexts)?.state).toBe("up to date");
  expect(statusOf(renewed, contexts)?.state).toBe("outdated");
});

describe("the table", () => {
  const lines = (...args: Parameters<typeof reportOf>): string =>
    clientsTable(reportOf(...args), { columns: 80, hasColour: false }).join("\n");

  test("fits 80 columns but for what is there to be copied", () => {
    const table = lines(pems, written({ kind: "secret", place: "" }));
    expect(table).toBe(`CLIENT  ISSUER                FINGERPRINT  DAYS  BUNDLE
alice   dockertls/prod CA g1  ${factsOf(pems).certificate.slice(0, 11)}  0
      up to date: secret for CI, written 2026-11-30 18:00`);
  });

  test("says how an outdated bundle is written again, at its own place", () => {
    const table = clientsTable(reportOf(renewed, written())).join("\n");
    expect(table).toContain(
      "the certificate is another one now; npm run client -- alice --stack of-this-test --out ",
    );
    const secret = written({ kind: "secret", place: "" });
    expect(clientsTable(reportOf(renewed, secret)).join("\n")).toMatch(
      /npm run --silent client -- alice --stack of-this-test --ci$/,
    );
  });

  test("says that there is none", () => {
    expect(clientsTable(reportOf(pems))[1]).toMatch(/none written here$/);
  });

  test("a key of somebody's own shows in the report", () => {
    const { ca, cert } = pems;
    expect(reportOf({ ca, cert }).clients[0]?.key).toBe("owner");
  });
});

test("machines in plaintext take no client, and a stack of an earlier version has none", () => {
  const plain = { api: "plain-tcp", endpoint: "tcp://192.0.2.3:2375" };
  expect(clientOutputs("prod", { clientBundles: {}, hosts: { plain } }).hosts).toEqual({});
  expect(() => clientOutputs("prod", {})).toThrow(/has no output clientBundles; .*run `pulumi up`/);
});
