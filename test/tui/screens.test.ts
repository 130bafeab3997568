import { describe, expect, it } from 'vitest';
import type { FrameView, LogLine } from '../../src/protocol/events.ts';
import type { AnalyzerView } from '../../src/protocol/views.ts';
import type { Opened, Ui } from '../../tui/state/ui.ts';
import { frameOf } from '../../tui/view-model.ts';
import { linesOf, treeOf } from './fake-client.ts';
import { analyzerView, calmPlant, faultyPlant, isoOf, NOW, VARIABLES, valuesAt } from './fake-plant.ts';
import { type Asked, lookOf, plantOf, screen, textOf } from './looking.ts';

/** The screen of one analyzer, as text. */
function analyzer(over: Partial<AnalyzerView>, asked: Asked = {}, opened: Partial<Opened> = {}): string {
  const list = { ...faultyPlant(), analyzers: [analyzerView(1, { name: 'Kitchen', ...over })] };
  const chosen: Partial<Ui> = { screen: 'analyzer', opened: { id: 1, why: null, meter: null, history: {}, ...opened } };
  return screen({ list, chosen, columns: 160, rows: 50, ...asked }).join('\n');
}

describe('the screen of one analyzer', () => {
  it('says what it is, where it is and how it is read', () => {
    const text = analyzer({});
    expect(text).toContain('Kitchen  Ground floor');
    expect(text).toContain('Schneider PM710 · profile pm710 · line 1 /dev/ttyUSB0 19200 8E1, unit 1');
    expect(text).toContain('"Schneider Electric PM710 V3.1" · simulated');
    expect(text).toContain(
      'read every 2 s, recorded every 1 min; readings: 3500 good, 0 failed; last record 18:05:00 (30 of 30)',
    );
    expect(text).toContain('[polling]');
  });

  it('says what is wrong, since when, why, and what to do', () => {
    const text = analyzer({
      ...{ state: 'failed', since: isoOf(NOW - 250_000), attempt: 5, nextTry: isoOf(NOW + 30_000), lastReading: null },
      error: { code: 'LINE_TIMEOUT', message: 'unit 1 did not answer within 1000 ms' },
    });
    expect(text).toContain('✖ failed  no answer for 4 min; next try 18:06:12; 5 tries');
    expect(text).toContain('unit 1 did not answer within 1000 ms');
    expect(text).toContain('is it powered?');
    expect(text).toMatch(/\[failed\].* 18:01:32/);
  });

  it('a try that is over is not announced', () => {
    expect(analyzer({ state: 'failed', nextTry: isoOf(NOW - 1_000), lastReading: null })).not.toContain('next try');
  });

  it('shows every variable under its phase, with unit, least and greatest of the day', () => {
    const values = { TPF: [230.14, 0, null], IPF: [12, 11, 10], PAT: [34.851], FPT: [0.953], CEA: [123_456.78] };
    const range = { TPF: { min: [228, 0, 229], max: [233, 231, 232] } };
    const reading = { ...(analyzerView(1).lastReading as NonNullable<AnalyzerView['lastReading']>), values };
    const lines = analyzer({ lastReading: reading, today: { ...analyzerView(1).today, range } }).split('\n');
    const row = (name: string) => lines.find((each) => each.includes(name)) ?? '';
    expect(row('TPF')).toMatch(/TPF +voltage +230\.1 +0\.0 +- +V +0\.0 +233\.0/);
    expect(row('PAT')).toMatch(/PAT +active power {25,}34\.85 kW/);
    expect(row('CEA')).toMatch(/123456\.8 kWh/);
    expect(row('VARIABLE')).toMatch(/L1 +L2 +L3 +TOTAL UNIT +MIN TODAY MAX TODAY LAST HOUR +NOMINAL/);
  });

  it.each([
    [8_000, 'polling', false],
    [10_000, 'polling', true],
    [240_000, 'paused', true],
  ] as const)('values %i ms old (%s): said and dim is %s', (ageMs, state, isOld) => {
    const reading = {
      ...(analyzerView(1).lastReading as NonNullable<AnalyzerView['lastReading']>),
      at: isoOf(NOW - ageMs),
    };
    const list = { ...faultyPlant(), analyzers: [analyzerView(1, { state, ageMs, lastReading: reading })] };
    const chosen: Partial<Ui> = { screen: 'analyzer', opened: { id: 1, why: null, meter: null, history: {} } };
    const look = lookOf({ list, chosen, rows: 50 });
    const { lines } = frameOf(look).body;
    const said = lines.map(textOf).find((each) => each.includes('values read'));
    const volts = lines.find((each) => textOf(each).includes('TPF'));
    expect(said?.trim()).toBe(
      isOld ? (ageMs < 60_000 ? 'values read 10 s ago, at 18:05:32' : 'values read 4 min ago, at 18:01:42') : undefined,
    );
    expect(volts?.spans.find(({ text }) => text.includes('23'))?.tone).toBe(isOld ? 'dim' : 'plain');
  });

  it('has nothing between quotes where the meter has no name to say', () => {
    expect(analyzer({ identification: ' ' })).not.toContain('"');
    expect(analyzer({ identification: null })).toContain('not identified yet');
  });

  it('does not say that nothing changed before it was told so', () => {
    expect(analyzer({})).not.toContain('no change since');
    const why = { name: '', label: '', state: 'polling', changes: [] } as unknown as NonNullable<Opened['why']>;
    expect(analyzer({}, {}, { why })).toContain('no change since');
  });

  it('marks doubted values in words', () => {
    const reading = {
      ...(analyzerView(1).lastReading as NonNullable<AnalyzerView['lastReading']>),
      flags: { PAT: ['implausible'] },
    };
    const line = analyzer({ lastReading: reading }, { columns: 120 })
      .split('\n')
      .find((each) => each.includes('PAT'));
    expect(line).toContain('▲ doubted');
  });

  it('draws the last hour, and where voltage and power factor lie', () => {
    const points = Array.from({ length: 60 }, (_, n) => ({
      at: isoOf(NOW - (60 - n) * 60_000),
      values: valuesAt(1, NOW - n * 60_000).PAT ?? [],
    }));
    const variable = VARIABLES[2] as (typeof VARIABLES)[number];
    const history = { PAT: { id: 1, variable, from: isoOf(NOW - 3.6e6), to: isoOf(NOW), every: 1, points } };
    const lines = analyzer({}, {}, { history }).split('\n');
    expect(lines.find((each) => each.includes('PAT'))).toMatch(/[▁-█]{16}/);
    expect(lines.find((each) => each.includes('TPF'))).toMatch(/├─+.*●.*┤/);
    expect(lines.find((each) => each.includes('FRE'))).not.toContain('├');
  });

  it('eight channels take two rows', () => {
    const list = faultyPlant();
    const chosen: Partial<Ui> = { screen: 'analyzer', opened: { id: 4, why: null, meter: null, history: {} } };
    const text = screen({ list, chosen, columns: 100, rows: 40 });
    const first = text.findIndex((each) => each.includes('AMC'));
    expect(text[first]).toMatch(/20\.1\d* +35\.2\d* +60\.\d+ +55\.5/);
    expect(text[first + 1]).toMatch(/- +12\.\d+ +0\.\d+ +3\.3/);
  });

  it('tells the last changes with their cause, wrapped where they are long', () => {
    const words = 'it is tried again in 2 s and then at longer and longer intervals, five minutes at most';
    const change = {
      at: isoOf(NOW - 9_000),
      state: 'failed' as const,
      words,
      cause: { code: 'LINE_TIMEOUT', message: 'unit 1 is silent' },
      nextTry: null,
    };
    const why = { name: 'analyzer:1', label: 'Kitchen', changes: [change] };
    const text = analyzer({}, { columns: 80 }, { why });
    expect(text).toMatch(/18:05:33 failed {6}it is tried again in 2 s and then/);
    expect(text).toContain('at most: no answer');
  });

  it('says its name once, and a sentence in a narrow column stands below its state', () => {
    const words = 'analyzer 1 (PM710 "Kitchen") is not read: unit 1 is silent';
    const cause = { code: 'LINE_TIMEOUT', message: 'unit 1 is silent' };
    const change = { at: isoOf(NOW - 9_000), state: 'failed', words, cause, nextTry: null } as const;
    const why = { name: 'analyzer:1', label: 'analyzer 1 (PM710 "Kitchen")', changes: [change] };
    const lines = analyzer({}, {}, { why }).split('\n');
    const at = lines.findIndex((each) => each.includes('18:05:33 failed'));
    expect(lines[at]).toMatch(/18:05:33 failed$/);
    expect(lines[at + 1]).toMatch(/ {4}is not read: unit 1 is silent$/);
    expect(lines.join()).not.toContain('PM710 "Kitchen"');
  });

  it('stands in two columns where there is room, and below each other where not', () => {
    const wide = analyzer({})
      .split('\n')
      .find((each) => each.includes('VARIABLE'));
    expect(wide).toContain('WHY: LAST CHANGES');
    expect(
      analyzer({}, { columns: 80 })
        .split('\n')
        .find((each) => each.includes('VARIABLE')),
    ).not.toContain('WHY');
  });
});

