import { describe, expect, it } from 'vitest';
import type { AnalyzerView } from '../../src/protocol/views.ts';
import { glyphsOf } from '../../tui/formats/glyphs.ts';
import { widthOf } from '../../tui/formats/width.ts';
import type { Sort, Ui } from '../../tui/state/ui.ts';
import { figuresOf } from '../../tui/view-model/figures.ts';
import { overviewRows } from '../../tui/view-model/overview-rows.ts';
import { frameOf } from '../../tui/view-model.ts';
import { analyzerView, calmPlant, faultyPlant, isoOf, largePlant, NOW, nodeView, VARIABLES } from './fake-plant.ts';
import { lookOf, plantOf, screen } from './looking.ts';

const names = (chosen: Partial<Ui> = {}, list = faultyPlant()) =>
  overviewRows(lookOf({ list, chosen })).map(({ analyzer }) => analyzer.name);

describe('the order of the overview', () => {
  it('is the worst first', () => {
    expect(names()).toEqual([
      ...['Library', 'Kitchen', 'Sports hall', 'Workshop'],
      ...['Laundry', 'Lift', 'Main switchboard', 'Boiler room probes'],
    ]);
  });

  it.each<[Sort, string]>([
    ['name', 'Boiler room probes'],
    ['line', 'Main switchboard'],
    ['power', 'Workshop'],
    ['energy', 'Library'],
    ['errors', 'Kitchen'],
    ['age', 'Laundry'],
    ['id', 'Main switchboard'],
  ])('sorted by %s, %s is first', (sort, first) => expect(names({ sort })[0]).toBe(first));

  it('the same key again turns it round', () => {
    expect(screen({ chosen: { reversed: true } })[1]).toContain('sorted by worst first, reversed');
    expect(names({ sort: 'name', reversed: true })).toEqual([...names({ sort: 'name' })].reverse());
  });

  it.each([
    ['kit', ['Kitchen']],
    ['!kit', 7],
    ['FAILED', ['Kitchen', 'Sports hall']],
    ['line:2 cvmk', ['Sports hall']],
    ['!', 8],
    ['zzz', []],
  ])('the filter %s', (filter, shown) => {
    const found = names({ filters: { overview: filter } });
    expect(typeof shown === 'number' ? found.length : found).toEqual(shown);
  });

  it('faults only: what is fine, and what a person stopped, is left out', () => {
    expect(names({ faultsOnly: true })).toEqual(['Library', 'Kitchen', 'Sports hall', 'Workshop']);
    expect(screen({ list: calmPlant(), chosen: { faultsOnly: true } })[3]).toContain('no faults; F shows all');
  });
});

