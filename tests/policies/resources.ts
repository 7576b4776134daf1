// Resources as a preview of the engine hands them to policies: of one machine, before it was ever converged.

/** How the engine writes what it can't know in a preview. */
const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

export interface Resource {
  readonly type: string;
  readonly name: string;
  readonly props: Readonly<Record<string, unknown>>;
}

export const secrets = ["-----BEGIN PRIVATE KEY-----", "hunter2"];

const listener = {
  addresses: ["0.0.0.0"],
  api: "mutual-tls",
  files: {
    ca: "/opt/docker-ssl/ca.pem",
    cert: "/opt/docker-ssl/cert.pem",
    key: "/opt/docker-ssl/key.pem",
  },
  place: "daemon-json",
  port: 2376,
};

/** HostState of a machine, with changes to its listener, its daemon keys and its inputs. */
export function machine({
  listen = {},
  daemon = {},
  inputs = {},
}: {
  readonly listen?: object;
  readonly daemon?: object;
  readonly inputs?: object;
} = {}): Resource {
  return {
    type: "dockertls-host:index:HostState",
    name: "t1-state",
    props: {
      claim: "1796061818926",
      connection: {
        host: "10.231.83.11",
        hostKey: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMOJgnbmHWedtoe7doWaxrrJKhe0h0S0WDxniuTGDylx",
        port: 22,
        privateKey: secrets[0],
        user: "root",
      },
      daemonJson: '{"hosts":["tcp://0.0.0.0:2376","fd://"],"live-restore":true}',
      desired: {
        allowContainerRestart: false,
        daemon: { "registry-mirrors": [`https://user:${String(secrets[1])}@mirror`], ...daemon },
        daemonIsSecret: false,
        listener: { ...listener, ...listen },
        owner: "dockertls/test/t1",
        script: "fd98e3cadee1c45fec917e33b01f47b2cadbf8e01514c66b8a08c814a7e1ced6",
        tlsFiles: { ca: unknown, cert: unknown, key: unknown },
        unmanaged: "keep",
      },
      host: "t1",
      sudo: false,
      takeOver: false,
      ...inputs,
    },
  };
}

const leaf = (name: string, use: string, validityPeriodHours: number): Resource => ({
  type: "tls:index/locallySignedCert:LocallySignedCert",
  name,
  props: {
    allowedUses: ["digital_signature", use],
    caCertPem: unknown,
    caPrivateKeyPem: unknown,
    certRequestPem: unknown,
    earlyRenewalHours: 720,
    setSubjectKeyId: true,
    validityPeriodHours,
  },
});

const selfSigned = (
  name: string,
  allowedUses: readonly string[],
  validityPeriodHours: number,
): Resource => ({
  type: "tls:index/selfSignedCert:SelfSignedCert",
  name,
  props: {
    allowedUses,
    privateKeyPem: secrets[0],
    subject: { commonName: name, organization: "dockertls" },
    validityPeriodHours,
  },
});

export const serverCertificate = (hours = 8760): Resource =>
  leaf("t1-server", "server_auth", hours);
export const clientCertificate = (hours = 8760): Resource => leaf("client", "client_auth", hours);
export const authority = (hours = 87600): Resource =>
  selfSigned("ca-g1", ["cert_signing", "crl_signing"], hours);
export const untrustedClient = (hours = 87600): Resource =>
  selfSigned("stranger", ["digital_signature", "client_auth"], hours);

/** Others that a preview asks about: a component, whose inputs are none, and a command. */
export const others: readonly Resource[] = [
  { type: "dockertls:index:Host", name: "t1", props: {} },
  { type: "tls:index/privateKey:PrivateKey", name: "ca-g1-key", props: { algorithm: "ECDSA" } },
  { type: "command:remote:Command", name: "t1-converge", props: { create: "sh", stdin: unknown } },
];
