import type { ReloadView } from '../../client/index.ts';
import type { Screen } from './screen.ts';
import { type Column, tableText } from './table.ts';

type Row = { readonly subject: string | null; readonly change: string; readonly what: string; readonly effect: string };

const COLUMNS: readonly Column<Row>[] = [
  { title: 'subject', plain: ({ subject }) => subject, narrowest: 11, wraps: true },
  {
    title: 'change',
    plain: ({ change }) => change,
    tone: ({ change }) => (change === 'warning' ? 'warning' : 'plain'),
  },
  { title: 'what', plain: ({ what }) => what, narrowest: 16, wraps: true },
  { title: 'effect', plain: ({ effect }) => effect, narrowest: 16, wraps: true },
];

/**
 * What reading the configuration again changed, or would change; what counts only at the next start, and warnings, are
 * rows too (`restart`, `warning`).
 */
export function reloadText(view: ReloadView, screen: Screen): string {
  const { applied, changes, needsRestart, warnings } = view;
  const rows: readonly Row[] = [
    ...changes.map((change) => ({ ...change, what: change.what.join(', ') })),
    ...needsRestart.map((what) => ({ subject: null, change: 'restart', what, effect: 'at the next start' })),
    ...warnings.map((what) => ({ subject: null, change: 'warning', what, effect: '' })),
  ];
  if (!screen.tty) return tableText(COLUMNS, rows, screen);
  const heading = applied ? 'The configuration was read again' : 'Reading the configuration again';
  if (changes.length === 0) {
    const nothing = `${heading}${applied ? ': nothing changed.' : ' would change nothing.'}\n`;
    return rows.length === 0 ? nothing : `${nothing}${tableText(COLUMNS, rows, screen)}`;
  }
  return `${heading}${applied ? ':' : ' would change this; nothing was touched:'}\n${tableText(COLUMNS, rows, screen)}`;
}
