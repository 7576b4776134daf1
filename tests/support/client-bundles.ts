// What a stack's outputs hold of its clients, and a folder to write their bundles into.
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ClientBundle, IssuedBundle } from "../../components/model/certificates.ts";
import type { Bundle } from "../../scripts/client/bundle.ts";
import { makeAuthority, type Authority } from "./authority.ts";

export async function pemsBy(authority: Authority): Promise<ClientBundle> {
  const { certificate: cert, privateKey: key } = await authority.issue("client");
  return { ca: authority.certificate, cert, key };
}

export const somePems = async (): Promise<ClientBundle> =>
  pemsBy(await makeAuthority("an authority"));

/** alice's bundle of a stack with the machines b1 and b2. */
export const bundleWith = (pems: IssuedBundle, more: Partial<Bundle> = {}): Bundle => ({
  ...{ stack: "prod", client: "alice", pems },
  hosts: {
    b1: { api: "mutual-tls", endpoint: "tcp://192.0.2.1:2376" },
    b2: { api: "mutual-tls", endpoint: "tcp://[2001:db8::2]:2376" },
  },
  ...more,
});

const made: string[] = [];

/** A folder of this test's own; `removeFolders` takes it away. */
export function scratchFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "dockertls-client-")));
  made.push(folder);
  return folder;
}

export function removeFolders(): void {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true });
}