describe('the lines', () => {
  const lines = (asked: Asked = {}) => {
    const list = faultyPlant();
    const plant = { ...plantOf(list), lines: linesOf(list) };
    return screen({ plant, chosen: { screen: 'lines' }, columns: 160, rows: 30, ...asked });
  };

  it('show load, errors by class and who is asked', () => {
    expect(lines()[3]).toMatch(
      /▶ ● open +1 \/dev\/ttyUSB0 19200 8E1 +35% █+░+ 42% +7\.4 no answer 120, checksum 3 +Main switchboard register/,
    );
  });

  it('say what is wrong with a line in place of its figures', () => {
    expect(lines()[4]).toMatch(
      /✖ lost +2 \/dev\/ttyUSB1 19200 8E1 +its port does not open; is the adapter plugged in\?/,
    );
  });

  it('are there before they were measured', () => {
    expect(screen({ chosen: { screen: 'lines' } })[3]).toContain('/dev/ttyUSB0');
  });
});

describe('the bus of a line', () => {
  const frame = (n: number, over: Partial<FrameView> = {}): FrameView => ({
    ...{
      device: 1,
      at: isoOf(NOW + n),
      direction: 'answer',
      bytes: '01 03 08',
      words: `answer ${n}`,
      analyzer: 2,
      tookMs: 48,
    },
    ...over,
  });
  const bus = (frames: readonly FrameView[], chosen: Partial<Ui> = {}, columns = 160) =>
    screen({
      plant: { ...plantOf(faultyPlant()), frames: new Map([[1, frames]]) },
      chosen: { screen: 'bus', bus: 1, ...chosen },
      columns,
    });

  it('shows the newest below, with who, how long, what and the bytes', () => {
    const lines = bus(Array.from({ length: 100 }, (_, n) => frame(n)));
    expect(lines[2]).toBe('BUS OF line 1  /dev/ttyUSB0 19200 8E1');
    expect(lines.at(-4)).toMatch(/^18:05:42\.099 ← Kitchen +48 ms answer 99 +01 03 08$/);
  });

  it('stands still while it is paused', () => {
    const lines = bus([frame(1), frame(2)], { busPaused: [frame(1)] });
    expect(lines[2]).toContain('view is paused');
    expect(lines.join('\n')).not.toContain('answer 2');
  });

  it('leaves the bytes out where the words need the room', () => {
    expect(bus([frame(1)], {}, 80)[3]).not.toContain('01 03 08');
  });

  it('F66 bytes and words from the line do not move the cursor', () => {
    expect(bus([frame(1, { words: 'a\x1b[2Jb', bytes: '$01\rx' })])[3]).toContain('a\\x1b[2Jb');
  });
});

