import { describe, expect, it } from 'vitest';
import type { VirtualConfig } from '../../src/domain/virtual.ts';
import { parseVirtual } from '../../src/domain/virtual.ts';
import type { AnalyzerView, ListView } from '../../src/protocol/views.ts';
import { glyphsOf } from '../../tui/formats/glyphs.ts';
import type { Effect } from '../../tui/keys/effects.ts';
import { press } from '../../tui/keys/press.ts';
import { applied } from '../../tui/state/apply.ts';
import { virtualRows } from '../../tui/view-model/virtual-rows.ts';
import { frameOf } from '../../tui/view-model.ts';
import { analyzerView, calmPlant, failedView, isoOf, largePlant, NOW } from './fake-plant.ts';
import { type Asked, lookOf, plantOf, screen, screenOf } from './looking.ts';

const sum = (id: number, name: string, of: string, tariff?: string): VirtualConfig => ({
  ...{ id, name, location: 'Campus', of, terms: parseVirtual(of) ?? [] },
  ...(tariff !== undefined && { tariff }),
});
const meter = (id: number, name: string, kw: number, over: Partial<AnalyzerView> = {}): AnalyzerView => {
  const view = analyzerView(id, { name, tariff: 'school' });
  const today = { energyKwh: 10 * id, energyFrom: 'counter', cost: id, range: {} } as const;
  return { ...view, today, lastReading: { ...view.lastReading!, values: { PAT: [kw] } }, ...over };
};
const SUMS = [sum(100, 'Building', '1 - 3', 'school'), sum(101, 'Everything', '1 + 2 + 3', 'other')];
const ANALYZERS = [meter(1, 'Main', 30), meter(2, 'Kitchen', 6.25), meter(3, 'Workshop', 4.5)];
const LIST: ListView = { ...calmPlant(), analyzers: ANALYZERS, virtuals: SUMS };
const BROKEN: ListView = { ...LIST, analyzers: [...ANALYZERS.slice(0, 2), failedView(3, { name: 'Workshop' })] };
const at = (key: string, index: number) => ({ places: { overview: { key, index, top: 0 } } });

function typed(keys: readonly string[], asked: Asked = {}) {
  let look = lookOf({ list: LIST, ...asked });
  const effects: Effect[] = [];
  for (const key of keys) {
    const done = press(look.ui, key, { look, frame: frameOf(look), isOwner: false, slipped: false });
    look = { ...look, ui: done.ui };
    effects.push(...done.effects);
  }
  return { ui: look.ui, effects, screen: screenOf(frameOf(look)) };
}

describe('sums of analyzers in the overview', () => {
  it('stand below the analyzers, whatever these are sorted by, with a sign of their own', () => {
    const rows = screen({ list: LIST, chosen: { sort: 'power', reversed: true } });
    expect(rows.slice(6, 8)).toEqual([
      '  Σ computed    100 Building             now   -20.0     -      -      -   25.50',
      '  Σ computed    101 Everything           now    60.0     -      -      -   40.75',
    ]);
    const wide = screen({ list: LIST, columns: 160 });
    expect(wide[6]).toMatch(/Building +1 - 3 +now [▁-█ ]{24} +-20\.0 +-2\.00 +- +- +- +25\.50$/);
    expect(wide[7]).toMatch(/Everything +1 \+ 2 \+ 3 .* 60\.0 +- +-/);
    const plain = screen({ list: LIST, glyphs: glyphsOf(true) });
    expect(plain[6]).toMatch(/^ {2}\+ computed/);
  });

  it('say without whom they are not known, and show no part of it', () => {
    const rows = screen({ list: BROKEN, columns: 100, rows: 24, chosen: at('100', 3) });
    expect(rows[6]).toMatch(/^▶ Σ computed +100 Building +4 min {2}without 3 Workshop \(failed\) not known$/);
    expect(rows.at(-3)).toBe(' Building: 1 - 3, computed; without 3 Workshop (failed) not known');
    const gone = { ...LIST, analyzers: ANALYZERS.slice(0, 2) };
    expect(screen({ list: gone, columns: 100 })[5]).toContain(' -  without 3 (not there) not known');
  });

  it('are old as soon as one of their analyzers is, by the clock of the screen', () => {
    const slow = meter(3, 'Workshop', 4.5, { readingMs: 60_000 });
    const list = { ...LIST, analyzers: [...ANALYZERS.slice(0, 2), slow] };
    const kw = (now: number) => virtualRows(lookOf({ list, now })).map(({ figures }) => figures.kw);
    expect(kw(NOW + 8_000)).toEqual([25.5, 40.75]);
    expect(kw(NOW + 8_001)).toEqual([null, null]);
  });

  it('have a sentence with their cost, or why there is none', () => {
    expect(screen({ list: LIST, chosen: at('100', 3) }).slice(-3, -1)).toEqual([
      ' Building: 1 - 3, computed; cost of today -2.00',
      ' Enter opens its analyzers  (Campus)',
    ]);
    expect(screen({ list: LIST, columns: 120, chosen: at('101', 4) }).slice(-3, -1)).toEqual([
      ' Everything: 1 + 2 + 3, computed',
      ' no cost: not all of its analyzers have its contract  (Campus)',
    ]);
  });

  it('say that energy is reckoned from power where it is not counted', () => {
    const shop = meter(3, 'Workshop', 4.5, { today: { energyKwh: 1, energyFrom: 'power', cost: 1, range: {} } });
    const list = { ...LIST, analyzers: [...ANALYZERS.slice(0, 2), shop] };
    const said = screen({ list, columns: 120, chosen: at('100', 3) }).at(-2);
    expect(said).toBe(' energy reckoned from power, without the time that was not read  (Campus)');
  });

  it.each([
    ['everything', 1, '1 of 5'],
    ['computed', 2, '2 of 5'],
    ['1 + 2', 1, '1 of 5'],
    ['zzz', 0, ''],
  ])('the filter %s leaves %i of them', (filter, count, where) => {
    const look = lookOf({ list: LIST, chosen: { filters: { overview: filter } } });
    expect(virtualRows(look)).toHaveLength(count);
    expect(screenOf(frameOf(look))[1]).toContain(where);
  });

  it('are never a fault, and counted among what there is', () => {
    expect(virtualRows(lookOf({ list: BROKEN, chosen: { faultsOnly: true } }))).toEqual([]);
    expect(screen({ list: LIST })[1]).toMatch(/ 1\/5$/);
    expect(screen({ list: LIST })[0]).toContain('3 polling');
  });

  it('go and come with a reload', () => {
    const plant = plantOf(LIST);
    const { virtuals: _none, ...bare } = LIST;
    const reloaded = applied(plant, { event: 'installation', data: bare }, NOW);
    expect([plant.virtuals.length, reloaded.virtuals]).toEqual([2, []]);
    expect(applied(reloaded, { event: 'installation', data: LIST }, NOW).virtuals).toEqual(SUMS);
  });

  it('follow readings as they come', () => {
    const reading = { ...ANALYZERS[0]!.lastReading!, at: isoOf(NOW + 1_000), nominal: isoOf(NOW + 1_000) };
    const data = {
      ...{ id: 1, comm: true, readings: { good: 1, failed: 0 }, errorShare: 0, energyKwh: 12, cost: 1.5, minuteKw: 31 },
      reading: { ...reading, values: { PAT: [31] } },
    };
    const plant = applied(plantOf(LIST), { event: 'reading', data }, NOW);
    expect(virtualRows(lookOf({ plant, now: NOW + 1_000 }))[0]).toMatchObject({
      figures: { kw: 26.5 },
      shown: { today: { energyKwh: 12 - 30, cost: 1.5 - 3 } },
    });
  });
});

