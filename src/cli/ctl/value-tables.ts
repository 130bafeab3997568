import type {
  DefsView,
  HistoryView,
  IdentificationView,
  NumberList,
  ReadingView,
  RecordsView,
  RecordWire,
  VariableView,
} from '../../client/index.ts';
import { safe } from '../../domain/safe.ts';
import { numbersPlain, numbersText, spanText, timeText } from './human.ts';
import type { Screen } from './screen.ts';
import { type Column, tableText } from './table.ts';

/** The last values of one analyzer, with what they are. */
export type Values = {
  readonly id: number;
  readonly defs: DefsView;
  readonly reading: ReadingView | null;
  /** How old the reading is; nothing where it was just made. */
  readonly ageMs?: number | null;
};

type ValueRow = {
  readonly id: number;
  readonly code: string;
  readonly phase: string | null;
  readonly value: number | null;
  readonly unit: string | null;
  readonly description: string;
  readonly flags: string;
};

const VALUES: readonly Column<ValueRow>[] = [
  { title: 'id', align: 'right', plain: ({ id }) => id },
  { title: 'code', plain: ({ code }) => code },
  { title: 'phase', plain: ({ phase }) => phase },
  { title: 'value', align: 'right', plain: ({ value }) => value, shown: ({ value }) => digits(value) },
  { title: 'unit', plain: ({ unit }) => unit },
  { title: 'description', plain: ({ description }) => description, narrowest: 12 },
  { title: 'doubt', plain: ({ flags }) => flags, narrowest: 8 },
];

/** Seven digits, all that a 32-bit float holds; whole numbers in full. */
const digits = (value: number | null): number | null =>
  value === null || Number.isInteger(value) ? value : Number(value.toPrecision(7));

function valueRows({ id, defs, reading }: Values): readonly ValueRow[] {
  if (reading === null) return [];
  const known = new Map(defs.variables.map((variable) => [variable.code, variable]));
  return Object.entries(reading.values).flatMap(([code, values]) =>
    values.map((value, n) => rowOf({ id, code, value, n, variable: known.get(code), reading })),
  );
}

type ValueAt = Pick<ValueRow, 'id' | 'code' | 'value'> & {
  readonly n: number;
  readonly variable: VariableView | undefined;
  readonly reading: ReadingView;
};

function rowOf({ id, code, value, n, variable, reading }: ValueAt): ValueRow {
  const phase = variable?.phases[n];
  return {
    id,
    code,
    phase: phase === undefined || phase === 'none' ? null : phase,
    value,
    unit: variable === undefined || variable.unit === '1' ? null : variable.unit,
    description: variable?.description ?? '',
    flags: (reading.flags[code] ?? []).join(' '),
  };
}

/**
 * Values by code and phase; on a terminal with the time of the reading above, and what is missing of it:
 *
 *   18:05:42, 1.2 s ago
 *   id  code  phase   value  unit  description          doubt
 *    1  TPF   L1     230.12  V     Tensió Fase-Neutre   -
 */
export function valuesText(views: readonly Values[], screen: Screen, now: number | null = null): string {
  if (!screen.tty) return tableText(VALUES, views.flatMap(valueRows), screen);
  const texts = views.map((view) => {
    const { id, reading, ageMs = null } = view;
    if (reading === null) return `Analyzer ${id} was not read yet.\n`;
    const failure = reading.failure === null ? '' : `: ${safe(reading.failure.message)}`;
    const age = ageMs === null ? '' : `, ${spanText(ageMs)} ago`;
    return `${timeText(reading.at, now)}${age}${failure}\n${tableText(VALUES, valueRows(view), screen)}`;
  });
  return texts.join('\n');
}

const VARIABLES: readonly Column<VariableView & { readonly id: number }>[] = [
  { title: 'id', align: 'right', plain: ({ id }) => id },
  { title: 'code', plain: ({ code }) => code },
  { title: 'quantity', plain: ({ quantity }) => quantity },
  { title: 'phases', plain: ({ phases }) => phases.join(' '), narrowest: 8 },
  { title: 'unit', plain: ({ unit }) => (unit === '1' ? null : unit) },
  { title: 'recorded as', plain: ({ aggregate }) => aggregate },
  { title: 'description', plain: ({ description }) => description, narrowest: 12 },
];

