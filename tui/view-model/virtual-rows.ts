import type { VirtualConfig } from '../../src/domain/virtual.ts';
import type { AnalyzerView } from '../../src/protocol/views.ts';
import { type MissingTerm, type VirtualNow, virtualNow, virtualSpark } from '../../src/protocol/virtual-view.ts';
import { figure } from '../formats/figure.ts';
import { plain } from '../formats/width.ts';
import type { Words } from '../words/words.ts';
import { type Condition, joined } from './condition.ts';
import { figuresOf } from './figures.ts';
import { matches } from './filter.ts';
import { NOTHING, type Row } from './overview-rows.ts';
import { type Look, serverNow } from './view.ts';

/** A sum of analyzers in a row, as if it were one. */
export type VirtualRow = Row & { readonly virtual: VirtualConfig; readonly now: VirtualNow };

/** The sums that are shown, in the order of the file. They are never a fault: what fails is one of their analyzers. */
export function virtualRows(look: Look): readonly VirtualRow[] {
  const { plant, ui } = look;
  if (plant.virtuals.length === 0 || ui.faultsOnly) return [];
  const filter = ui.filters.overview ?? '';
  const rows = plant.virtuals.map((virtual) => virtualRow(virtual, look));
  return filter === '' ? rows : rows.filter((row) => matches(filter, searched(row)));
}

const searched = ({ virtual, condition }: VirtualRow): string =>
  [virtual.id, virtual.name, virtual.location, virtual.of, condition.word].join(' ');

export function virtualRow(virtual: VirtualConfig, look: Look): VirtualRow {
  const { plant, words } = look;
  const at = serverNow(look);
  const terms = new Map<number, AnalyzerView>();
  for (const { id } of virtual.terms) {
    const analyzer = plant.analyzers.get(id);
    if (analyzer === undefined) continue;
    const ageMs = analyzer.readAt === null ? null : Math.max(0, at - analyzer.readAt);
    terms.set(id, { ...analyzer, ageMs });
  }
  const kwOf = (analyzer: AnalyzerView) => figuresOf(analyzer, plant.variables.get(analyzer.profile)).kw;
  const now = virtualNow(virtual, terms, { now: at, kwOf });
  const { id, name, of } = virtual;
  return {
    ...{ virtual, now },
    shown: {
      ...{ id, name, model: of, device: null, errorShare: null },
      spark: virtualSpark(virtual, terms),
      today: { energyKwh: now.energyKwh, cost: now.cost },
    },
    figures: { ...NOTHING, kw: now.kw },
    condition: conditionOf(now, words),
    ageMs: now.ageMs,
    isOld: false,
  };
}

function conditionOf(now: VirtualNow, words: Words): Condition {
  const missing = missingWords(now.missing, words);
  return {
    ...{ severity: 0, isFault: false, sign: 'sum', word: words.sums.state, advice: '' },
    tone: missing === '' ? 'plain' : 'warn',
    note: missing === '' ? null : { cause: missing, since: '', next: '' },
  };
}

/** "without 5 Workshop (failed) not known"; empty: nothing is missing. */
function missingWords(missing: readonly MissingTerm[], words: Words): string {
  if (missing.length === 0) return '';
  const whys: Readonly<Record<MissingTerm['why'], string>> = { ...words.states, ...words.sums.why };
  const each = missing.map(({ id, name, why }) => `${plain(`${id} ${name}`.trim())} (${whys[why]})`);
  return words.sums.without(each.join(', '));
}

/**
 * Two sentences about a sum: of what it is made and what it costs, and what to do:
 *
 *   Building: 1 - 5, computed; cost of today 24.10
 *   Enter opens its analyzers  (Sa Pobla)
 */
export function virtualSentences({ virtual, now }: VirtualRow, { words, ui }: Look): readonly string[] {
  const { name, of, location } = virtual;
  const cost = now.cost === null ? '' : words.costToday(figure(now.cost, 2));
  const noCost = now.costMissing === null || now.missing.length > 0 ? '' : words.sums.noCost[now.costMissing];
  const story = joined([words.sums.isSum(plain(of)), missingWords(now.missing, words), cost]);
  const doubts = joined([now.energyFrom === 'power' ? words.sums.byPower : '', noCost]);
  const more = doubts === '' && ui.screen === 'overview' ? words.sums.opens : doubts;
  return [`${plain(name)}: ${story}`, [more, location === '' ? '' : `(${plain(location)})`].join('  ').trim()];
}
