import type { ResourceValidationPolicy } from "@pulumi/policy";
import { formatProblem } from "../components/model/problem.ts";

interface Config {
  readonly maxServerHours: number;
  readonly maxClientHours: number;
  readonly maxCaHours: number;
}

/** Which certificates a limit is for: by how they may be used, since that decides what a stolen one is good for. */
const kinds: readonly {
  readonly limit: keyof Config;
  readonly type: string;
  readonly use: string;
  /** Where its life is set. */
  readonly setting: string;
}[] = [
  {
    limit: "maxServerHours",
    type: "tls:index/locallySignedCert:LocallySignedCert",
    use: "server_auth",
    setting: "`dockertls:tls.serverHours`",
  },
  {
    limit: "maxClientHours",
    type: "tls:index/locallySignedCert:LocallySignedCert",
    use: "client_auth",
    setting: "`dockertls:tls.clientHours`, or as `hours` of the client",
  },
  {
    limit: "maxCaHours",
    type: "tls:index/selfSignedCert:SelfSignedCert",
    use: "cert_signing",
    setting:
      "`dockertls:tls.caHours`, and raise its generation, since an authority that exists stays as it is",
  },
];

const hours = (fallback: number) => ({
  type: "integer" as const,
  minimum: 1,
  default: fallback,
});

export const certificateLifetime: ResourceValidationPolicy = {
  name: "certificate-lifetime",
  description: "Certificates end soon enough.",
  enforcementLevel: "mandatory",
  configSchema: {
    // 397 days, which is what browsers accept; ten years.
    properties: {
      maxServerHours: hours(9528),
      maxClientHours: hours(9528),
      maxCaHours: hours(87600),
    },
  },
  validateResource: (args, report) => {
    const { allowedUses, validityPeriodHours } = args.props as Certificate;
    const kind = kinds.find(({ type, use }) => type === args.type && allowedUses?.includes(use));
    if (kind === undefined) return;
    const limit = args.getConfig<Config>()[kind.limit];
    if (validityPeriodHours === undefined || validityPeriodHours <= limit) return;
    report(
      formatProblem({
        where: args.name,
        what: `its certificate is valid for ${String(validityPeriodHours)} hours`,
        why: `the policy allows ${String(limit)}, so that a stolen one is not good for longer`,
        fix: `write ${String(limit)} or less as ${kind.setting}`,
      }),
    );
  },
};

/** Inputs of the certificates of @pulumi/tls. */
interface Certificate {
  readonly allowedUses?: readonly string[];
  readonly validityPeriodHours?: number;
}
