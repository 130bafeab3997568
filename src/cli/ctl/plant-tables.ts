import type {
  AlarmView,
  DeliveryView,
  LineView,
  ParkedRecordView,
  ParkedView,
  TreeNode,
  WhyView,
} from '../../client/index.ts';
import { safe } from '../../domain/safe.ts';
import { stateTone } from './analyzer-table.ts';
import { agoText, percentText, timeText } from './human.ts';
import type { Screen } from './screen.ts';
import { type Column, tableText } from './table.ts';
import { wrapText } from './text-width.ts';

const errorsText = ({ errors }: LineView): string =>
  Object.entries(errors)
    .filter(([, count]) => count > 0)
    .map(([kind, count]) => `${kind} ${count}`)
    .join(', ');

const askingText = ({ asking }: LineView): string | null =>
  asking === null ? null : `analyzer ${asking.analyzer}: ${asking.what} (${asking.ms} ms)`;

const LINES: readonly Column<LineView>[] = [
  { title: 'line', align: 'right', plain: ({ id }) => id },
  { title: 'where', plain: ({ description }) => description, narrowest: 12 },
  { title: 'state', plain: ({ state }) => state, tone: ({ state }) => stateTone(state) },
  { title: 'busy', align: 'right', plain: (row) => row.utilisation, shown: (row) => percentText(row.utilisation) },
  {
    title: 'planned',
    align: 'right',
    plain: ({ planned }) => planned,
    shown: ({ planned }) => percentText(planned),
    from: 100,
  },
  {
    title: 'per s',
    align: 'right',
    plain: ({ transactions }) => transactions.perSecond,
    shown: ({ transactions }) => transactions.perSecond.toFixed(1),
  },
  { title: 'transactions', align: 'right', plain: ({ transactions }) => transactions.total, from: 140 },
  { title: 'waiting', align: 'right', plain: ({ waiting }) => waiting, from: 100 },
  { title: 'errors', plain: errorsText, narrowest: 10 },
  { title: 'asking', plain: askingText, narrowest: 10, from: 120 },
  { title: 'error', plain: ({ error }) => error?.message ?? null, narrowest: 20, wraps: true },
];

/**
 * How busy each device is, and with whom:
 *
 *   line  where              state  busy  planned  per s  transactions  waiting  errors     asking  error
 *      1  /dev/ttyUSB0 19200 open   12 %     11 %    4.0          8123        0  timeout 3  -       -
 */
export const linesText = (lines: readonly LineView[], screen: Screen): string => tableText(LINES, lines, screen);

const deliveryColumns = (now: number): readonly Column<DeliveryView>[] => [
  { title: 'exporter', plain: ({ exporter }) => exporter, narrowest: 12 },
  { title: 'target', plain: ({ target }) => target, narrowest: 8 },
  { title: 'state', plain: ({ state }) => state, tone: ({ state }) => stateTone(state) },
  { title: 'owed', align: 'right', plain: ({ owed }) => owed },
  { title: 'oldest', align: 'right', plain: ({ oldest }) => oldest, shown: ({ oldest }) => agoText(oldest, now) },
  { title: 'parked', align: 'right', plain: ({ parked }) => parked },
  { title: 'per min', align: 'right', plain: ({ perMinute }) => perMinute },
  { title: 'next try', plain: ({ nextTry }) => nextTry, shown: ({ nextTry }) => timeText(nextTry)?.slice(11) ?? null },
  { title: 'error', plain: ({ error }) => error?.message ?? null, narrowest: 20, wraps: true },
];

/** What each exporter has still to deliver. */
export const owedText = (deliveries: readonly DeliveryView[], now: number, screen: Screen): string =>
  tableText(deliveryColumns(now), deliveries, screen);

type ParkedRow = ParkedRecordView & { readonly exporter: string };

const PARKED: readonly Column<ParkedRow>[] = [
  { title: 'exporter', plain: ({ exporter }) => exporter, narrowest: 12 },
  { title: 'analyzer', align: 'right', plain: ({ analyzer }) => analyzer },
  { title: 'until', plain: ({ end }) => end, shown: ({ end }) => timeText(end) },
  { title: 'reason', plain: ({ reason }) => reason, narrowest: 24, wraps: true },
];

/** Records that destinations refuse; on a terminal a sentence where there are none, and one where not all are shown. */
export function parkedText(deliveries: ParkedView['deliveries'], screen: Screen): string {
  const rows = deliveries.flatMap(({ exporter, records }) => records.map((record) => ({ ...record, exporter })));
  if (!screen.tty) return tableText(PARKED, rows, screen);
  if (rows.length === 0) return 'Nothing is refused.\n';
  const notes = deliveries.flatMap(({ exporter, parked, records }) =>
    parked > records.length ? [`${safe(exporter)}: the oldest ${records.length} of ${parked}\n`] : [],
  );
  return `${tableText(PARKED, rows, screen)}${notes.join('')}`;
}