describe('a sum that is opened', () => {
  it('shows what it is made of, each with its sign', () => {
    const { ui, screen: shown } = typed(['G', 'k', 'enter']);
    expect([ui.screen, ui.virtual]).toEqual(['virtual', 100]);
    expect(shown[1]).toContain('[1 Overview]');
    expect(shown.slice(3, 7)).toEqual([
      '▶ Σ computed    100 Building             now   -20.0     -      -      -   25.50',
      ' +● polling       1 Main                 now    10.0     -      -      -   30.00',
      ' -● polling       3 Workshop             now    30.0     -      -      -    4.50',
      '',
    ]);
    expect(shown.at(-1)).toMatch(/^ Esc back {2}c copy /);
    const wide = screen({ list: LIST, columns: 160, chosen: { screen: 'virtual', virtual: 101 } });
    expect(wide.slice(3, 7).map((row) => row.slice(0, 3))).toEqual(['▶ Σ', ' +●', ' +●', ' +●']);
  });

  it('opens one of them, and Esc leads back the same way', () => {
    const opened = typed(['G', 'k', 'enter', 'j', 'j', 'enter']);
    expect([opened.ui.screen, opened.ui.opened?.id]).toEqual(['analyzer', 3]);
    const back = typed(['G', 'k', 'enter', 'j', 'j', 'enter', 'esc']);
    expect([back.ui.screen, back.ui.virtual]).toEqual(['virtual', 100]);
    expect(back.screen[5]).toMatch(/^▶-● polling +3 Workshop/);
    expect(typed(['G', 'k', 'enter', 'j', 'j', 'enter', 'esc', 'esc']).ui.screen).toBe('overview');
    // one that was opened from the overview leads back there, whatever was open before
    const straight = typed(['G', 'enter', 'esc', 'g', 'enter', 'esc']);
    expect(straight.ui.screen).toBe('overview');
  });

  it('commands are about the analyzer that is selected there', () => {
    const paused = typed(['G', 'k', 'enter', 'j', 'p']);
    const target = { kind: 'analyzers', ids: [1] };
    const command = { kind: 'act', action: 'pause', target, seconds: null };
    expect(paused.effects).toEqual([{ kind: 'command', command }]);
  });

  it.each([
    ['in the overview', ['G', 'p']],
    ['opened', ['G', 'enter', 'p']],
    ['to be marked', ['G', ' ']],
  ])('is no meter: %s nothing is asked of it, and that is said', (_, keys) => {
    const { effects, ui, screen: shown } = typed(keys);
    expect([effects, [...ui.marks]]).toEqual([[], []]);
    expect(shown.at(-2)).toBe(' Everything is computed: choose one of its analyzers');
  });

  it('is not among what * marks, and the footer offers no command for it', () => {
    expect([...typed(['*']).ui.marks].sort()).toEqual([1, 2, 3]);
    expect(typed(['*', '*']).ui.marks.size).toBe(0);
    expect(typed(['G']).screen.at(-1)).not.toContain('pause');
    expect(typed([]).screen.at(-1)).toContain('pause');
  });

  it('and gone by a reload says that nothing is selected', () => {
    expect(screen({ list: LIST, chosen: { screen: 'virtual', virtual: 7 } })[2]).toBe('  nothing is selected');
  });

  it('with more analyzers than lines scrolls', () => {
    const many = sum(900, 'All', Array.from({ length: 200 }, (_, n) => n + 1).join(' + '));
    const list = { ...largePlant(200), virtuals: [many] };
    const { screen: shown } = typed(['G', 'enter', 'G'], { list });
    expect(shown[1]).toContain('201/201');
    expect(shown).toHaveLength(24);
  });
});
