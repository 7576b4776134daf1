import type * as z from "zod";
import { configurationNamespace } from "./problems.ts";
import type { clientsSchema, groupsSchema } from "./clients-schema.ts";
import type { tlsSchema } from "./tls-schema.ts";
import type { Problem } from "../problem.ts";
import { didYouMean, probablyMeant } from "../spelling.ts";

/** What of a stack concerns its clients. */
interface Settings {
  readonly clients: z.output<typeof clientsSchema>;
  readonly groups: z.output<typeof groupsSchema>;
  readonly tls: z.output<typeof tlsSchema>;
}

/** Clients that are right one by one, and wrong together with the rest of the stack. */
export function clientProblems({ clients, groups, tls }: Settings): Problem[] {
  return Object.entries(clients).flatMap(([name, client]): Problem[] => {
    const where = `${configurationNamespace}:clients.${name}`;
    const { group, hours = 0, algorithm, certificateRequestPem } = client;
    const problems: Problem[] = [];
    if (group !== undefined && !Object.hasOwn(groups, group)) {
      const guess = probablyMeant(group, Object.keys(groups));
      problems.push({
        where: `${where}.group`,
        what: `is ${group}, which is no group of this stack`,
        why: "no authority would sign the certificate",
        fix: guess === undefined ? `add it to ${configurationNamespace}:groups` : didYouMean(guess),
      });
    }
    if (hours > tls.caHours) {
      problems.push({
        where: `${where}.hours`,
        what: `is longer than tls.caHours, ${String(tls.caHours)}`,
        why: "no certificate outlives its authority",
        fix: "shorten it",
      });
    }
    if (algorithm !== undefined && certificateRequestPem !== undefined) {
      problems.push({
        where: `${where}.algorithm`,
        what: "is set beside certificateRequestPem",
        why: "the key of a request was made elsewhere",
        fix: "take one of them out",
      });
    }
    return problems;
  });
}
