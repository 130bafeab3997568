import type { AlarmView, DeliveryView, LineView, TreeNode, WhyView } from '../../client/index.ts';
import { stateTone } from './analyzer-table.ts';
import { agoText, percentText, timeText } from './human.ts';
import type { Screen } from './screen.ts';
import { type Column, tableText } from './table.ts';

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
  { title: 'error', plain: ({ error }) => error?.message ?? null, narrowest: 10 },
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
  { title: 'error', plain: ({ error }) => error?.message ?? null, narrowest: 12 },
];

/** What each exporter has still to deliver. */
export const owedText = (deliveries: readonly DeliveryView[], now: number, screen: Screen): string =>
  tableText(deliveryColumns(now), deliveries, screen);

const alarmColumns = (now: number): readonly Column<AlarmView>[] => [
  {
    title: 'severity',
    plain: ({ severity }) => severity,
    tone: (row) => (row.severity === 'error' ? 'bad' : 'warning'),
  },
  { title: 'subject', plain: ({ subject }) => subject },
  { title: 'label', plain: ({ label }) => label, narrowest: 12 },
  { title: 'since', align: 'right', plain: ({ since }) => since, shown: ({ since }) => agoText(since, now) },
  { title: 'what is wrong', plain: ({ message }) => message, narrowest: 20 },
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

const treeColumns = (now: number): readonly Column<TreeRow>[] => [
  { title: 'name', plain: ({ node }) => node.name, shown: ({ node, branch }) => `${branch}${node.name}` },
  { title: 'label', plain: ({ node }) => node.label, narrowest: 12 },
  { title: 'state', plain: ({ node }) => node.state, tone: ({ node }) => stateTone(node.state) },
  {
    title: 'since',
    align: 'right',
    plain: ({ node }) => node.since,
    shown: ({ node }) => agoText(node.since, now),
  },
  { title: 'restarts', align: 'right', plain: restartsText },
  { title: 'held', plain: ({ node }) => node.held?.cause.message ?? null, narrowest: 10 },
];

/** The supervision tree; restarts that count now, of so many. */
export const treeText = (root: TreeNode, now: number, screen: Screen): string =>
  tableText(treeColumns(now), treeRows(root), screen);

type WhyRow = WhyView['changes'][number] & { readonly name: string };

const whyColumns = (now: number | null): readonly Column<WhyRow>[] => [
  { title: 'time', plain: ({ at }) => at, shown: ({ at }) => timeText(at, now) },
  { title: 'name', plain: ({ name }) => name },
  { title: 'state', plain: ({ state }) => state, tone: ({ state }) => stateTone(state) },
  { title: 'what happened', plain: ({ words }) => words, narrowest: 20 },
  { title: 'cause', plain: ({ cause }) => cause?.message ?? null, narrowest: 12 },
  { title: 'next try', plain: ({ nextTry }) => nextTry, shown: ({ nextTry }) => timeText(nextTry, now) },
];

/** The last changes of state, newest first; with `now`, those of today without their date. */
export function whyText(views: readonly WhyView[], screen: Screen, now: number | null = null): string {
  const rows = views.flatMap(({ name, changes }) => changes.map((change) => ({ ...change, name })));
  return tableText(whyColumns(now), rows, screen);
}
