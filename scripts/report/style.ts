import { Markup } from "./html.ts";

export const style = new Markup(`
:root {
  --page: #f6f8fa; --card: #fff; --text: #1b1f24; --soft: #57606a; --line: #d0d7de; --link: #0550ae; --code: #eff1f3;
  --good: #116329; --good-back: #dafbe1; --warn: #7a4b00; --warn-back: #fff3c4; --bad: #a40e26; --bad-back: #ffe5e2;
  --idle: #424a53; --idle-back: #e6eaef; --life: #2f81f7; --renewable: #9cc7ff; --mark: #0a3069; --today: #cf222e;
  --due: #bf8700; --ended: #cf222e;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #0d1117; --card: #161b22; --text: #e6edf3; --soft: #a5b0bc; --line: #30363d; --link: #79c0ff; --code: #262c36;
    --good: #7ee787; --good-back: #12301f; --warn: #f0c14b; --warn-back: #33290d; --bad: #ffa198; --bad-back: #3b1a1c;
    --idle: #c0c9d2; --idle-back: #2a313b; --life: #388bfd; --renewable: #1f4f8f; --mark: #cae8ff; --today: #ff7b72; --due: #d29922; --ended: #f85149;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0 auto; max-width: 72rem; padding: 1.5rem 1rem 3rem; background: var(--page); color: var(--text);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif; overflow-wrap: anywhere;
}
h1 { font-size: 1.6rem; line-height: 1.3; margin: 0 0 .75rem; }
h1 .badge { font-size: 1.2rem; }
h2 { font-size: 1.25rem; margin: 0; }
h3 { font-size: 1rem; margin: 1.5rem 0 .5rem; }
small { display: block; color: var(--soft); font-size: .8rem; font-weight: 400; }
code { font: .9em ui-monospace, "SF Mono", Menlo, Consolas, monospace; background: var(--code); border-radius: 4px; padding: .1em .3em; }
a { color: var(--link); }
ul, ol { margin: 0; padding: 0; list-style: none; }
.kind { margin: 0 0 .25rem; color: var(--soft); font-size: .85rem; letter-spacing: .02em; }
.badge { display: inline-block; padding: .05em .55em; border-radius: 1em; font-size: .85rem; font-weight: 600; white-space: nowrap; }
.sign { width: .75em; height: .75em; fill: none; stroke: currentColor; stroke-width: 2; stroke-linecap: round; stroke-linejoin: round; }
.good { color: var(--good); background: var(--good-back); }
.warn { color: var(--warn); background: var(--warn-back); }
.bad { color: var(--bad); background: var(--bad-back); }
.idle { color: var(--idle); background: var(--idle-back); }
.facts { display: flex; flex-wrap: wrap; gap: .5rem 2rem; margin: 0; }
.facts dt { color: var(--soft); font-size: .8rem; }
.facts dd { margin: 0; }
.note { margin: .75rem 0 0; padding: .4rem .75rem; border-left: 4px solid var(--warn); background: var(--warn-back); color: var(--warn); }
.path { display: flex; flex-wrap: wrap; gap: .5rem; margin-top: 1rem; }
.path li:not(:last-child)::after { content: "›"; margin-left: .5rem; color: var(--soft); }
.tiles { display: flex; flex-wrap: wrap; gap: .5rem; margin-top: 1rem; }
.tiles li { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: .3rem .75rem; font-size: .9rem; }
.tiles strong { font-size: 1.1rem; font-variant-numeric: tabular-nums; }
.stack { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 1rem 1.25rem 1.25rem; margin-top: 1.5rem; }
.about { margin: .25rem 0 0; color: var(--soft); font-size: .9rem; }
.errors { margin-top: .75rem; border-left: 4px solid; }

.errors li { padding: .4rem .75rem; color: var(--text); }
table { width: 100%; border-collapse: collapse; font-size: .9rem; }
th, td { text-align: left; vertical-align: top; padding: .5rem .75rem .5rem 0; border-top: 1px solid var(--line); }
thead th { border-top: 0; color: var(--soft); font-weight: 600; font-size: .8rem; white-space: nowrap; }
.machines td:last-child { width: 48%; padding-right: 0; }
.machines th[scope="row"] { min-width: 15rem; }
.lines li { padding: .1rem 0; }
.machines .lines li { display: grid; grid-template-columns: 4.2rem 1fr; align-items: baseline; }
.label { color: var(--soft); font-size: .8rem; font-weight: 600; }
.error .label, .problem .label, .drift .label { color: var(--bad); }
.finding .label { color: var(--warn); }
.quiet, .proof { margin: 0; color: var(--soft); font-size: .85rem; }
.proof summary { cursor: pointer; }
.proof ul { padding: .25rem 0 0 1rem; }
.legend { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; margin: 0 0 .5rem; color: var(--soft); font-size: .8rem; }
.sample { width: 24px; height: 10px; vertical-align: baseline; }
.mark { width: 12px; height: 12px; vertical-align: -1px; }
.certificates th[scope="row"] { width: 22%; }
.certificates td, .certificates th { vertical-align: middle; font-variant-numeric: tabular-nums; white-space: nowrap; }
.certificates th[scope="row"] { white-space: normal; }
.certificates .line { width: 45%; }
.certificates .days { text-align: right; padding-right: 0; }
.axis { position: relative; display: block; height: 1.2em; font-weight: 400; }
.axis span { position: absolute; border-left: 1px solid var(--line); padding-left: .3em; }
.bar { display: block; width: 100%; height: 20px; overflow: visible; }
.track { fill: var(--line); }
.life { fill: var(--life); }
.renewable { fill: var(--renewable); }
.renewal { fill: var(--mark); stroke: var(--card); }
.beyond { fill: none; stroke: var(--card); stroke-width: 2; }
.due .life, .due .renewable { fill: var(--due); }
.ended .life, .ended .renewable { fill: var(--ended); }
.today { stroke: var(--today); stroke-width: 2; stroke-dasharray: 3 2; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
footer { margin-top: 1.5rem; color: var(--soft); font-size: .85rem; }
@media (max-width: 720px) {
  body { padding: 1rem .75rem 2rem; }
  h1 { font-size: 1.35rem; }
  .stack { padding: .75rem .9rem 1rem; }
  table, tbody { display: block; }
  .machines thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  tr { display: block; border-top: 1px solid var(--line); padding: .6rem 0; }
  th, td { display: block; border: 0; padding: .1rem 0; }
  .machines th[scope="row"] { min-width: 0; }
  .machines td:last-child, .machines th[scope="row"], .certificates th[scope="row"], .certificates .line { width: auto; }
  td[data-label]::before { content: attr(data-label); display: inline-block; min-width: 5rem; color: var(--soft); font-size: .8rem; }
  td[data-label="What"]::before { display: none; }
  td small { display: inline; }
  td small::before { content: " "; }
  .certificates thead, .certificates thead tr { display: block; padding: 0; border: 0; }
  .certificates thead th { display: none; }
  .certificates thead th:nth-child(2) { display: block; }
  .certificates .days { text-align: left; }
  .certificates td[data-label="Renewal"], .certificates td[data-label="End"] { display: inline-block; margin-right: 1rem; }
  .certificates td[data-label="Renewal"]::before, .certificates td[data-label="End"]::before { min-width: 0; margin-right: .4rem; }
  .axis .minor { display: none; }
  .certificates .line { padding: .25rem 0; }
}
@media print {
  :root {
    --page: #fff; --card: #fff; --text: #000; --soft: #444; --line: #bbb; --link: #000; --code: #eee; --good: #116329;
    --good-back: #fff; --warn: #7a4b00; --warn-back: #fff; --bad: #a40e26; --bad-back: #fff; --idle: #424a53;
    --idle-back: #fff; --life: #2f81f7; --renewable: #9cc7ff; --mark: #0a3069; --today: #cf222e;
  }
  body { max-width: none; padding: 0; font-size: 10pt; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  .badge { border: 1px solid; }
  tr { break-inside: avoid; }
  nav { display: none; }
}
`);