const alarmColumns = (now: number): readonly Column<AlarmView>[] => [
  {
    title: 'severity',
    plain: ({ severity }) => severity,
    tone: (row) => (row.severity === 'error' ? 'bad' : 'warning'),
  },
  // the label says it too
  { title: 'subject', plain: ({ subject }) => subject, from: 140 },
  { title: 'label', plain: ({ label }) => label, narrowest: 12 },
  { title: 'since', align: 'right', plain: ({ since }) => since, shown: ({ since }) => agoText(since, now) },
  { title: 'what is wrong', plain: ({ message }) => message, narrowest: 30, wraps: true },
  // an older server says nothing of rules
  { title: 'rule', plain: (row) => row.rule ?? null, from: 100 },
];

/** What is wrong now, worst first; on a terminal a sentence where nothing is. */
export function alarmsText(alarms: readonly AlarmView[], now: number, screen: Screen): string {
  if (alarms.length === 0 && screen.tty) return 'Nothing is wrong.\n';
  return tableText(alarmColumns(now), alarms, screen);
}

type TreeRow = { readonly node: TreeNode; readonly branch: string };

/** The node and what is below it, with the lines that a tree is drawn of. */
function treeRows(node: TreeNode, branch = '', below = ''): readonly TreeRow[] {
  const rows = node.children.flatMap((child, n) => {
    const last = n === node.children.length - 1;
    return treeRows(child, `${below}${last ? '└─ ' : '├─ '}`, `${below}${last ? '   ' : '│  '}`);
  });
  return [{ node, branch }, ...rows];
}

const restartsText = ({ node: { restarts } }: TreeRow): string | null =>
  restarts.max === 0 ? null : `${restarts.used}/${restarts.max}`;

/** What stands beside it in the table is not said twice. */
const shortName = ({ kind, name }: TreeNode): string => (kind === 'delivery' ? 'delivery' : name);
const shortLabel = ({ label }: TreeNode): string => /^(?:device|analyzer) \d+ \((.+)\)$/.exec(label)?.[1] ?? label;

const treeColumns = (now: number): readonly Column<TreeRow>[] => [
  { title: 'name', plain: ({ node }) => node.name, shown: ({ node, branch }) => `${branch}${shortName(node)}` },
  { title: 'label', plain: ({ node }) => node.label, shown: ({ node }) => shortLabel(node), narrowest: 10 },
  { title: 'state', plain: ({ node }) => node.state, tone: ({ node }) => stateTone(node.state) },
  {
    title: 'since',
    align: 'right',
    plain: ({ node }) => node.since,
    shown: ({ node }) => agoText(node.since, now),
  },
  { title: 'restarts', align: 'right', plain: restartsText },
  { title: 'held', plain: ({ node }) => node.held?.cause.message ?? null, narrowest: 16, wraps: true },
];

/** The supervision tree; restarts that count now, of so many. */
export const treeText = (root: TreeNode, now: number, screen: Screen): string =>
  tableText(treeColumns(now), treeRows(root), screen);

type WhyRow = WhyView['changes'][number] & Pick<WhyView, 'name' | 'label'>;

const WHY: readonly Column<WhyRow>[] = [
  { title: 'time', plain: ({ at }) => at },
  { title: 'name', plain: ({ name }) => name },
  { title: 'state', plain: ({ state }) => state },
  { title: 'what happened', plain: ({ words }) => words },
  { title: 'cause', plain: ({ cause }) => cause?.message ?? null },
  { title: 'next try', plain: ({ nextTry }) => nextTry },
];

/** On a terminal one thing has a table of its own, below its label; its causes are in the words. */
const whyColumns = (now: number | null): readonly Column<WhyRow>[] => [
  { title: 'time', plain: ({ at }) => timeText(at, now) },
  { title: 'state', plain: ({ state }) => state, tone: ({ state }) => stateTone(state) },
  { title: 'what happened', plain: happened, narrowest: 24, wraps: true },
  { title: 'next try', plain: ({ nextTry }) => timeText(nextTry, now) },
];

function happened({ label, words, cause }: WhyRow): string {
  const text = words.startsWith(`${label} `) ? words.slice(label.length + 1) : words;
  return cause === null || text.includes(cause.message) ? text : `${text}: ${cause.message}`;
}

/** What happened to something; `nowadays`: how it is now, for a person. */
export type Why = WhyView & { readonly nowadays?: string | null };

/**
 * The last changes of state, newest first; with `now`, those of today without their date. On a terminal:
 *
 *   analyzer 2 (PM500 "Kitchen"): failed since 19:09:05 (17 s), tried again at 19:09:38
 *   time      state    what happened                                             next try
 *   19:09:05  failed   is not read: unit 2 on /dev/ttyUSB0 did not answer ...    19:09:07
 */
export function whyText(views: readonly Why[], screen: Screen, now: number | null = null): string {
  const rows = (some: readonly Why[]) =>
    some.flatMap(({ name, label, changes }) => changes.map((change) => ({ ...change, name, label })));
  if (!screen.tty) return tableText(WHY, rows(views), screen);
  const texts = views.map((view) => {
    const heading = `${safe(view.label)}${view.nowadays == null ? '' : `: ${safe(view.nowadays)}`}`;
    const lines = wrapText(heading, screen.columns).join('\n');
    return `${lines}\n${tableText(whyColumns(now), rows([view]), screen)}`;
  });
  return texts.join('\n');
}
