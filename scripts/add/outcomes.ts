// What became of each machine that was to be added, for a person.
import { hostEndpoint } from "../../components/model/address.ts";
import { formatProblem, type Problem } from "../../components/model/problem.ts";
import { ok, sectionLines, type Section } from "../../doctor/step.ts";
import { columns, type Terminal } from "../../doctor/terminal.ts";
import type { HostKey } from "./offered-key.ts";
import { outlook } from "./outlook.ts";
import type { Admitted, LookedAt } from "./machine.ts";

export type Outcome =
  | { readonly called: string; readonly problem: Problem }
  /** It is in the file already, under this name. */
  | { readonly called: string; readonly host: string; readonly why: string }
  | { readonly called: string; readonly admitted: Admitted };

/** What was seen of one machine. */
export function sectionOf(
  { way, login }: LookedAt,
  key: HostKey,
  trusted: string,
  admitted: Admitted,
): Section {
  const { user, address, port } = way;
  const root = user === "root" ? "" : ", root by sudo without a password";
  return {
    title: `${admitted.name} (${hostEndpoint(address, port)})`,
    steps: [
      ok("host key", `${key.algorithm} ${key.fingerprint}, ${trusted}`),
      ok("login", `as ${user} by ${login.called}${root}`),
      ...outlook(admitted),
    ],
  };
}

export function sectionText(sections: readonly Section[], terminal: Terminal): string[] {
  const names = sections.flatMap(({ steps }) => steps.map(({ name }) => name.length));
  const width = Math.max(0, ...names);
  return sections.flatMap((section) => sectionLines(section, width, terminal));
}

/** A line for each machine. */
export function table(
  outcomes: readonly Outcome[],
  isWritten: boolean,
  terminal: Terminal,
): string[] {
  const rows = outcomes.map((outcome) => {
    if ("problem" in outcome) {
      const line = formatProblem(outcome.problem);
      const lead = `${outcome.called}: `;
      return [outcome.called, "refused", line.startsWith(lead) ? line.slice(lead.length) : line];
    }
    if ("host" in outcome)
      return [outcome.called, "there already", `as ${outcome.host}${outcome.why}`];
    const { name, facts } = outcome.admitted;
    const what = `as ${name}, dockerd ${facts.dockerdVersion}`;
    return [outcome.called, isWritten ? "added" : "not added", what];
  });
  const colour = { refused: "red", "not added": "red", added: "green" } as const;
  return columns([["MACHINE", "OUTCOME", "WHAT"], ...rows], terminal, ([, word = ""]) =>
    word in colour ? { word, colour: colour[word as keyof typeof colour] } : undefined,
  );
}
