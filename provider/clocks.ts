import type { DesiredHost } from "../components/model/desired/desired-host.ts";
import { secondsBehind } from "../components/model/drift/findings.ts";
import type { Problem } from "../components/model/problem.ts";
import type { HostLook } from "./host-look.ts";

/** Seconds that are waited for a machine's clock; further behind, it has none that is kept. */
const patienceSeconds = 30;

/**
 * Waits until certificates that were just issued are valid on a machine whose clock is behind, before anything on
 * it is touched: it would refuse its own clients. @pulumi/tls can't issue them with an earlier start. A machine
 * that is too far behind is a problem.
 */
export async function untilCertificatesCount(
  { facts, asked }: HostLook,
  { tlsFiles }: DesiredHost,
  wait: (seconds: number) => Promise<void> = sleep,
): Promise<Problem | undefined> {
  const isNew = tlsFiles !== undefined && facts.tls.cert?.sha256 !== tlsFiles.cert;
  const behind = secondsBehind(facts, asked);
  // Most of it is over already, where certificates were issued by an earlier run; that is not known here.
  if (!isNew || behind <= 1) return undefined;
  if (behind <= patienceSeconds) {
    await wait(behind);
    return undefined;
  }
  return {
    where: "clock",
    what: `is ${String(behind)} s behind this machine's`,
    why: "a certificate is not valid there until that long after it was issued, and every client with a new one would be turned away",
    fix: "set the clock, with `timedatectl set-ntp true` on the machine, and run `pulumi up` again",
  };
}

const sleep = (seconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, seconds * 1000));
