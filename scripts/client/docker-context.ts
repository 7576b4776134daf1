// A Docker context: how the docker CLI keeps one machine and the files of a client, and what `docker context import`
// takes. Both are written without it.
import { Header } from "tar";
import type { ClientBundle, IssuedBundle } from "../../components/model/certificates.ts";

/** Whose context it is: what marks it as one of this program's. The docker CLI keeps what it does not know. */
export interface ContextMark {
  readonly stack: string;
  readonly client: string;
  readonly host: string;
}

/** `meta.json` of a context, as far as it is ours to read. */
export interface ContextMeta {
  readonly Name: string;
  readonly Metadata?: { readonly Description?: string; readonly dockertls?: ContextMark };
  readonly Endpoints?: unknown;
}

export const contextMeta = (name: string, endpoint: string, mark: ContextMark): ContextMeta => ({
  Name: name,
  Metadata: {
    Description: `${mark.client} at ${mark.host} of stack ${mark.stack}, by dockertls`,
    dockertls: mark,
  },
  Endpoints: { docker: { Host: endpoint, SkipTLSVerify: false } },
});

/** The files of a client by the names that docker gives them. */
export const pemFiles = ({ ca, cert, key }: IssuedBundle): Readonly<Record<string, string>> => ({
  "ca.pem": ca,
  "cert.pem": cert,
  ...(key === undefined ? {} : { "key.pem": key }),
});

/** The tar that `docker context import NAME FILE` takes. */
export function contextArchive(meta: ContextMeta, pems: ClientBundle): Buffer {
  const files = Object.entries(pemFiles(pems)).map(
    ([name, pem]) => [`tls/docker/${name}`, pem] as const,
  );
  const entries = [["meta.json", JSON.stringify(meta)] as const, ...files];
  // Two empty blocks end it.
  return Buffer.concat([...entries.map(([path, text]) => entry(path, text)), Buffer.alloc(1024)]);
}

function entry(path: string, text: string): Buffer {
  const content = Buffer.from(text);
  const header = new Header({
    ...{ path, type: "File", mode: 0o600, uid: 0, gid: 0 },
    ...{ size: content.length, mtime: new Date(0) },
  });
  header.encode();
  const rest = Buffer.alloc((512 - (content.length % 512)) % 512);
  return Buffer.concat([header.block ?? Buffer.alloc(0), content, rest]);
}
