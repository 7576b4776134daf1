// The certificates of a stack as a time line: a bar from issue to end for each, its renewal and today marked on it.
import type { Row } from "../expiry/report.ts";
import { html, type Markup } from "./html.ts";
import { badge, counted, day } from "./words.ts";

const oneDay = 86_400_000;

/** The stretch of time that is shown, in milliseconds since 1970. */
interface Span {
  readonly from: number;
  readonly to: number;
}

export function certificatesPart(
  certificates: readonly Row[],
  index: number,
  at: Date,
): Markup | undefined {
  if (certificates.length === 0) return undefined;
  const span = spanOf(certificates, at.getTime());
  const today = percent(at.getTime(), span);
  return html`<h3 id="certificates-${index}">Certificates</h3>
    <p class="legend">
      <span
        ><svg class="sample" aria-hidden="true">
          <rect class="life" width="100%" height="100%" />
        </svg>
        valid</span
      >
      <span
        ><svg class="sample" aria-hidden="true">
          <rect class="renewable" width="100%" height="100%" />
        </svg>
        <code>pulumi up</code> renews it</span
      >
      <span
        ><svg class="mark" aria-hidden="true"><path class="renewal" d="M6 1l5 5-5 5-5-5z" /></svg>
        renewal</span
      >
      <span
        ><svg class="mark" aria-hidden="true">
          <line class="today" x1="6" x2="6" y1="0" y2="12" />
        </svg>
        this run</span
      >
    </p>
    <table role="table" aria-labelledby="certificates-${index}" class="certificates">
      <thead role="rowgroup">
        <tr role="row">
          <th role="columnheader" scope="col">Whose</th>
          <th role="columnheader" scope="col">
            <span class="hidden">Time line</span>
            <span class="axis" aria-hidden="true">${ticks(span)}</span>
          </th>
          <th role="columnheader" scope="col">Renewal</th>
          <th role="columnheader" scope="col">End</th>
          <th role="columnheader" scope="col" class="days">Days left</th>
        </tr>
      </thead>
      <tbody role="rowgroup">
        ${certificates.map((certificate) => row(certificate, span, today))}
      </tbody>
    </table>`;
}

/** Machines and clients fill it; an authority, which lives for years, runs out of it. */
function spanOf(certificates: readonly Row[], now: number): Span {
  const leaves = certificates.filter(({ kind }) => kind === "machine" || kind === "client");
  const shown = leaves.length > 0 ? leaves : certificates;
  const first = Math.min(...shown.map(({ validFrom }) => Date.parse(validFrom)));
  const last = Math.max(...shown.map(({ endsAt }) => Date.parse(endsAt)));
  const from = Math.min(Math.max(first, now - 120 * oneDay), now - 2 * oneDay);
  const to = Math.max(Math.min(last, now + 400 * oneDay), now + 30 * oneDay);
  return { from, to: to + (to - from) * 0.03 };
}

const percent = (time: number, { from, to }: Span): number =>
  Math.round(Math.min(100, Math.max(0, ((time - from) / (to - from)) * 100)) * 100) / 100;

function ticks({ from, to }: Span): Markup[] {
  return [0, 25, 50, 75].map((at) => {
    const date = new Date(from + ((to - from) * at) / 100).toISOString().slice(0, 10);
    return html`<span class="${at % 50 === 0 ? "major" : "minor"}" style="left: ${at}%"
      >${date}</span
    >`;
  });
}

function row(one: Row, span: Span, today: number): Markup {
  return html`<tr role="row">
    <th role="rowheader" scope="row">${one.owner}<small>${one.kind}</small></th>
    <td role="cell" class="line">${bar(one, span, today)}</td>
    <td role="cell" data-label="Renewal">${day(one.renewsFrom)}</td>
    <td role="cell" data-label="End">${day(one.endsAt)}</td>
    <td role="cell" data-label="Days left" class="days">${daysLeft(one)}</td>
  </tr>`;
}

function daysLeft({ state, daysLeft: days }: Row): Markup {
  if (state === "valid") return html`<strong>${days}</strong>`;
  if (state === "due") return badge("warn", `${String(days)}, renewal is due`);
  return badge("bad", days < 0 ? `ended ${counted(-days, "day")} ago` : "ended");
}

function bar(one: Row, span: Span, today: number): Markup {
  const [from, renewal, to] = [one.validFrom, one.renewsFrom, one.endsAt].map((time) =>
    percent(Date.parse(time), span),
  ) as [number, number, number];
  const isBeyond = Date.parse(one.endsAt) > span.to;
  const isRenewedLater = Date.parse(one.renewsFrom) > span.to;
  const title = `from ${one.validFrom.slice(0, 10)}, renewed from ${one.renewsFrom.slice(0, 10)}, ends ${one.endsAt.slice(0, 10)}`;
  return html`<svg class="bar ${one.state}" role="img" aria-label="${title}">
    <rect class="track" x="0" y="9" width="100%" height="2" />
    <rect class="life" x="${from}%" y="4" width="${Math.max(0, renewal - from)}%" height="12" />
    <rect
      class="renewable"
      x="${renewal}%"
      y="4"
      width="${Math.max(0, to - renewal)}%"
      height="12"
    />
    ${
      isRenewedLater
        ? undefined
        : html`<svg x="${renewal}%" y="4" overflow="visible">
            <path class="renewal" d="M0 0l6 6-6 6-6-6z" />
          </svg>`
    }
    ${
      isBeyond
        ? html`<svg x="100%" y="4" overflow="visible">
            <path class="beyond" d="M-13 2l5 4-5 4M-7 2l5 4-5 4" />
          </svg>`
        : undefined
    }
    <line class="today" x1="${today}%" x2="${today}%" y1="0" y2="20" />
  </svg>`;
}
