// Runs the program's components against a stand-in for the engine, and keeps every registration.
import * as pulumi from "@pulumi/pulumi";
import {
  otherTypes,
  parseUrn,
  pluginFunctions,
  pluginTypes,
  stackNames,
  urnOfProvider,
} from "../../components/identity.ts";
import { readConfiguration } from "../../components/stack/configuration.ts";
import { Fleet } from "../../components/fleet/fleet.ts";
import { unwrap } from "../../provider/wire.ts";

/** One resource as the engine was asked for it. */
export interface Registration {
  readonly type: string;
  readonly name: string;
  /** Name of the parent; "" at the top. */
  readonly parent: string;
  /** Names of the resources that it was declared to depend on, or takes inputs from. */
  readonly dependencies: readonly string[];
  /** The same, by the input that they come through. */
  readonly sources: Readonly<Record<string, readonly string[]>>;
  /** Values on the wire, secrets in their wrappers. */
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly ignoreChanges: readonly string[];
  readonly secretOutputs: readonly string[];
  /** Name of the provider that it was given explicitly. */
  readonly provider: string;
}

export interface Call {
  readonly token: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly provider: string;
}

export interface Run {
  readonly resources: readonly Registration[];
  readonly calls: readonly Call[];
  readonly hosts: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly hostsAreSecret: boolean;
  readonly bundle: unknown;
  readonly bundles: unknown;
  readonly bundlesAreSecret: boolean;
  readonly bundleIsSecret: boolean;
}

export const vendorCommand = "/usr/sbin/dockerd -H fd:// $DOCKER_OPTS";
export const base = '{"proxies": {"http-proxy": "http://u:geheim@proxy"}}\n';

/** What resources answer with once they are made. */
function outputsOf(type: string, name: string, claim: string): Record<string, unknown> {
  switch (type) {
    case "tls:index/privateKey:PrivateKey":
      return { privateKeyPem: `-----BEGIN EC PRIVATE KEY-----\n${name}\n` };
    case "tls:index/certRequest:CertRequest":
      return { certRequestPem: `request of ${name}` };
    case "tls:index/selfSignedCert:SelfSignedCert":
    case "tls:index/locallySignedCert:LocallySignedCert":
      return { certPem: `certificate ${name}` };
    case pluginTypes.hostState:
      return {
        operatingSystem: "Debian",
        dockerdVersion: "26.1.5",
        execStart: vendorCommand,
        base,
        baseSha: "0".repeat(64),
        current: base,
        edited: false,
        unmanagedKeys: ["proxies"],
        drift: [],
        findings: [`finding of ${name}`],
        unreachable: "",
        blocked: "",
        repair: { id: "", effect: "nothing", from: "" },
        installation: "order-1",
        claim,
        former: name === "b1-state" ? "dockertls/dev/old at 10.0.0.4:22" : "",
      };
    case pluginTypes.endpointProof:
      return {
        endpoint: `tcp://seen-by-${name}:2376`,
        daemonName: name,
        serverVersion: "26.1.5",
        operatingSystem: "Debian GNU/Linux 13 (trixie)",
        registryMirrorsInEffect: ["https://mirror.example/"],
        liveRestoreInEffect: true,
        certificateExpiresAt: "2027-01-01T00:00:00.000Z",
        refusals: [`a client of ${name}: refused`],
      };
    case pluginTypes.crossCertificate:
      return { certificate: `certificate ${name}` };
    case otherTypes.command:
      return { stdout: "changed: restarted docker\n", stderr: "" };
    default:
      return {};
  }
}

/** The parts of the engine's request that matter here. */
interface Request {
  getType(): string;
  getName(): string;
  getParent(): string;
  getDependenciesList(): string[];
  getPropertydependenciesMap(): { toArray(): unknown; forEach(visit: Visit): void };
  getIgnorechangesList(): string[];
  getAdditionalsecretoutputsList(): string[];
  getProvider(): string;
}
type Visit = (value: { getUrnsList(): string[] }, key: string) => void;

const nameOf = (urn: string): string => parseUrn(urn).name;

/**
 * Runs the program on a stack's configuration; `secretKeys` came as secrets of the stack, and `claim` is
 * the one that every machine is held by.
 */
