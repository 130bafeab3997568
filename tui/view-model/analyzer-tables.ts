import type { RecordWire } from '../../src/protocol/record-wire.ts';
import { count, factorOf, figure } from '../formats/figure.ts';
import { timeText } from '../formats/time.ts';
import { plain } from '../formats/width.ts';
import type { SeenAnalyzer } from '../state/plant.ts';
import { wordOf } from '../words/words.ts';
import { figuresOf } from './figures.ts';
import { type Line, textLine } from './line.ts';
import { linesOf } from './lines.ts';
import { asciiTable, type SmallTable, tableLines, tableWidth } from './small-table.ts';
import { type Look, tablesHeight } from './view.ts';

const RECORDS = 8;
/** Fewer are not worth a table. */
const RECORDS_MIN = 3;

/**
 * The last records, newest first, means of the phases:
 *
 *   END      READINGS      V     A     kW    PF    kWh
 *   18:05:00 30 of 30  230.1  12.0  34.85  0.95   0.58
 */
function recordTable(analyzer: SeenAnalyzer, look: Look, most: number): SmallTable | null {
  const { plant, words, glyphs } = look;
  const records = (plant.records.get(analyzer.id) ?? []).slice(-most).reverse();
  if (records.length === 0) return null;
  const c = words.columns;
  const numbers = [
    { title: 'V', of: (row: Recorded) => figure(row.figures.voltage, 1) },
    { title: 'A', of: (row: Recorded) => figure(row.figures.current, 1) },
    { title: 'kW', of: (row: Recorded) => figure(row.figures.kw, 2) },
    { title: c.pf, of: (row: Recorded) => figure(row.figures.pf, 2) },
    { title: 'kWh', of: (row: Recorded) => figure(row.kwh, 2) },
  ];
  const rows = records.map((record) => recorded(record, analyzer, look));
  // what this meter does not measure has no column
  const shown = numbers.filter(({ of }) => rows.some((row) => of(row) !== '-'));
  return {
    ...{ key: 'records', title: words.sections.records, isAscii: glyphs.isAscii },
    columns: [
      { title: c.end, align: 'left' },
      { title: c.readings, align: 'left' },
      ...shown.map(({ title }) => ({ title, align: 'right' as const })),
    ],
    rows: rows.map((row) => [
      timeText(row.record.end, plant.node?.now ?? row.record.end),
      words.recordOf(row.record.n, row.record.expected),
      ...shown.map(({ of }) => of(row)),
    ]),
  };
}

type Recorded = {
  readonly record: RecordWire;
  readonly figures: ReturnType<typeof figuresOf>;
  readonly kwh: number | null;
};

function recorded(record: RecordWire, analyzer: SeenAnalyzer, { plant }: Look): Recorded {
  const variables = plant.variables.get(analyzer.profile);
  const means = Object.fromEntries(Object.entries(record.variables).map(([code, { values }]) => [code, values]));
  const counter = variables?.find(({ quantity, phases }) => quantity === 'activeEnergyImport' && phases.length === 1);
  const delta = counter ? (record.variables[counter.code]?.delta?.[0] ?? null) : null;
  return {
    record,
    figures: figuresOf({ nominalV: analyzer.nominalV, lastReading: { values: means } }, variables),
    kwh: counter && delta !== null ? (delta * factorOf(counter.unit)) / 1_000 : null,
  };
}

/**
 * What went wrong with its address since the server started, most first, beside all of its line:
 *
 *   CLASS      METER  LINE
 *   no answer    118   120
 */
function errorTable(analyzer: SeenAnalyzer, look: Look): SmallTable | null {
  const { words, glyphs } = look;
  const c = words.columns;
  const ofLine: Readonly<Record<string, number>> = linesOf(look).find(({ id }) => id === analyzer.device)?.errors ?? {};
  const own: Readonly<Record<string, number>> = analyzer.errors;
  const kinds = Object.keys({ ...ofLine, ...own });
  const rows = kinds
    .map((kind) => ({ kind, own: own[kind] ?? 0, all: Math.max(ofLine[kind] ?? 0, own[kind] ?? 0) }))
    .filter(({ all }) => all > 0)
    .sort((a, b) => b.own - a.own || b.all - a.all)
    .map((row) => [wordOf(words.lineErrors, row.kind) ?? plain(row.kind), count(row.own), count(row.all)]);
  if (rows.length === 0) return null;
  return {
    ...{ key: 'errors', title: words.sections.errors, isAscii: glyphs.isAscii, rows },
    columns: [
      { title: c.errorClass, align: 'left' },
      { title: c.meter, align: 'right' },
      { title: c.line, align: 'right' },
    ],
  };
}

/** Both as tables, in `room` rows below what is there; null: they have no room, and go among the lines. */
export function tablesOf(analyzer: SeenAnalyzer, look: Look, room: number): readonly SmallTable[] | null {
  const most = Math.min(RECORDS, room - 2);
  if (most < RECORDS_MIN || look.plant.link.kind === 'lost') return null;
  const found = [recordTable(analyzer, look, most), errorTable(analyzer, look)].flatMap((each) => each ?? []);
  const tables = look.glyphs.isAscii ? found.map(asciiTable) : found;
  const columns = tables.reduce((sum, table) => sum + tableWidth(table) + 3, 0);
  return tablesHeight({ tables }) <= room && columns <= look.columns ? tables : null;
}

/** Both as lines. */
export function tableTexts(analyzer: SeenAnalyzer, look: Look): readonly (readonly Line[])[] {
  const { words } = look;
  const records = recordTable(analyzer, look, RECORDS);
  const errors = errorTable(analyzer, look);
  const none = (key: string, title: string, text: string): readonly Line[] => [
    textLine(key, title, 'dim'),
    textLine(`no ${key}`, text, 'dim'),
  ];
  return [
    records ? tableLines(records) : none('records', words.sections.records, words.noRecords),
    errors ? tableLines(errors) : none('errors', words.sections.errors, words.noErrors),
  ];
}
