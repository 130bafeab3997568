import type { HistoryView, VariableView } from '../../src/protocol/answers.ts';
import type { NumberList } from '../../src/protocol/views.ts';
import { age } from '../formats/age.ts';
import { counterScale, type Scale, scaled, scaleOf } from '../formats/figure.ts';
import { gauge } from '../formats/gauge.ts';
import { mean, spark } from '../formats/spark.ts';
import { instantOf, timeText } from '../formats/time.ts';
import type { SeenAnalyzer } from '../state/plant.ts';
import { type Line, left, line, right, type Span, span, textLine } from './line.ts';
import { isOld } from './old.ts';
import { type Look, serverNow } from './view.ts';

const SLOTS = 4;
/** Each with a blank before it. */
const VALUE = 9;
const NARROW_VALUE = 8;
const LIMIT = 9;
const SPARK = 16;
const GAUGE = 13;
const HOUR_MS = 3_600_000;
/** Columns from which on the sparkline, and beside it the gauge, have room. */
const SPARK_FROM = 99;
const GAUGE_FROM = 113;

/**
 * Every variable, phases in columns, in the unit that suits them:
 *
 *   VARIABLE               L1       L2       L3    total UNIT  MIN TODAY MAX TODAY LAST HOUR        NOMINAL
 *   TPF  voltage        230.1    229.8    231.0          V         228.0     233.1 ▃▃▄▄▅▄▃▃▃▄▄▅▄▃▃▃ ├────┼●────┤
 *   PAT  active power                             34.85 kW         12.10     61.02 ▁▁▁▂▃▅▆▇██▇▆▅▅▅▄
 */
export function valueLines(analyzer: SeenAnalyzer, look: Look, columns: number): readonly Line[] {
  const variables = (look.plant.variables.get(analyzer.profile) ?? []).filter(
    ({ code }) => analyzer.lastReading?.values[code] !== undefined || analyzer.today.range[code] !== undefined,
  );
  const shown = variables.length > 0 ? variables : unknownVariables(analyzer);
  return [
    ...agedLines(analyzer, look),
    valueHeading(look, columns),
    ...shown.flatMap((variable) => rowsOf(variable, analyzer, look, columns)),
  ];
}

/** Of when the values are, where that is not now. */
function agedLines({ readAt, lastReading, readingMs }: SeenAnalyzer, look: Look): readonly Line[] {
  const now = serverNow(look);
  if (!lastReading || Object.keys(lastReading.values).length === 0 || !isOld({ readAt, readingMs }, now)) return [];
  const { words, plant } = look;
  const time = timeText(lastReading.at, plant.node?.now ?? lastReading.at);
  return [textLine('aged', words.valuesOf(age(now - (readAt ?? now), words.now), time), 'warn')];
}

/** Until the server said what they are, values are shown under their codes. */
const unknownVariables = (analyzer: SeenAnalyzer): readonly VariableView[] =>
  Object.entries(analyzer.lastReading?.values ?? {}).map(([code, values]) => ({
    ...{ code, quantity: 'other' as const, unit: '', description: '', aggregate: 'last' as const },
    phases: values.map((_, index) => (values.length === 1 ? 'total' : (`CH${index + 1}` as const))),
  }));

const CODE = 4;
const NAME_SPARE_MAX = 8;
/** Columns to spare make room for longer names. */
const nameWidth = (columns: number): number =>
  columns < SPARK_FROM ? 18 : 20 + Math.max(0, Math.min(NAME_SPARE_MAX, columns - GAUGE_FROM));
const valueWidth = (columns: number): number => (columns < SPARK_FROM ? NARROW_VALUE : VALUE);

function valueHeading({ words }: Look, columns: number): Line {
  const c = words.columns;
  const titles = ['L1', 'L2', 'L3', c.total].map((title) => right(title, valueWidth(columns), '')).join('');
  const limits = `${right(c.minToday, LIMIT + 1, '')}${right(c.maxToday, LIMIT + 1, '')}`;
  const charts = columns >= SPARK_FROM ? ` ${left(c.lastHour, SPARK, '')}` : '';
  const nominal = columns >= GAUGE_FROM ? ` ${c.nominal}` : '';
  const head = `${left(c.variable, nameWidth(columns), '')}${titles} ${left(c.unit, 5, '')}`;
  const text = `${head}${limits}${charts}${nominal}`;
  return line('values', [span(text, 'dim')]);
}

