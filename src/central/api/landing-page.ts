import { createHash } from 'node:crypto';
import type { Quantity } from '../../domain/profile.ts';
import type { EpochMs } from '../../domain/units.ts';
import type { AnalyzerRow, CentralRecord, NodeRow } from '../ports.ts';
import { agoText, durationText, escaped, numberText } from './page-text.ts';
import { CLOCK_OFF_MS } from './settings.ts';

/** A record is late when it is this many times older than its interval, and some time for its way. */
const LATE_INTERVALS = 2;
const WAY_MS = 120_000;
/** What an analyzer records by when it does not say. */
const INTERVAL_MS = 900_000;
/** Between two looks of the browser, s. */
const REFRESH_S = 30;

export type Landing = {
  readonly nodes: readonly NodeRow[];
  readonly analyzers: readonly AnalyzerRow[];
  readonly latest: readonly CentralRecord[];
  readonly version: string;
  readonly now: EpochMs;
  /** As whoever looks calls it: `http://127.0.0.1:50080`. */
  readonly origin: string;
};

const STYLE = `
:root{color-scheme:light dark;--edge:light-dark(#d5d9e0,#3a404b);--soft:light-dark(#5b6472,#9aa4b2);
--bad:light-dark(#a4200d,#ff8a75);--back:light-dark(#fbfbfc,#15181d);--card:light-dark(#fff,#1c2027)}
body{margin:0;background:var(--back);font:15px/1.5 system-ui,sans-serif}
main,header,footer{max-width:70rem;margin:0 auto;padding:0 1.25rem}
header{padding-top:1.5rem}h1{font-size:1.35rem;margin:0}h2{font-size:1.1rem;margin:0}
section{background:var(--card);border:1px solid var(--edge);border-radius:.5rem;margin:1rem 0;padding:.9rem 1.1rem}
p{margin:.25rem 0}.soft,th{color:var(--soft)}.bad{color:var(--bad);font-weight:600}
.wide{overflow-x:auto}table{border-collapse:collapse;width:100%;margin-top:.6rem;font-variant-numeric:tabular-nums}
th,td{text-align:left;padding:.3rem .9rem .3rem 0;border-bottom:1px solid var(--edge);white-space:nowrap}
th{font-weight:500}tr:last-child td{border-bottom:0}.num{text-align:right}.name{white-space:normal;min-width:7rem}
h1,h2,p{overflow-wrap:anywhere}@media(max-width:40rem){main,header,footer{padding:1rem .5rem 0}section{padding:.7rem}
th,td{padding-right:.5rem;white-space:normal}.num{white-space:nowrap}}
pre,code{font:13px/1.5 ui-monospace,monospace}pre{overflow-x:auto;padding:.6rem;border:1px solid var(--edge)}
footer{padding-bottom:2rem}a{color:inherit}`;

/** What lets the browser take the style of this page, and nothing else. */
export const LANDING_CSP =
  `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; ` +
  "frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/** Sites, their analyzers and their last records, as a page without scripts. */
