import "../support/errors-of-node.ts";
import { refusals } from "../../provider/refusals.ts";
import { makeAuthority, type Authority, type Identity } from "../support/authority.ts";
import { startAlerting, startEndpoint, type Endpoint } from "../support/docker-endpoint.ts";
import { withFastClock } from "../support/fast-clock.ts";

let authority: Authority;
let untrusted: Identity;
let misused: Identity;
let endpoint: Endpoint | undefined;

beforeAll(async () => {
  authority = await makeAuthority("CA");
  untrusted = await (await makeAuthority("other")).issue("client", { kind: "RSA" });
  misused = await authority.issue("server", { kind: "RSA" });
});

afterEach(() => endpoint?.stop());

async function verdicts(at: Endpoint): Promise<string[]> {
  endpoint = at;
  const ca = authority.certificate;
  const all = await refusals(at, { ca, ...untrusted }, { ca, ...misused });
  return all.map(({ verdict }) => verdict);
}

/** What plaintext and TLS 1.1 hear is the same whoever says it. */
const unproven = (inPlaintext: string, byTls11: string): string[] => [
  ...["could not tell", "could not tell", "could not tell"],
  ...[inPlaintext, byTls11],
];

test("a server that has shown its certificate turns clients away by an alert", async () => {
  const identity = await authority.issue("server");
  expect(await verdicts(await startEndpoint({ authority, identity }))).toEqual(
    Array(5).fill("refused"),
  );
});

describe("an alert before the server has shown who it is proves nothing: anybody can forge it", () => {
  test.each([
    ["handshake_failure", 40],
    ["bad_certificate", 42],
    ["certificate_unknown", 46],
    ["unknown_ca", 48],
    ["access_denied", 49],
    ["protocol_version", 70],
    ["internal_error", 80],
    ["unrecognized_name", 112],
    ["certificate_required", 116],
  ])("%s", async (_name, alert) => {
    const byTls11 = alert === 70 ? "refused" : "could not tell";
    expect(await verdicts(await startAlerting(alert))).toEqual(unproven("refused", byTls11));
  });
});

// proves: api.forged-refusal
test("a server that knows no TLS 1.3 proves nothing: there its alerts are plaintext", async () => {
  const identity = await authority.issue("server");
  const old = await startEndpoint({ authority, identity, version: "TLSv1.2" });
  expect(await verdicts(old)).toEqual(unproven("refused", "refused"));
});

test("a server of another authority proves nothing, whatever it says", async () => {
  const other = await makeAuthority("in between");
  const identity = await other.issue("server");
  expect(await verdicts(await startEndpoint({ authority: other, identity }))).toEqual(
    unproven("refused", "refused"),
  );
});

test("a port on which nobody listens proves nothing", async () => {
  const gone = await startAlerting(42);
  await gone.stop();
  expect(await verdicts(gone)).toEqual(unproven("could not tell", "could not tell"));
});

test("a server that does not answer is given up, and proves nothing", async () => {
  const identity = await authority.issue("server");
  const silent = await startEndpoint({ authority, identity, untrustedClients: "hang" });
  expect(await withFastClock(() => verdicts(silent))).toEqual(unproven("refused", "refused"));
}, 20_000);
