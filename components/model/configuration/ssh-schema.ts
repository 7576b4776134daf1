import * as z from "zod";
import { hostKeyIn, type KeyFault } from "../known-hosts.ts";
import { address, port, text } from "./setting-types.ts";

/** Why a host key is none, and what to do about it. */
const keyFaults: Readonly<Record<KeyFault, string>> = {
  revoked:
    "its line marks the key as revoked, so the server must not be trusted; write its new key, once you have verified it",
  authority:
    "it is the key of a certificate authority, and servers' certificates are not checked; write the server's own key as `ssh-keyscan -t ed25519` prints it",
  rsa: "it is an RSA key, which @pulumi/command asks for by SHA-1 only; write the ed25519 or ECDSA one as `ssh-keyscan -t ed25519` prints it",
  several:
    "its lines hold different keys of one kind, and a machine has one; leave the lines of other machines out",
  none: "it is not an ed25519 or ECDSA key; write the line that `ssh-keyscan -t ed25519` prints, once you have verified it",
};

/** How the server is recognised; of a machine and of a bastion alike. */
const serverShape = {
  hostKey: text("any server would be trusted; write the server's public key")
    .superRefine((value, context) => {
      const found = hostKeyIn(value);
      if ("fault" in found) context.addIssue({ code: "custom", message: keyFaults[found.fault] });
    })
    .optional()
    .describe(
      "The server's public key, `ssh-ed25519 AAAA…`, or what `ssh-keyscan` prints. This or `knownHosts` is required. A change has no effect on dockerd.",
    ),
  knownHosts: text("it names no file; write the path of a known_hosts file")
    .optional()
    .describe(
      "A known_hosts file that holds the server's key, relative to the project. A change has no effect on dockerd.",
    ),
};

const identityFile = text("it names no file; write the path of a private key").optional();
const privateKey = text(
  "it is not a key; set it with `pulumi config set --secret --path`",
).optional();
const passphrase = text(
  "no key opens by it; set it with `pulumi config set --secret --path`",
).optional();

const bastionSchema = z.strictObject(
  {
    address: address.describe(
      "IP address or name of the bastion. A change has no effect on dockerd.",
    ),
    port: port(22)
      .default(22)
      .describe("Port of the bastion's SSH server. A change has no effect on dockerd."),
    user: text("no user can log in by it; write the name of a user")
      .optional()
      .describe(
        "User to log in to the bastion as; without it the machine's. A change has no effect on dockerd.",
      ),
    ...serverShape,
    identityFile: identityFile.describe(
      "A key file for the bastion, as the machine's `identityFile`. Without it and `privateKey`, the bastion is shown what the machine is shown. A change has no effect on dockerd.",
    ),
    privateKey: privateKey.describe(
      "A private key for the bastion, kept as a secret of the stack. A change has no effect on dockerd.",
    ),
    passphrase: passphrase.describe(
      "What opens the bastion's key, kept as a secret of the stack. A change has no effect on dockerd.",
    ),
  },
  "it is a machine that the way leads through; write a map with its `address` and `hostKey`",
);

/** What ssh takes for a `Host`, and never for an option. */
export const aliasForm = /^[A-Za-z0-9][A-Za-z0-9._:@-]*$/;

export const sshSchema = z.strictObject(
  {
    alias: text("it names nothing; write a `Host` of ~/.ssh/config")
      .regex(aliasForm, "it is no `Host` of ~/.ssh/config; write one as `ssh` takes it")
      .optional()
      .describe(
        "A `Host` of `~/.ssh/config`: what `ssh -G` says of it stands for `address`, `user`, `port`, `identityFile`, " +
          "`hostKey` and `bastion` where these are not set, and comes before `defaults`. A change has no effect on dockerd.",
      ),
    user: text("no user can log in by it; write the name of a user")
      .default("root")
      .describe(
        "User to log in as: root, or one with sudo (then set `sudo`). A change has no effect on dockerd.",
      ),
    port: port(22)
      .default(22)
      .describe("Port of the SSH server. A change has no effect on dockerd."),
    ...serverShape,
    identityFile: identityFile.describe(
      "A private key file to log in with, relative to the project. A public one (`id_ed25519.pub`) chooses that " +
        "key of the SSH agent. Without it and `privateKey`, the agent offers all of its keys. A change has no effect on dockerd.",
    ),
    privateKey: privateKey.describe(
      "A private key to log in with, kept as a secret of the stack. A change has no effect on dockerd.",
    ),
    passphrase: passphrase.describe(
      "What opens the key of `identityFile` or `privateKey`, kept as a secret of the stack. A change has no effect on dockerd.",
    ),
    bastion: bastionSchema
      .optional()
      .describe(
        "A machine that SSH goes through, as with `ProxyJump`; one, since @pulumi/command knows no more. The proofs go " +
          "through it, too. A change has no effect on dockerd.",
      ),
  },
  "it holds how to log in; write a map",
);