describe('a row of the overview', () => {
  it('says what is wrong in place of values, and what to do', () => {
    const rows = screen();
    expect(rows[4]).toBe('  ✖ failed        2 Kitchen            4 min  no answer; next try 18:06:12; is …');
    expect(rows[6]).toMatch(/^ {2}▲ polling {7}5 Workshop {13}now +128\.4 /);
    expect(rows[7]).toContain('□ stopped');
    expect(rows[7]).toContain('for 1 h; s starts it');
    expect(rows[10]).toContain('20.1 · 35.2 · 60.0 · 55.5 · - ·');
  });

  it('has everything at 160 columns, the sparkline too', () => {
    const rows = screen({ list: calmPlant(), columns: 160, rows: 50 });
    expect(rows[2]?.trim().split(/ {2,}|(?<=ID) /)).toEqual([
      ...['STATE', 'ID', 'NAME', 'MODEL', 'LINE', 'READ kW, LAST HOUR', 'ERR kWh TODAY', 'PF', 'V', 'A', 'kW'],
    ]);
    expect(rows[3]).toMatch(/^▶ ● polling {7}1 Main switchboard .* PM710 +1 +now [▁-█ ]{24} +0% +124\.4 /);
  });

  it.each<[string, Partial<AnalyzerView>, RegExp]>([
    [
      'paused until',
      { state: 'paused', pausedUntil: '2026-11-25T18:15:00.000+01:00' },
      /‖ paused.*until 18:15:00; r resumes/,
    ],
    [
      'connecting',
      { state: 'connecting', lastReading: null, ageMs: null },
      /◌ connecting.* - {2}waits for its first answer/,
    ],
    ['disabled', { state: 'disabled', lastReading: null }, /○ disabled.*enabled="false"/],
    ['recording', { state: 'recording' }, /● polling .* 34\.\d\d|● polling/],
    [
      'an unknown code',
      { state: 'failed', error: { code: 'NEW', message: 'odd \x1b[2J thing' } },
      /odd \\x1b\[2J thing/,
    ],
    [
      'a lost phase',
      { lastReading: { ...(analyzerView(1).lastReading as never as object), values: { TPF: [230, 3, 230] } } as never },
      /▲ polling/,
    ],
    [
      'doubted values',
      {
        lastReading: { ...(analyzerView(1).lastReading as never as object), flags: { PAT: ['implausible'] } } as never,
      },
      /▲ polling/,
    ],
  ])('%s', (_, over, row) => {
    const list = { ...calmPlant(), analyzers: [analyzerView(1, { name: 'X', ...over })] };
    expect(screen({ list })[3]).toMatch(row);
  });

  it('figures that are old are dim, and their age is not', () => {
    const toneAt = (ageMs: number, column: string) => {
      const list = { ...calmPlant(), analyzers: [analyzerView(1, { ageMs })] };
      const row = frameOf(lookOf({ list })).body.lines[0];
      return row?.spans.find(({ text }) => text.trim() === column)?.tone;
    };
    expect(toneAt(0, 'now')).toBe('dim');
    expect(toneAt(120_000, '2 min')).toBe('warn');
    const kw = (figuresOf(plantOf(calmPlant()).analyzers.get(1) as never, VARIABLES).kw ?? 0).toFixed(2);
    expect([toneAt(0, kw), toneAt(120_000, kw)]).toEqual(['plain', 'dim']);
  });

  it('where no age has room, it stands in place of values that are old', () => {
    const list = { ...calmPlant(), analyzers: [analyzerView(1, { ageMs: 120_000 }), analyzerView(2)] };
    const rows = screen({ list, columns: 40, rows: 10 });
    expect(rows.find((each) => each.includes('Meter 1') || each.includes('▶'))).toMatch(/▶ ● Meter 1 +2 min ago$/);
    expect(rows.join()).not.toMatch(/now ago/);
  });

  it('readings that are missing are explained by its errors, or by its line', () => {
    const detail = (over: Partial<AnalyzerView>) =>
      screen({ list: { ...calmPlant(), analyzers: [analyzerView(1, over)] } }).at(-2);
    expect(detail({ errorShare: 0.3 })).toContain('its line is too busy (key 2)');
    expect(detail({ errorShare: 0.3, readings: { good: 2, failed: 1 } })).not.toContain('busy');
    expect(detail({ errorShare: 0 })).not.toContain('busy');
    const failure = { code: 'LINE_TIMEOUT', message: 'no answer' };
    const lastReading = { ...(analyzerView(1).lastReading as NonNullable<AnalyzerView['lastReading']>), failure };
    expect(detail({ errorShare: 0.3, lastReading })).not.toContain('busy');
  });

  it('tells for how long one is paused already, and until when', () => {
    const paused = { state: 'paused', since: isoOf(NOW - 120_000), pausedUntil: isoOf(NOW + 60_000) } as const;
    const list = { ...calmPlant(), analyzers: [analyzerView(1, { name: 'Kitchen', ...paused })] };
    const rows = screen({ list });
    expect(rows[3]).toContain('now  until 18:06:42; r resumes');
    expect(rows.at(-3)).toContain('Kitchen: paused for 2 min, until 18:06:42; r resumes');
    expect(rows.at(-1)).not.toMatch(/read now|identify|p pause/);
  });

  it('keeps its age while the server is away', () => {
    const plant = { ...plantOf(calmPlant()), link: { kind: 'lost' as const, since: NOW, message: 'refused' } };
    const rows = screen({ plant, now: NOW + 130_000 });
    expect(rows[1]).toContain('✖ SERVER LOST 2 min: values are old; trying again; lector serve starts it. ref');
    expect(rows[3]).toContain('2 min');
  });

  it('F66 a name with escapes, wide and combining characters stays within its column', () => {
    const name = '\x1b[31m電力計\u202e\r\nEvil Kitcheñ e\u0301\u0301';
    const list = { ...calmPlant(), analyzers: [analyzerView(1, { name }), analyzerView(2, { name: 'plain' })] };
    const [, , , evil = '', good = ''] = screen({ list });
    expect(widthOf(evil)).toBe(widthOf(good));
    expect(evil).not.toMatch(/\p{Cc}|\u202e/u);
  });
});

describe('the whole screen', () => {
  const sizes = [
    [80, 24],
    [160, 50],
    [250, 80],
    [100, 30],
    [60, 12],
    [40, 10],
    [20, 5],
    [10, 3],
    [3, 2],
    [1, 1],
  ] as const;
  it.each(
    sizes.flatMap(([columns, rows]) => ['calm', 'faulty', 'large'].map((name) => ({ columns, rows, name }))),
  )('F66 of a $name plant at $columns x $rows is as wide and as high as the terminal', ({ columns, rows, name }) => {
    const list = name === 'calm' ? calmPlant() : name === 'faulty' ? faultyPlant() : largePlant(200);
    const screens = ['overview', 'lines', 'deliveries', 'tree', 'log', 'analyzer', 'bus'] as const;
    const opened = { id: 2, why: null, meter: null, history: {} };
    for (const each of screens) {
      for (const prompt of [null, { kind: 'help' as const }, { kind: 'palette' as const, text: '', chosen: 0 }]) {
        const lines = screen({ list, columns, rows, chosen: { screen: each, opened, bus: 1, prompt } });
        if (prompt?.kind !== 'help') expect([each, lines.length]).toEqual([each, rows]);
        for (const line of lines) expect([each, line, widthOf(line) <= columns]).toEqual([each, line, true]);
      }
    }
  });

  it.each([40, 60, 80, 100])('at %i columns a sentence has room, and all rows stand below each other', (columns) => {
    const rows = screen({ columns, rows: 30 }).slice(3, 11);
    const starts = ['Kitchen', 'Workshop', 'Lift'].map((name) => rows.find((row) => row.includes(name))?.indexOf(name));
    expect(new Set(starts).size).toBe(1);
    expect(rows.find((row) => row.includes('Kitchen'))).toMatch(/no answer/);
  });

  it('says what is cut when the terminal is small', () => {
    expect(screen({ columns: 60, rows: 12 }).at(-1)).toMatch(/^ \? help {2}q quit {2}cut at 60x12: /);
    expect(screen({ list: largePlant(30), columns: 80, rows: 12 }).at(-1)).toContain('cut at 80x12');
    expect(screen({ list: largePlant(30), columns: 80, rows: 24 }).at(-1)).not.toContain('cut');
  });

  it('the header counts what is wrong first, and never loses the clock', () => {
    expect(screen()[0]).toBe(' IES Sa Garr… 2 failed  1 held  1 stopped  1 paused  3 polling  412 owed  18:05');
    expect(screen({ columns: 40, rows: 10 })[0]).toMatch(/2 failed {2}1 held {4}18:05$/);
    expect(screen({ list: calmPlant() })[0]).toContain('3 polling  nothing owed  18:05');
  });

  it('what concerns everything takes the place of the tabs, or of the message line', () => {
    const list = { ...calmPlant(), node: nodeView({ troubles: ['the disk refuses: records wait in memory', 'x'] }) };
    expect(screen({ list })[1]).toBe(' ▲ the disk refuses: records wait in memory  (+1)');
    expect(screen({ list, rows: 8 }).at(-2)).toContain('the disk refuses');
  });

  it.each(['en', 'ca', 'es'] as const)('has nothing beyond ASCII where the terminal has none, in %s', (lang) => {
    const list = { ...faultyPlant(), analyzers: [...faultyPlant().analyzers, analyzerView(9, { name: 'Pavelló 電' })] };
    const all = screen({ lang, list, glyphs: glyphsOf(true), columns: 160, rows: 50 }).join('\n');
    expect(all).toMatch(/^[\x20-\x7e\n]*$/);
    expect(all).toContain('Pavello ??');
  });

  it.each(['en', 'ca', 'es'] as const)('keeps its clock in %s', (lang) => {
    for (const columns of [30, 40, 60, 80, 160]) expect(screen({ lang, columns })[0]).toMatch(/18:05$/);
  });

  it('has no sign beyond ASCII in a calm plant either', () => {
    const lines = screen({ glyphs: glyphsOf(true), columns: 160, rows: 50, list: calmPlant() });
    expect(lines.join('\n')).toMatch(/^[\x20-\x7e\n]*$/);
  });

  it.each(['en', 'ca', 'es'] as const)('speaks %s', (lang) => {
    const expected = { en: 'no answer', ca: 'no respon', es: 'no responde' }[lang];
    expect(screen({ lang }).join('\n')).toContain(expected);
  });
});

describe('long names', () => {
  const name = 'Main switchboard of the new building behind the sports hall 1';
  const list = { ...calmPlant(), analyzers: [analyzerView(1, { name })] };
  const row = (columns: number) => screen({ list, columns, rows: 30 })[3] ?? '';

  it('are cut where there is no room for them, and columns stay where they are', () => {
    expect(row(80)).toContain(' Main switchboard… ');
    expect(row(160)).toMatch(/ Main switchboard of the new… +PM710/);
    const short = screen({ list: calmPlant(), columns: 160, rows: 30 })[3] ?? '';
    expect(row(160).indexOf('PM710')).toBe(short.indexOf('PM710'));
  });

  it('are whole on a wide screen', () => expect(row(250)).toContain(`${name.slice(0, 59)}… PM710`));
});

describe('in ten seconds', () => {
  it('one is counted as one, several as several', () => {
    const { analyzers } = faultyPlant();
    const header = (list = faultyPlant()) => screen({ list, lang: 'ca', columns: 160 })[0];
    expect(header()).toContain('1 retingut  1 aturat  ');
    const twice = analyzers.map((each) => (each.state === 'stopped' ? { ...each, state: 'held' as const } : each));
    expect(header({ ...faultyPlant(), analyzers: twice })).toContain('2 retinguts');
  });

  it('what to do about one that is held is said beside it', () => {
    expect(screen({ columns: 160 })[3]).toMatch(
      /crashed too often for 4 min; next try 18:06:12; see the log \(key 5\)$/,
    );
  });
});