/** What the values of analyzers are. */
export function definitionsText(views: readonly DefsView[], screen: Screen): string {
  const rows = views.flatMap(({ id, variables }) => variables.map((variable) => ({ ...variable, id })));
  return tableText(VARIABLES, rows, screen);
}

const IDENTIFICATIONS: readonly Column<IdentificationView>[] = [
  { title: 'id', align: 'right', plain: ({ id }) => id },
  { title: 'identification', plain: ({ identification }) => identification, narrowest: 12 },
];

export const identificationsText = (views: readonly IdentificationView[], screen: Screen): string =>
  tableText(IDENTIFICATIONS, views, screen);

type Point = { readonly id: number; readonly at: string; readonly code: string; readonly values: NumberList };

const historyColumns = (now: number | null): readonly Column<Point>[] => [
  { title: 'id', align: 'right', plain: ({ id }) => id },
  { title: 'time', plain: ({ at }) => at, shown: ({ at }) => timeText(at, now) },
  { title: 'code', plain: ({ code }) => code },
  { title: 'values', plain: ({ values }) => numbersPlain(values), shown: ({ values }) => numbersText(values) },
];

/** Readings of variables, oldest first; on a terminal each with what it is above. */
export function historyText(views: readonly HistoryView[], screen: Screen, now: number | null = null): string {
  const table = (some: readonly HistoryView[]) => tableText(historyColumns(now), some.flatMap(points), screen);
  return screen.tty ? views.map((view) => `${historyHeading(view)}\n${table([view])}`).join('\n') : table(views);
}

const points = ({ id, variable, points }: HistoryView): readonly Point[] =>
  points.map(({ at, values }) => ({ id, at, code: variable.code, values }));

function historyHeading({ variable, every }: HistoryView): string {
  const { description, unit, phases } = variable;
  const means = every > 1 ? `; each line is the mean of ${every} readings` : '';
  return safe(`${description}${unit === '1' ? '' : `, ${unit}`}: ${phases.join(' ')}${means}`);
}

type RecordRow = { readonly record: RecordWire; readonly code: string };

const variableOf = ({ record, code }: RecordRow) => record.variables[code];

const recordColumns = (now: number | null): readonly Column<RecordRow>[] => [
  { title: 'id', align: 'right', plain: ({ record }) => record.analyzer },
  { title: 'until', plain: ({ record }) => record.end, shown: ({ record }) => timeText(record.end, now) },
  { title: 'readings', align: 'right', plain: ({ record }) => `${record.n}/${record.expected}` },
  { title: 'code', plain: ({ code }) => code },
  {
    title: 'values',
    plain: (row) => numbersPlain(variableOf(row)?.values),
    shown: (row) => numbersText(variableOf(row)?.values),
  },
  {
    title: 'added',
    plain: (row) => numbersPlain(addedIn(row)),
    shown: (row) => numbersText(addedIn(row)),
  },
  { title: 'flags', plain: (row) => variableOf(row)?.flags.join(' ') ?? null, narrowest: 8 },
];

/** What was added to a counter; other variables add nothing. */
function addedIn(row: RecordRow): NumberList | undefined {
  const variable = variableOf(row);
  return variable?.aggregate === 'counter' ? variable.delta : undefined;
}

/** Records, newest last, one line for each variable. */
export function recordsText(views: readonly RecordsView[], screen: Screen, now: number | null = null): string {
  const records = views.flatMap((view) => view.records);
  const rows = records.flatMap((record) => {
    const codes = Object.keys(record.variables);
    // a record in which nothing was read is shown too
    return (codes.length === 0 ? [''] : codes).map((code) => ({ record, code }));
  });
  return tableText(recordColumns(now), rows, screen);
}