function rowsOf(variable: VariableView, analyzer: SeenAnalyzer, look: Look, columns: number): readonly Line[] {
  const values = analyzer.lastReading?.values[variable.code] ?? [];
  const range = analyzer.today.range[variable.code];
  const known = (list: NumberList | undefined) => (list ?? []).filter((value) => value !== null);
  const [low, high] = [known(range?.min), known(range?.max)];
  const greatest = Math.max(0, ...[...known(values), ...low, ...high].map(Math.abs));
  const isCounter = variable.aggregate === 'counter' || /[WA]h$|varh$/.test(variable.unit);
  const scale = isCounter
    ? counterScale(variable.unit, greatest, valueWidth(columns) - 1)
    : scaleOf(variable.unit, greatest);
  const flags = analyzer.lastReading?.flags[variable.code] ?? [];
  const tone = isOld(analyzer, serverNow(look)) ? 'dim' : flags.length > 0 ? 'warn' : 'plain';
  return slotted(values, variable.phases).map((slots, n) => {
    const first = n === 0;
    const name = first ? `${left(variable.code, CODE, '')} ${look.words.quantities[variable.quantity]}` : '';
    const spans: Span[] = [
      span(left(name, nameWidth(columns), look.glyphs.ellipsis)),
      span(
        slots
          .map((value) =>
            right(value === undefined ? '' : scaled(value, scale, valueWidth(columns) - 1), valueWidth(columns), ''),
          )
          .join(''),
        tone,
      ),
      span(` ${left(scale.unit, 5, '')}`, 'dim'),
    ];
    if (first) spans.push(...tail({ variable, values, low, high, scale, analyzer }, look, columns));
    if (first && flags.length > 0) spans.push(span(` ${look.glyphs.signs.doubt} ${look.words.doubted}`, 'warn'));
    return line(`${variable.code} ${n}`, spans);
  });
}

/** Each value under its phase; what finds its place taken goes to the next row. */
function slotted(
  values: NumberList,
  phases: VariableView['phases'],
): readonly (readonly (number | null | undefined)[])[] {
  const rows: (number | null | undefined)[][] = [Array(SLOTS).fill(undefined)];
  const slots = values.map((_, index) => slotOf(phases[index] ?? 'none'));
  for (const [index, slot] of slots.entries()) {
    const value = values[index] ?? null;
    let row = rows.find((each, n) => n >= Math.floor(slot / SLOTS) && each[slot % SLOTS] === undefined);
    if (!row || value === undefined) {
      row = Array(SLOTS).fill(undefined);
      rows.push(row);
    }
    row[slot % SLOTS] = value;
  }
  return rows;
}

function slotOf(phase: string): number {
  if (phase.startsWith('CH')) return Number(phase.slice(2)) - 1;
  const slot = ['L1', 'L2', 'L3', 'total'].indexOf(phase);
  if (slot >= 0) return slot;
  const between = ['L12', 'L23', 'L31'].indexOf(phase);
  return between >= 0 ? between : SLOTS - 1;
}

type Told = {
  readonly variable: VariableView;
  readonly values: NumberList;
  readonly low: readonly number[];
  readonly high: readonly number[];
  readonly scale: Scale;
  readonly analyzer: SeenAnalyzer;
};

/** Least and greatest of the day, the last hour, and where the value lies beside nominal. */
function tail({ variable, values, low, high, scale, analyzer }: Told, look: Look, columns: number): readonly Span[] {
  const { glyphs, ui } = look;
  const limit = (list: readonly number[], pick: (...all: number[]) => number): string =>
    right(list.length === 0 ? '-' : scaled(pick(...list), scale, LIMIT), LIMIT + 1, '');
  const spans = [span(`${limit(low, Math.min)}${limit(high, Math.max)}`, 'dim')];
  if (columns < SPARK_FROM) return spans;
  const base =
    variable.quantity.startsWith('voltage') || variable.quantity === 'frequency'
      ? SPANS
      : variable.aggregate === 'counter'
        ? COUNTED
        : 'zero';
  const history = ui.opened?.id === analyzer.id ? ui.opened.history[variable.code] : undefined;
  const points = history ? lastHour(history, serverNow(look)) : [];
  spans.push(span(` ${spark(points, SPARK, glyphs, base)}`, 'accent'));
  const nominal = columns >= GAUGE_FROM ? nominalOf(variable, analyzer) : null;
  if (nominal !== null) {
    const value = mean(values);
    const out = value !== null && (value <= nominal.low || value >= nominal.high);
    spans.push(span(` ${gauge(value, nominal, GAUGE, glyphs)}`, out ? 'warn' : 'plain'));
  }
  return spans;
}

const SPANS = { spanMin: 5 } as const;
const COUNTED = { spanMin: 0.1 } as const;
const NOMINAL_SHARE = 0.1;

function nominalOf({ quantity }: VariableView, { nominalV }: SeenAnalyzer) {
  if (quantity === 'voltage' && nominalV !== null)
    return { low: nominalV * (1 - NOMINAL_SHARE), nominal: nominalV, high: nominalV * (1 + NOMINAL_SHARE) };
  // below 0.95 reactive energy is billed; 1 is the end of the scale, and as good as it gets
  return quantity === 'powerFactor' ? { low: 0.5, nominal: 0.95, high: 1.01 } : null;
}

/** Means of the history in as many steps as the sparkline has columns; a step without a reading is null. */
function lastHour({ points }: HistoryView, now: number): NumberList {
  const cells: (number | null)[][] = Array.from({ length: SPARK }, () => []);
  for (const { at, values } of points) {
    const cell = Math.floor(((instantOf(at) - (now - HOUR_MS)) / HOUR_MS) * SPARK);
    cells[Math.min(SPARK - 1, cell)]?.push(mean(values));
  }
  return cells.map(mean);
}