export function landingPage(landing: Landing): string {
  const { nodes, analyzers, version, now } = landing;
  const latest = new Map(landing.latest.map((record) => [`${record.node} ${record.analyzer}`, record]));
  const sections = nodes.map((node) => {
    const own = analyzers.filter((each) => each.node === node.id);
    return nodeSection(node, own, (id) => latest.get(`${node.id} ${id}`) ?? null, now);
  });
  const late = analyzers.filter((each) => isLate(each, latest.get(`${each.node} ${each.id}`) ?? null, now)).length;
  const clocks = nodes.filter((node) => clockWords(node) !== '').length;
  const counts = `${counted(nodes.length, 'site')}, ${counted(analyzers.length, 'analyzer')}`;
  const bad = [late > 0 ? `${late} late` : '', clocks > 0 ? `${counted(clocks, 'clock')} wrong` : ''];
  const badWords = bad.flatMap((each) => (each === '' ? [] : [`, <span class="bad">${each}</span>`])).join('');
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Lector: ${counts}</title>
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta http-equiv="refresh" content="${REFRESH_S}"><style>${STYLE}</style></head>
<body><header><h1>Lector, the centre</h1><p class="soft">${counts}${badWords}; ${stamp(now)} UTC</p></header>
<main>${nodes.length === 0 ? firstSteps(landing.origin) : sections.join('\n')}</main>
<footer class="soft"><p>Lector ${escaped(version)} · ${WHAT}</p></footer>
</body></html>
`;
}

const WHAT = '<a href="/api/v1/openapi.json">what can be asked here</a>';

const firstSteps = (origin: string) => `<section><h2>No site has delivered yet</h2>
<p>In the config.xml of a lector, behind <code>&lt;/equips&gt;</code>:</p>
<pre>&lt;dataexports&gt;
  &lt;dataexport type="clientRest" target="${escaped(origin)}/ws/v2"/&gt;
&lt;/dataexports&gt;</pre>
<p>From another machine it needs a token, which <code>lector central node add 4</code> and
<code>lector central node token 4</code> make here.</p></section>`;

function nodeSection(
  node: NodeRow,
  analyzers: readonly AnalyzerRow[],
  latestOf: (id: number) => CentralRecord | null,
  now: EpochMs,
): string {
  const rows = analyzers.map((each) => analyzerRow(each, latestOf(each.id), now)).join('\n');
  const head = ['id', 'name', 'last record', 'power', 'voltage', 'energy', 'model'];
  const titles = head.map((title, n) => `<th${n > 2 && n < 6 ? ' class="num"' : ''}>${title}</th>`).join('');
  const table = `<div class="wide"><table><tr>${titles}</tr>\n${rows}</table></div>`;
  const isNamed = node.name !== '' && node.name !== `Node ${node.id}`;
  const name = isNamed ? `${escaped(node.name)} <span class="soft">node ${node.id}</span>` : `Node ${node.id}`;
  return `<section><h2>${name}</h2>
<p class="soft">${nodeWords(node, now)}</p>${clockWords(node)}
${analyzers.length === 0 ? '<p>It has no analyzers yet.</p>' : table}</section>`;
}

function nodeWords({ location, version, seenAt, timezone }: NodeRow, now: EpochMs): string {
  const heard = seenAt === null ? 'has not said who it is yet' : `heard ${agoText(now - seenAt)}`;
  const lector = version === null ? '' : `Lector ${version}`;
  return [location, timezone, lector, heard]
    .filter((part) => part !== '')
    .map(escaped)
    .join(' · ');
}

function clockWords({ clockOffsetMs }: NodeRow): string {
  if (clockOffsetMs === null || Math.abs(clockOffsetMs) < CLOCK_OFF_MS) return '';
  const way = clockOffsetMs > 0 ? 'ahead of' : 'behind';
  return `<p class="bad">Its clock is ${durationText(Math.abs(clockOffsetMs))} ${way} the centre's.</p>`;
}

function analyzerRow(analyzer: AnalyzerRow, record: CentralRecord | null, now: EpochMs): string {
  const name = [analyzer.name, analyzer.location].filter((part) => part !== '').join(', ');
  const cell = (text: string) => `<td>${escaped(text)}</td>`;
  const values = COLUMNS.map(
    (quantities) => `<td class="num">${escaped(valueText(analyzer, record, quantities))}</td>`,
  );
  const head = `${cell(String(analyzer.id))}<td class="name">${escaped(name)}</td>${ageCell(analyzer, record, now)}`;
  return `<tr>${head}${values.join('')}${cell(record?.model || analyzer.model)}</tr>`;
}

/** Its newest record is too old; one that has none yet is not late. */
const isLate = ({ recordingMs }: AnalyzerRow, record: CentralRecord | null, now: EpochMs): boolean =>
  record !== null && now - record.end > (recordingMs ?? INTERVAL_MS) * LATE_INTERVALS + WAY_MS;

function ageCell(analyzer: AnalyzerRow, record: CentralRecord | null, now: EpochMs): string {
  const end = record?.end ?? analyzer.lastEnd;
  if (end === null) return '<td class="soft">none yet</td>';
  const text = `<time datetime="${new Date(end).toISOString()}">${agoText(now - end)}</time>`;
  // there is nothing but what a wrong clock dated ahead
  if (record === null) return `<td class="bad">${text}</td>`;
  return isLate(analyzer, record, now) ? `<td class="bad">${text}, late</td>` : `<td>${text}</td>`;
}

const COLUMNS: readonly (readonly Quantity[])[] = [
  ['activePower', 'apparentPower'],
  ['voltage', 'voltageLL'],
  ['activeEnergyImport', 'activeEnergyTotal'],
];

/** The first variable of these that the record has: its total, or all its values. */
function valueText({ variables }: AnalyzerRow, record: CentralRecord | null, quantities: readonly Quantity[]): string {
  for (const quantity of quantities) {
    // greatest and least values that a meter has kept are of another time
    const ofNow = variables.filter((each) => each.quantity === quantity && each.aggregate !== 'last');
    for (const { code, unit, phases } of ofNow) {
      const values = record?.variables[code]?.values;
      // of the meter before it may have other phases
      if (values?.length !== phases.length) continue;
      const total = phases.indexOf('total');
      const shown = total === -1 ? values : [values[total] ?? null];
      return `${shown.map((value) => (value === null ? '–' : numberText(value))).join(' / ')} ${unit}`;
    }
  }
  return '';
}

const counted = (n: number, word: string): string => `${n} ${word}${n === 1 ? '' : 's'}`;
const stamp = (at: EpochMs): string => new Date(at).toISOString().slice(0, 19).replace('T', ' ');
