import type { SeenAnalyzer } from '../state/plant.ts';
import type { Sort } from '../state/ui.ts';
import { type Condition, conditionOf } from './condition.ts';
import { type Figures, figuresOf } from './figures.ts';
import { matches } from './filter.ts';
import { isOld } from './old.ts';
import { type Look, serverNow } from './view.ts';

/** What stands in the cells of a row beside figures: of an analyzer itself, or of a sum of several. */
export type Shown = Pick<SeenAnalyzer, 'id' | 'name' | 'model' | 'spark' | 'errorShare'> & {
  readonly device: number | null;
  readonly today: Pick<SeenAnalyzer['today'], 'energyKwh' | 'cost'>;
};

export type Row = {
  readonly shown: Shown;
  readonly figures: Figures;
  readonly condition: Condition;
  readonly ageMs: number | null;
  /** Its figures are not those of now. */
  readonly isOld: boolean;
};

/** An analyzer as the overview sees it. */
export type AnalyzerRow = Row & { readonly analyzer: SeenAnalyzer };

/** The analyzers that are shown, in order: filtered, faults only, sorted. */
export function overviewRows(look: Look): readonly AnalyzerRow[] {
  const { plant, ui } = look;
  const now = serverNow(look);
  const rows = [...plant.analyzers.values()].map((analyzer) => rowFor(analyzer, look, now));
  const filter = ui.filters.overview ?? '';
  return rows
    .filter(({ condition }) => !ui.faultsOnly || condition.isFault)
    .filter((row) => filter === '' || matches(filter, searched(row)))
    .sort(comparison(ui.sort, ui.reversed));
}

export const NOTHING: Figures = { voltage: null, oddPhase: null, current: null, kw: null, pf: null, others: [] };

export function rowFor(analyzer: SeenAnalyzer, { plant, words }: Look, now: number): AnalyzerRow {
  const measured = figuresOf(analyzer, plant.variables.get(analyzer.profile));
  const condition = conditionOf(analyzer, measured, now, words);
  return {
    analyzer,
    shown: analyzer,
    // what is not shown does not sort either
    figures: condition.note === null ? measured : NOTHING,
    condition,
    ageMs: analyzer.readAt === null ? null : Math.max(0, now - analyzer.readAt),
    isOld: isOld(analyzer, now),
  };
}

const searched = ({ analyzer, condition }: AnalyzerRow): string =>
  [analyzer.id, analyzer.name, analyzer.location, analyzer.model, condition.word, `line:${analyzer.device}`].join(' ');

/** What each sort goes by; greatest first for figures, for those are looked for. */
const BY: Readonly<Record<Sort, (row: AnalyzerRow) => number | string>> = {
  state: ({ condition }) => condition.severity,
  id: ({ analyzer }) => analyzer.id,
  name: ({ analyzer }) => analyzer.name.toLocaleLowerCase(),
  line: ({ analyzer }) => analyzer.device,
  age: ({ ageMs }) => -(ageMs ?? Number.MAX_SAFE_INTEGER),
  voltage: ({ figures }) => -(figures.voltage ?? Number.NEGATIVE_INFINITY),
  current: ({ figures }) => -(figures.current ?? Number.NEGATIVE_INFINITY),
  power: ({ figures }) => -(figures.kw ?? Number.NEGATIVE_INFINITY),
  pf: ({ figures }) => figures.pf ?? Number.POSITIVE_INFINITY,
  energy: ({ analyzer }) => -(analyzer.today.energyKwh ?? Number.NEGATIVE_INFINITY),
  errors: ({ analyzer }) => -(analyzer.errorShare ?? -1),
};

function comparison(sort: Sort, reversed: boolean): (a: AnalyzerRow, b: AnalyzerRow) => number {
  const by = BY[sort];
  const sign = reversed ? -1 : 1;
  return (a, b) => {
    const [x, y] = [by(a), by(b)];
    if (x === y) return a.analyzer.id - b.analyzer.id;
    return (
      (typeof x === 'string' || typeof y === 'string' ? String(x).localeCompare(String(y)) : x < y ? -1 : 1) * sign
    );
  };
}
