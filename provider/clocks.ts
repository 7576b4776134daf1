import type { DesiredHost } from "../components/model/desired/desired-host.ts";
import { secondsBehind } from "../components/model/drift/findings.ts";
import type { Problem } from "../components/model/problem.ts";
import type { HostLook } from "./host-look.ts";

/** Seconds that are waited for a machine's clock; further behind, it has none that is kept. */
const patienceSeconds = 30;

/**
 * Waits until a certificate that is new to a machine is valid there, before anything on it is touched: where its
 * clock is behind, it would refuse its own clients. @pulumi/tls can't issue one with an earlier start. A machine
 * that is too far behind is a problem.
 * @param validFrom of that certificate, RFC 3339; one of which it is not known counts as issued just now.
 */
export async function untilCertificatesCount(
  { facts, asked }: HostLook,
  { tlsFiles }: DesiredHost,
  validFrom: string | undefined,
  wait: (seconds: number) => Promise<void> = sleep,
): Promise<Problem | undefined> {
  const isNew = tlsFiles !== undefined && facts.tls.cert?.sha256 !== tlsFiles.cert;
  const behind = secondsBehind(facts, asked);
  const left = behind - ageOf(validFrom, asked);
  if (!isNew || left <= 1) return undefined;
  if (left <= patienceSeconds) {
    await wait(left);
    return undefined;
  }
  return {
    where: "clock",
    what: `is ${String(behind)} s behind this machine's`,
    why: "a certificate is not valid there until that long after it was issued, and every client with a new one would be turned away",
    fix: "set the clock, with `timedatectl set-ntp true` on the machine, and run `pulumi up` again",
  };
}

/** Seconds, by the clock of this machine, which has issued it. */
function ageOf(validFrom: string | undefined, asked: number): number {
  const start = Date.parse(validFrom ?? "") / 1000;
  return Number.isFinite(start) ? Math.max(0, Math.floor(asked - start)) : 0;
}

const sleep = (seconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, seconds * 1000));
