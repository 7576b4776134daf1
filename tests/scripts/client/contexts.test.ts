// Docker contexts: the file to import, the person's own ones, and the secret for CI.
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { execa } from "execa";
import type { ClientBundle } from "../../../components/model/certificates.ts";
import { contextArchive, contextMeta } from "../../../scripts/client/docker-context.ts";
import {
  contextName,
  leftContexts,
  tlsFolder,
  writeContexts,
  type PersonContext,
} from "../../../scripts/client/person-contexts.ts";
import { refuseLinesOfNpm, secretText, usageLines } from "../../../scripts/client/secret.ts";
import {
  bundleWith,
  removeFolders,
  scratchFolder,
  somePems,
} from "../../support/client-bundles.ts";

let pems: ClientBundle;
let renewed: ClientBundle;

beforeAll(async () => {
  pems = await somePems();
  renewed = await somePems();
});

afterAll(removeFolders);

test("a context to import is a tar as everybody reads it", async () => {
  const mark = { stack: "prod", client: "alice", host: "b1" };
  const archive = contextArchive(contextMeta("b1", "tcp://b1:2376", mark), pems);
  const folder = scratchFolder();
  await execa("tar", ["-x", "-C", folder], { input: archive });
  const read = (path: string): string => readFileSync(join(folder, path), "utf8");
  expect(JSON.parse(read("meta.json"))).toEqual({
    Name: "b1",
    Metadata: { Description: "alice at b1 of stack prod, by dockertls", dockertls: mark },
    Endpoints: { docker: { Host: "tcp://b1:2376", SkipTLSVerify: false } },
  });
  const files = ["ca.pem", "cert.pem", "key.pem"].map((name) => read(`tls/docker/${name}`));
  expect(files).toEqual(Object.values(pems));
  expect(lstatSync(join(folder, "tls/docker/key.pem")).mode & 0o777).toBe(0o600);
});

describe("contexts in the person's own configuration", () => {
  let configuration: string;

  beforeEach(() => {
    configuration = join(scratchFolder(), ".docker");
  });

  const write = (more = {}, force = false): PersonContext[] =>
    writeContexts({ ...bundleWith(pems), pems, ...more }, configuration, force);
  const metaOf = (name: string): string =>
    join(dirname(dirname(tlsFolder(configuration, name))), "..", "meta", idOf(name), "meta.json");
  const idOf = (name: string): string => tlsFolder(configuration, name).split("/").at(-2) ?? "";

  test("are created, found up to date, and updated with every PEM of the next bundle", () => {
    const names = ["prod-b1", "prod-b2"];
    const all = (what: string): object[] =>
      names.map((name) => ({ name, host: name.slice(5), what }));
    expect(write()).toEqual(all("created"));
    expect(write()).toEqual(all("up to date"));
    expect(write({ pems: renewed })).toEqual(all("updated"));
    for (const name of names) {
      const read = (file: string): string =>
        readFileSync(join(tlsFolder(configuration, name), file), "utf8");
      expect(["ca.pem", "cert.pem", "key.pem"].map(read)).toEqual(Object.values(renewed));
    }
  });

  // proves: client.contexts-of-others
  test("leave other contexts and config.json alone, and take no name that is theirs", () => {
    mkdirSync(configuration);
    writeFileSync(join(configuration, "config.json"), `{"currentContext":"work"}`);
    write({ client: "bob", hosts: { b1: bundleWith(pems).hosts["b1"] } });
    const theirs = readFileSync(metaOf("prod-b1"), "utf8");

    expect(() => write({ pems: renewed })).toThrow(
      /prod-b1: there is another context of that name; .*docker context rm NAME/,
    );
    expect(readFileSync(metaOf("prod-b1"), "utf8")).toBe(theirs);
    // Nothing was written of the one whose name is free.
    expect(existsSync(metaOf("prod-b2"))).toBe(false);

    expect(write({}, true).map(({ what }) => what)).toEqual(["updated", "created"]);
    expect(readdirSync(configuration).sort()).toEqual(["config.json", "contexts"]);
    expect(readFileSync(join(configuration, "config.json"), "utf8")).toBe(
      `{"currentContext":"work"}`,
    );
  });

  test("one by hand, without our mark, is not ours", () => {
    write();
    writeFileSync(metaOf("prod-b2"), JSON.stringify({ Name: "prod-b2", Metadata: {} }));
    expect(() => write()).toThrow(/contexts: prod-b2: there is another context/);
  });

  test("those of machines that have left the stack are named", () => {
    write();
    const { b1 } = bundleWith(pems).hosts;
    const left = bundleWith(pems, { hosts: { b1: b1! } });
    expect(leftContexts(left, configuration)).toEqual(["prod-b2"]);
    expect(leftContexts({ ...left, client: "bob" }, configuration)).toEqual([]);
  });

  test("a configuration that others may write to gets no key", () => {
    mkdirSync(configuration);
    chmodSync(configuration, 0o777);
    expect(() => write()).toThrow(/other users may replace what is in it/);
    expect(readdirSync(configuration)).toEqual([]);
  });

  test("their names are docker's own way of writing names", () => {
    expect(contextName("acme/dockertls/prod", "web-1")).toBe("prod-web-1");
  });
});

describe("a secret for CI", () => {
  const secret = { stack: "prod", client: "ci", host: "b1" };
  const output = { api: "mutual-tls", endpoint: "tcp://192.0.2.1:2376" };

  test("is one line, and does as a context and as DOCKER_CERT_PATH", async () => {
    const text = secretText({ ...secret, output, pems });
    expect(text).toMatch(/^[A-Za-z0-9+/]+=*$/);
    // GitHub takes 48 KB.
    expect(text.length).toBeLessThan(20_000);
    const { stdout } = await execa("tar", ["-t"], { input: Buffer.from(text, "base64") });
    expect(stdout.split("\n")).toEqual([
      "meta.json",
      ...["ca.pem", "cert.pem", "key.pem"].map((name) => `tls/docker/${name}`),
    ]);
  });

  test("what is said beside it holds nothing of it", () => {
    const lines = usageLines({ ...secret, output, pems }, "DOCKERTLS").join("\n");
    expect(lines).toContain(`echo "$DOCKERTLS" | base64 -d | docker context import b1 -`);
    expect(lines).not.toMatch(/BEGIN|LS0tLS/);
  });

  test("npm's own lines must not become part of it", () => {
    const byNpm = { npm_lifecycle_event: "client" };
    expect(() => refuseLinesOfNpm(byNpm)).toThrow(/npm run --silent client/);
    expect(() => refuseLinesOfNpm({ ...byNpm, npm_config_loglevel: "silent" })).not.toThrow();
    expect(() => refuseLinesOfNpm({})).not.toThrow();
  });
});
