// An authority that is trusted beside our own: in the daemon's bundle, and nowhere else.
import { X509Certificate } from "node:crypto";
import { makeAuthority } from "../support/authority.ts";
import { unwrap } from "../../provider/wire.ts";
import { run, the, type Run } from "../support/program.ts";
import { machine } from "../support/stack-configuration.ts";

const former = await makeAuthority("Former");
let program: Run;

beforeAll(async () => {
  program = await run({
    hosts: {
      b1: machine({ alsoTrust: former.certificate }),
      b2: machine({ address: "10.0.0.5" }),
    },
  });
});

function sentTo(name: string): string {
  const stdin = String(unwrap(the(program, `${name}-converge`).inputs["stdin"]));
  const [, count = "", rest = ""] = /^lines ca\.pem 0444 (\d+)\n([^]*)$/m.exec(stdin) ?? [];
  if (count !== "") return `${rest.split("\n").slice(0, Number(count)).join("\n")}\n`;
  const encoded = /^file ca\.pem 0444 (\S+)$/m.exec(stdin)?.[1] ?? "";
  return Buffer.from(encoded, "base64").toString("utf8");
}

// proves: trust.bundle
test("the daemon's bundle has ours first; a machine that does not ask for it has ours alone", () => {
  expect(sentTo("b1")).toBe(`certificate ca-g1\n${former.certificate.trimEnd()}\n`);
  expect(sentTo("b2")).toBe("certificate ca-g1");
});

// proves: trust.proofs
test("clients and proofs trust our authority alone: a server of the other one is none of ours", () => {
  expect((program.bundle as { ca: string }).ca).toBe("certificate ca-g1");
  expect(unwrap(the(program, "b1-proof").inputs["tls"])).toMatchObject({ ca: "certificate ca-g1" });
  const text = JSON.stringify([program.bundle, the(program, "b1-proof").inputs]);
  expect(text).not.toContain(former.certificate.split("\n")[1]);
});

test("the proof knows by its fingerprint alone who is let in as well, and only where somebody is", () => {
  const { fingerprint256 } = new X509Certificate(former.certificate);
  expect(unwrap(the(program, "b1-proof").inputs["tls"])).toMatchObject({
    alsoTrusted: [fingerprint256],
  });
  expect(unwrap(the(program, "b2-proof").inputs["tls"])).not.toHaveProperty("alsoTrusted");
});
