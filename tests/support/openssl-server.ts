// A server on loopback that tells clients by its alert why their certificate is refused, as dockerd does.
// Node's own can't: it hangs up on them.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Authority, Identity } from "./authority.ts";
import type { Endpoint } from "./docker-endpoint.ts";

/** `openssl s_server`, which lets in the authority's clients alone and answers each with a page. */
export async function startOpenssl(
  program: string,
  authority: Authority,
  identity: Identity,
): Promise<Endpoint> {
  const directory = mkdtempSync(join(tmpdir(), "dockertls-openssl-"));
  const file = (name: string, content: string): string => {
    writeFileSync(join(directory, name), content, { mode: 0o600 });
    return join(directory, name);
  };
  const child = spawn(
    program,
    [
      ...["s_server", "-accept", "127.0.0.1:0", "-www", "-tls1_3"],
      ...["-Verify", "1", "-verify_return_error"],
      ...["-CAfile", file("ca.pem", authority.certificate)],
      ...["-cert", file("cert.pem", identity.certificate)],
      ...["-key", file("key.pem", identity.privateKey)],
    ],
    { stdio: ["ignore", "pipe", "ignore"] },
  );
  const port = await new Promise<number>((found, fail) => {
    let said = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      const [, number] = /^ACCEPT \S+:(\d+)$/m.exec((said += text)) ?? [];
      if (number !== undefined) found(Number(number));
    });
    child.once("error", fail);
    child.once("close", () => fail(new Error(`openssl s_server ended: ${said}`)));
  });
  return {
    ...{ host: "127.0.0.1", port },
    async stop() {
      child.kill();
      if (child.exitCode === null && child.signalCode === null) await once(child, "close");
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