export async function run(
  configuration: Readonly<Record<string, unknown>>,
  secretKeys: readonly string[] = [],
  claim = "1700000000000",
): Promise<Run> {
  const resources: Registration[] = [];
  const calls: Call[] = [];
  let asked: Request | undefined;
  await pulumi.runtime.setMocks(
    {
      newResource({ type, name, inputs }) {
        if (asked === undefined) throw new Error(`${name}: registered past the monitor`);
        const secretOutputs = asked.getAdditionalsecretoutputsList();
        const sources: Record<string, string[]> = {};
        asked.getPropertydependenciesMap().forEach((value, key) => {
          sources[key] = value.getUrnsList().map(nameOf).sort();
        });
        resources.push({
          type,
          name,
          parent: nameOf(asked.getParent()),
          dependencies: asked.getDependenciesList().map(nameOf).sort(),
          sources,
          inputs,
          ignoreChanges: asked.getIgnorechangesList(),
          secretOutputs,
          provider: nameOf(urnOfProvider(asked.getProvider())),
        });
        const outputs = Object.entries(outputsOf(type, name, claim)).map(([key, value]) => [
          key,
          secretOutputs.includes(key) ? pulumi.secret(value) : value,
        ]);
        return { id: `${name}-id`, state: { ...inputs, ...Object.fromEntries(outputs) } };
      },
      call({ token, inputs, provider }) {
        calls.push({ token, inputs, provider: nameOf(urnOfProvider(provider ?? "")) });
        if (token === pluginFunctions.proveAgain) return { again: inputs["hosts"], problems: [] };
        return { ...(inputs as Record<string, unknown>), driver: "bridge" };
      },
    },
    "dockertls",
    "dev",
    false,
  );
  keepRequests((request) => (asked = request));
  pulumi.runtime.setAllConfig(
    Object.fromEntries(
      Object.entries(configuration).map(([key, value]) => [
        `dockertls:${key}`,
        typeof value === "string" ? value : JSON.stringify(value),
      ]),
    ),
    secretKeys.map((key) => `dockertls:${key}`),
  );

  const fleet = new Fleet(stackNames.fleet, readConfiguration());
  const hosts = await settled(fleet.hosts);
  const bundle = await settled(fleet.clientBundle);
  const bundles = await settled(fleet.clientBundles);
  // Registrations go on after the outputs are known; the next run must not meet them.
  await Reflect.apply(Reflect.get(pulumi.runtime, "waitForRPCs") as () => Promise<void>, null, []);
  return {
    resources,
    calls,
    hosts: hosts as Run["hosts"],
    hostsAreSecret: await pulumi.isSecret(fleet.hosts),
    ...{ bundle, bundles },
    bundlesAreSecret: await pulumi.isSecret(fleet.clientBundles),
    bundleIsSecret: await pulumi.isSecret(fleet.clientBundle),
  };
}

/** Mocks see a part of each request only; the rest is read on its way to them. */
function keepRequests(keep: (request: Request) => void): void {
  const monitor: unknown = Reflect.get(pulumi.runtime, "getMonitor")();
  if (typeof monitor !== "object" || monitor === null) throw new Error("no monitor to listen to");
  const register: unknown = Reflect.get(monitor, "registerResource");
  if (typeof register !== "function") throw new Error("the monitor registers nothing");
  Reflect.set(monitor, "registerResource", (request: Request, ...rest: unknown[]): unknown => {
    keep(request);
    return Reflect.apply(register, monitor, [request, ...rest]) as unknown;
  });
}

function settled<T>(output: pulumi.Output<T>): Promise<unknown> {
  return new Promise((resolve) => {
    output.apply((value) => {
      resolve(value);
    });
  });
}

/** Inputs as anyone may see them in a preview: secrets hidden. */
export function visible(inputs: unknown): unknown {
  return JSON.parse(
    JSON.stringify(inputs, (_key, value: unknown) => (isWrapper(value) ? "[secret]" : value)),
  ) as unknown;
}

export function isWrapper(value: unknown): boolean {
  return (
    typeof value === "object" &&
    value !== null &&
    Object.hasOwn(value, "4dabf18193072939515e22adb298388d") &&
    unwrap(value) !== value
  );
}

/** The resource of that name and kind; there must be one. */
export function the({ resources }: Run, name: string, type = ""): Registration {
  const found = resources.filter((one) => one.name === name && one.type.includes(type));
  const [resource] = found;
  if (resource === undefined || found.length > 1) {
    throw new Error(`${String(found.length)} resources named ${name}`);
  }
  return resource;
}
