// Authorities of one's own, together with the rest of the stack.
import "../support/errors-of-node.ts";
import fc from "fast-check";
import { authorityProblems, endingSoon, within } from "../../components/model/authority-checks.ts";
import { lifetime } from "../../components/model/certificates.ts";
import { ownAuthority, type OwnAuthority } from "../../components/model/own-authority.ts";
import { formatProblem } from "../../components/model/problem.ts";
import { make, type Made, type MadeOptions } from "../support/own-authority.ts";

async function own(options: MadeOptions = {}): Promise<OwnAuthority> {
  return of(await make(options));
}

function of({ certificate, privateKey }: Made): OwnAuthority {
  const texts = { certificatePem: certificate, privateKeyPem: privateKey, chainPem: undefined };
  const read = ownAuthority(texts, Date.now());
  if ("faults" in read) throw new Error(read.faults[0]?.what);
  return read;
}

const b1 = { name: "b1", address: "10.0.0.4", extraSans: ["web.example.org"] };
const lines = (...args: Parameters<typeof authorityProblems>): string[] =>
  authorityProblems(...args).map(formatProblem);

test("names that it may not sign for are told by the host, of the one that a rotation leaves as well", async () => {
  const narrow = await own({
    permitted: [{ iPAddress: "10.1.0.0/16" }, { dNSName: "example.org" }],
  });
  const wide = await own();
  const told = (setting: string): string =>
    `dockertls:tls.${setting}.certificatePem: its name constraints do not permit 10.0.0.4 (host b1); every client would refuse that machine; have it issued again for these names too, or dial the machine by one that it permits`;
  expect(lines({ own: narrow, formerOwn: undefined }, [b1], false)).toEqual([told("authority")]);
  expect(lines({ own: wide, formerOwn: narrow }, [b1], true)).toEqual([told("previousAuthority")]);
  expect(lines({ own: wide, formerOwn: narrow }, [b1], false)).toEqual([]);
});

test("one of path length 0 signs for a stack, and not for its successor", async () => {
  const full = await own({ pathLength: 0 });
  expect(lines({ own: full, formerOwn: undefined }, [b1], false)).toEqual([]);
  expect(lines({ own: full, formerOwn: undefined }, [b1], true)).toEqual([]);
  expect(lines({ own: await own(), formerOwn: full }, [b1], true)).toEqual([
    "dockertls:tls.phase: the previous authority can't sign for its successor: its path length is 0; with old bundles nobody could follow, and a rotation in phases would cut them off; take tls.phase out: one `pulumi up` replaces the authority at once, and everybody needs a new bundle then",
  ]);
});

test("a rotation from an authority to itself is none", async () => {
  const made = await make();
  const renewed = await make({ keyOf: made });
  expect(lines({ own: of(renewed), formerOwn: of(made) }, [b1], true)).toEqual([
    "dockertls:tls.previousAuthority: has the key of tls.authority; a rotation leads from one authority to another; write the one that signed until now there, and its successor as tls.authority",
  ]);
});

describe("lives", () => {
  const hour = 3_600_000;

  // Property: no certificate outlives its authority, whenever it is issued.
  test("none is longer than what is left of the authority's, and a longer one stays as it is", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9000 }),
        fc.integer({ min: 1, max: 9000 }),
        (hours, left) => {
          const life = within(lifetime(hours, hours), left * hour + 1, 0);
          expect(life.hours).toBeLessThanOrEqual(left);
          expect(life.hours).toBeGreaterThan(0);
          if (hours <= left) expect(life.hours).toBe(hours);
          else expect(life.isDefault).toBe(false);
        },
      ),
    );
  });

  test("changes a few times only, on the way to its end: each is another certificate for everybody", () => {
    const all = Array.from({ length: 2160 }, (_, left) =>
      within(lifetime(undefined, 2160), (2160 - left) * hour, 0),
    );
    expect(new Set(all.map(({ hours }) => hours)).size).toBe(13);
  });
});

test("a person is told when two thirds of its life are over", async () => {
  const soon = await own({ from: -20, to: 9 });
  expect(endingSoon("authority", await own(), Date.now())).toEqual([]);
  expect(endingSoon("authority", undefined, Date.now())).toEqual([]);
  expect(endingSoon("authority", soon, Date.now()).map(formatProblem)).toEqual([
    expect.stringMatching(
      /^dockertls:tls\.authority\.certificatePem: it ends on \d{4}-\d\d-\d\d, or one above it does; nobody renews it but its owner/,
    ),
  ]);
});
