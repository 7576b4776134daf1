// Backends that a team shares: a folder, or a bucket of an S3-compatible server on loopback, which is moto's from PyPI.
import { spawn, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PythonEnvironment } from "../../scripts/python.ts";
import { killTree } from "./process-tree.ts";

export interface SharedBackend {
  readonly name: string;
  /** What the engine of each person is told. */
  readonly environment: NodeJS.ProcessEnv;
  /** What of that nobody else may read. */
  readonly secrets: ReadonlyMap<string, string>;
  /** Lays there what a backend of files holds. */
  fill(folder: string): Promise<void>;
  /** Everything that is stored, by its key. */
  objects(): Promise<ReadonlyMap<string, string>>;
  close(): Promise<void>;
}

/** As on a share that all of them have mounted. */
export function sharedFolder(): SharedBackend {
  const directory = mkdtempSync(join(tmpdir(), "dockertls-shared-"));
  return {
    name: "a shared folder",
    environment: { PULUMI_BACKEND_URL: `file://${directory}` },
    secrets: new Map(),
    fill: (folder) => {
      cpSync(folder, directory, { recursive: true });
      return Promise.resolve();
    },
    objects: () => Promise.resolve(filesBelow(directory)),
    close: () => {
      rmSync(directory, { recursive: true, force: true });
      return Promise.resolve();
    },
  };
}

const python = new PythonEnvironment(
  join("tests", "s3-server"),
  join("tests", "support", "s3-server.requirements.txt"),
);

const bucket = "state";

/** The server reads who asks, as anybody is refused, but checks no signature. */
const signed = {
  authorization:
    "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0",
};

/** @returns a line that says why there is none. */
export async function s3Server(): Promise<SharedBackend | string> {
  const obstacle = await python.ensure();
  if (obstacle !== undefined) return obstacle;
  const server = spawn(python.program("moto_server"), ["-H", "127.0.0.1", "-p", "0"], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  const origin = await originOf(server);
  const ask = async (path: string, how: RequestInit = {}): Promise<Response> => {
    const answer = await fetch(`${origin}/${bucket}${path}`, { ...how, headers: signed });
    if (!answer.ok) throw new Error(`S3 server: ${path}: ${String(answer.status)}`);
    return answer;
  };
  await ask("", { method: "PUT" });
  const secretKey = randomBytes(20).toString("hex");
  const { host } = new URL(origin);
  return {
    name: `S3 by moto ${python.versionOf("moto")}`,
    environment: {
      PULUMI_BACKEND_URL: `s3://${bucket}?endpoint=${host}&disableSSL=true&s3ForcePathStyle=true`,
      ...{ AWS_REGION: "us-east-1", AWS_ACCESS_KEY_ID: "team", AWS_SECRET_ACCESS_KEY: secretKey },
    },
    secrets: new Map([["secret key of S3", secretKey]]),
    fill: async (folder) => {
      for (const [key, text] of filesBelow(folder)) {
        await ask(`/${key}`, { method: "PUT", body: Buffer.from(text, "latin1") });
      }
    },
    objects: async () => {
      const list = await (await ask("?list-type=2")).text();
      if (list.includes("<IsTruncated>true")) throw new Error("S3 server: more than one page");
      const keys = [...list.matchAll(/<Key>([^<]+)<\/Key>/g)].map(([, key = ""]) => key);
      const texts = keys.map(async (key): Promise<[string, string]> => {
        const body = await (await ask(`/${key}`)).arrayBuffer();
        return [key, Buffer.from(body).toString("latin1")];
      });
      return new Map(await Promise.all(texts));
    },
    close: () => killTree(server),
  };
}

/** Once it serves. It writes a line of log for each request, which must be read all the same. */
function originOf(server: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = "";
    server.stderr?.setEncoding("utf8").on("data", (text: string) => {
      said = `${said}${text}`.slice(-4000);
      const origin = /Running on (http:\/\/127\.0\.0\.1:\d+)/.exec(said)?.[1];
      if (origin !== undefined) resolve(origin);
    });
    server.once("error", reject);
    server.once("close", () => {
      reject(new Error(`S3 server: ended before it served:\n${said}`));
    });
  });
}

function filesBelow(folder: string): ReadonlyMap<string, string> {
  const paths = readdirSync(folder, { recursive: true }).map(String);
  const files = paths.filter((path) => statSync(join(folder, path)).isFile());
  return new Map(files.map((path) => [path, readFileSync(join(folder, path), "latin1")]));
}
