// The machines of a stack: one row each, those that need somebody first.
import { html, type Markup } from "./html.ts";
import type { HostOfReport, StackOfReport } from "./schema.ts";
import { counted, duration, line, outcomeBadge, wordOf, worstFirst } from "./words.ts";

export function machinesPart({ hosts, errors }: StackOfReport, index: number): Markup | undefined {
  if (hosts.length === 0) return undefined;
  const hasWaves = hosts.some((host) => "wave" in host && (host.wave ?? 0) > 1);
  const byWave = [...hosts].sort((a, b) => waveOf(a) - waveOf(b));
  return html`<h3 id="machines-${index}">Machines</h3>
    <table role="table" aria-labelledby="machines-${index}" class="machines">
      <thead role="rowgroup">
        <tr role="row">
          <th role="columnheader" scope="col">Machine</th>
          <th role="columnheader" scope="col">Outcome</th>
          ${hasWaves ? html`<th role="columnheader" scope="col">Wave</th>` : undefined}
          <th role="columnheader" scope="col">dockerd</th>
          <th role="columnheader" scope="col">What</th>
        </tr>
      </thead>
      <tbody role="rowgroup">
        ${worstFirst(byWave, wordOf).map((host) => row(host, hasWaves, errors))}
      </tbody>
    </table>`;
}

const waveOf = (host: HostOfReport): number => ("wave" in host ? (host.wave ?? Infinity) : 0);

function row(host: HostOfReport, hasWaves: boolean, errors: readonly string[]): Markup {
  return html`<tr role="row">
    <th role="rowheader" scope="row">
      ${host.host}${host.endpoint === "" ? undefined : html`<small>${host.endpoint}</small>`}
    </th>
    <td role="cell" data-label="Outcome">
      ${outcomeBadge(wordOf(host))}
      ${
        "seconds" in host && host.seconds > 0
          ? html`<small>in ${duration(host.seconds)}</small>`
          : undefined
      }
    </td>
    ${
      hasWaves
        ? html`<td role="cell" data-label="Wave">
            ${"wave" in host ? (host.wave ?? "none") : ""}
          </td>`
        : undefined
    }
    <td role="cell" data-label="dockerd">
      ${host.dockerd || "unknown"}${
        host.system === "" ? undefined : html`<small>${host.system}</small>`
      }
    </td>
    <td role="cell" data-label="What">${what(host, errors)}</td>
  </tr>`;
}

function what(host: HostOfReport, errors: readonly string[]): Markup {
  const own = (text: string): string =>
    text.startsWith(`${host.host}: `) ? text.slice(host.host.length + 2) : text;
  const failed = errors.filter((text) => text.startsWith(`${host.host}: `));
  const lines: (readonly [string, string])[] = [
    ...failed.map((text) => ["error", text] as const),
    ...host.problems
      .filter((text) => !failed.includes(text))
      .map((text) => ["problem", text] as const),
    ...host.drift.map((text) => ["drift", text] as const),
    ...("impact" in host ? impactOf(host).map((text) => ["change", text] as const) : []),
    ...host.findings.map((text) => ["finding", text] as const),
  ];
  return html`${
    lines.length === 0
      ? html`<p class="quiet">nothing to report</p>`
      : html`<ul class="lines">
          ${lines.map(
            ([word, text]) =>
              html`<li class="${word}">
                <span class="label">${word}</span> <span>${line(own(text))}</span>
              </li>`,
          )}
        </ul>`
  }
  ${proofOf(host)}`;
}

function impactOf(host: Extract<HostOfReport, { effect: string }>): readonly string[] {
  const { impact, effect } = host;
  if (impact.length > 0) return impact;
  return effect === "nothing" ? [] : [effect];
}

function proofOf({ proof, refusals }: HostOfReport): Markup | undefined {
  if (proof === "none") return undefined;
  if (proof === "not proven")
    return html`<p class="proof">the endpoint is not proven from here</p>`;
  if (refusals.length === 0) return html`<p class="proof">proven from here</p>`;
  return html`<details class="proof">
    <summary>proven from here; ${counted(refusals.length, "client")} turned away</summary>
    <ul>
      ${refusals.map((text) => html`<li>${text}</li>`)}
    </ul>
  </details>`;
}
