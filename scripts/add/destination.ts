// Machines as a person names them: on the command line, in ssh's configuration, in Ansible's inventory.
import { isAddress } from "../../components/model/address.ts";
import { oneLine, type Problem } from "../../components/model/problem.ts";

/** How to reach a machine that is to be added, as far as somebody has said it. */
export interface Destination {
  /** What the person calls it. */
  readonly called: string;
  readonly address: string;
  /** Without it, the stack's default. */
  readonly user?: string;
  readonly port?: number;
  /** Files of keys to log in with, as a shell would take them; the first that lets in counts. */
  readonly identityFiles?: readonly string[];
  /** Whether those are the only keys that are offered. */
  readonly identitiesOnly?: boolean;
  /** The name that it is to have. */
  readonly name?: string;
  /** What others call it; without both, it is named after itself. */
  readonly alias?: string;
  /** What the server's key must be, `SHA256:…`. */
  readonly fingerprint?: string;
}

export type Named = Destination | { readonly called: string; readonly problem: Problem };

/** `USER@ADDRESS[:PORT]`; an IPv6 address with a port stands in brackets. */
export function destinationIn(text: string): Named {
  const called = oneLine(text, 100);
  const [, user, bracketed, plain, port] =
    /^(?:([^@\s]+)@)?(?:\[([^\]]+)\]|([^:[\]]+|[^[\]]*:[^[\]]*:[^[\]]*))(?::(\d{1,5}))?$/.exec(
      text,
    ) ?? [];
  const address = bracketed ?? plain;
  const number = port === undefined ? undefined : Number(port);
  const wrong = (what: string): Named => ({
    called,
    problem: {
      where: called,
      what,
      why: "there is nothing to dial",
      fix: "write USER@ADDRESS or USER@ADDRESS:PORT; an IPv6 address stands in brackets, [2001:db8::7]:22",
    },
  });
  if (address === undefined) return wrong("is not a machine's address");
  if (!isAddress(address))
    return wrong(`"${oneLine(address, 80)}" is no IP address and no host name`);
  if (number !== undefined && (number < 1 || number > 65535)) return wrong("has no such port");
  return {
    called,
    address,
    ...(user === undefined ? {} : { user }),
    ...(number === undefined ? {} : { port: number }),
  };
}

/** SHA-256 of a key as ssh shows it. */
export const fingerprintForm = /^SHA256:[A-Za-z0-9+/]{43}$/;
