import { plainKeyProblems } from "../../../components/stack/plain-keys.ts";

const login = "-----BEGIN OPENSSH PRIVATE KEY-----\ngeheim\n";
const withKey = { ssh: { privateKey: login } };
const secret = () => true;
const plain = () => false;
const noFile = () => undefined;
const places = (...args: Parameters<typeof plainKeyProblems>) =>
  plainKeyProblems(...args).map(({ where }) => where);

// proves: secrets.plain-key-refused
test("a private key in clear is told by its place, and not repeated", () => {
  const [problem, ...others] = plainKeyProblems({ hosts: { b1: withKey } }, plain, noFile);
  expect(others).toEqual([]);
  expect(problem).toEqual({
    where: "dockertls:hosts.b1.ssh.privateKey",
    what: "is in clear, not a secret of the stack",
    why: "whoever reads the stack's file or the history of its state can log in with it",
    fix: "make another key, and set that one with `pulumi config set --secret --path 'dockertls:hosts.b1.ssh.privateKey' < KEY`",
  });
});

test("so is one for every host, and one of several", () => {
  const raw = { defaults: withKey, hosts: { b1: {}, b2: withKey, b3: null } };
  expect(places(raw, plain, noFile)).toEqual([
    "dockertls:hosts.b2.ssh.privateKey",
    "dockertls:defaults.ssh.privateKey",
  ]);
});

test("a secret one is none, nor where there is none", () => {
  expect(places({ hosts: { b1: withKey }, defaults: withKey }, secret, noFile)).toEqual([]);
  expect(places({ hosts: { b1: { ssh: {} } } }, plain, noFile)).toEqual([]);
  expect(places({}, plain, noFile)).toEqual([]);
});

test("one in clear beside a secret one is told by the stack's file", () => {
  const file = `
config:
  dockertls:hosts:
    b1: { ssh: { privateKey: { secure: v1:abc } } }
    b2: { ssh: { privateKey: "clear" } }
`;
  const raw = { hosts: { b1: withKey, b2: withKey } };
  expect(places(raw, secret, () => file)).toEqual(["dockertls:hosts.b2.ssh.privateKey"]);
});

test("a file that is no YAML is the engine's to tell", () => {
  expect(places({ hosts: { b1: withKey } }, secret, () => "config: [")).toEqual([]);
});