describe('deliveries, tree and log', () => {
  it('a delivery that fails says how much is owed, since when and why', () => {
    const lines = screen({ chosen: { screen: 'deliveries' }, columns: 160 });
    expect(lines[3]).toMatch(/▶ ● idle +localFile dades +0 +- +5 +0 none/);
    expect(lines[4]).toMatch(
      /✖ waiting +clientRest http:\/\/central\.example\/ws\/v2 +412 +1 h +0 +0 connection refused/,
    );
    const places = { deliveries: { key: 'clientRest:http://central.example/ws/v2', index: 1, top: 0 } };
    const chosen = screen({ chosen: { screen: 'deliveries', places }, columns: 160 });
    expect(chosen.at(-3)).toContain('next try 18:06:37');
    expect(chosen.at(-2)).toContain('nothing is lost: it is tried again');
  });

  it('says so where nothing is exported', () => {
    const list = { ...calmPlant(), deliveries: [] };
    expect(screen({ list, chosen: { screen: 'deliveries' } })[3]).toContain('nothing is exported');
  });

  it('the tree shows who watches over whom, and who is held and why', () => {
    const list = faultyPlant();
    const lines = screen({ plant: { ...plantOf(list), tree: treeOf(list) }, chosen: { screen: 'tree' }, columns: 120 });
    expect(lines[3]).toMatch(/▶ supervisor IES Sa Garriga +running +0 of 5/);
    expect(lines[4]).toMatch(/├─ line 1 \/dev\/ttyUSB0 19200 8E1 +open +0 of 3/);
    expect(lines.find((each) => each.includes('Library'))).toMatch(
      /└─ 8 Library \(PM710\) +held +3 of 3 +crashed too often; because x is not a function/,
    );
  });

  it('the log shows its level and later ones, filtered, the newest below, and long lines whole', () => {
    const line = (level: LogLine['level'], text: string): LogLine => ({ at: isoOf(NOW), level, text });
    const log = [
      line('debug', 'one'),
      line('info', 'two'),
      line('warning', `three ${'word '.repeat(20)}end`),
      line('error', 'four'),
    ];
    const plant = { ...plantOf(calmPlant()), log };
    const shown = (chosen: Partial<Ui>) =>
      screen({ plant, chosen: { screen: 'log', ...chosen } })
        .slice(2, 8)
        .join('\n');
    expect(shown({})).toMatch(
      /^ 18:05:42 info {5}two\n 18:05:42 warning {2}three (word )+word\n {19}(word )+end\n 18:05:42 error {4}four/,
    );
    expect(shown({ level: 'error' })).toMatch(/^ 18:05:42 error {4}four\n\n/);
    expect(shown({ filters: { log: '!three' } })).not.toContain('three');
  });
});
