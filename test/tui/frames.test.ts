import { stripVTControlCharacters } from 'node:util';
import { cleanup, render } from 'ink-testing-library';
import { createElement } from 'react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { ClientEvent } from '../../src/client/types.ts';
import { glyphsOf } from '../../tui/formats/glyphs.ts';
import { paletteOf } from '../../tui/formats/paint.ts';
import { widthOf } from '../../tui/formats/width.ts';
import { App } from '../../tui/screens/app.tsx';
import { createScreenStore } from '../../tui/state/screen-store.ts';
import { blank } from '../../tui/view-model/line.ts';
import { LANGUAGES, type Language } from '../../tui/words/words.ts';
import { createSteppedClock } from '../support/stepped-clock.ts';
import { linesOf, recordsOf, treeOf } from './fake-client.ts';
import { faultyPlant, NOW, VARIABLES } from './fake-plant.ts';
import { textOf } from './looking.ts';

afterEach(cleanup);

/** The components over the store of a faulty plant, drawn by Ink without a terminal; `keys` are typed first. */
async function frame(
  columns: number,
  rows: number,
  keys: string,
  isAscii = false,
  lang: Language = 'en',
): Promise<readonly string[]> {
  const store = createScreenStore({
    ...{ clock: createSteppedClock(NOW), words: LANGUAGES[lang], glyphs: glyphsOf(isAscii), readOnly: false },
    ...{ server: 'here', isOwner: false, size: { columns, rows }, onEffect: () => undefined },
  });
  const list = faultyPlant();
  const snapshot: ClientEvent = { event: 'snapshot', data: { what: ['all'], list, records: [], log: [], frames: [] } };
  store.event(snapshot);
  store.learn((plant) => ({
    ...plant,
    lines: linesOf(list),
    tree: treeOf(list),
    variables: new Map(list.analyzers.map(({ profile }) => [profile, VARIABLES])),
    records: new Map([[2, recordsOf(2, NOW)]]),
  }));
  for (const key of keys) store.press(key === '\r' ? 'enter' : key);
  const app = render(createElement(App, { store, palette: paletteOf('none') }));
  // the library's terminal has 100 columns and no rows
  Object.defineProperties(app.stdout, { columns: { value: columns }, rows: { value: rows } });
  app.stdout.emit('resize');
  return await vi.waitFor(() => {
    const lines = stripVTControlCharacters(app.lastFrame() ?? '').split('\n');
    expect([store.frame().columns, lines.length]).toEqual([columns, rows]);
    expect(lines[0]).toBe(textOf(store.frame().header ?? blank('none')).trimEnd());
    return lines;
  });
}

const SCREENS = [
  { name: 'overview', keys: '', row: 3, shows: /^▶ ■ held +8 Library/ },
  { name: 'analyzer', keys: 'j\r', row: 3, shows: /^ ✖ failed {2}no answer for 4 min; next try 18:06:12; 5 tries/ },
  { name: 'lines', keys: '2', row: 4, shows: /✖ lost +2 \/dev\/ttyUSB1/ },
  { name: 'deliveries', keys: '3', row: 4, shows: /✖ waiting +clientRest/ },
  { name: 'tree', keys: '4', row: 4, shows: /├─ line 1/ },
  { name: 'help', keys: '?', row: 2, shows: /^ 1 2 3 4 5 6 +Overview, Lines/ },
];
const SIZES = [
  { columns: 80, rows: 24 },
  { columns: 160, rows: 50 },
];

describe('frames as Ink draws them', () => {
  it.each(SIZES.flatMap((size) => SCREENS.map((each) => ({ ...size, ...each }))))('$name at $columns x $rows', async ({
    columns,
    rows,
    keys,
    row,
    shows,
  }) => {
    const lines = await frame(columns, rows, keys);
    expect(lines[row]).toMatch(shows);
    expect(lines[0]).toMatch(/^ IES Sa Garr.*18:05$/);
    expect(lines.at(-1)).toMatch(/\? help {2}q quit$/);
    expect(Math.max(...lines.map(widthOf))).toBeLessThanOrEqual(columns);
  });

  it('records and errors stand in tables beside each other where they have room', async () => {
    const lines = await frame(160, 50, 'j\r');
    const at = lines.findIndex((each) => each.includes('LAST RECORDS'));
    expect(lines[at]).toMatch(/^ LAST RECORDS +ERRORS$/);
    expect(lines[at + 1]).toMatch(/^│ END +│ READINGS │ +V │ +A │ +kW │ +PF │ +kWh │ {3}│ CLASS +│ METER │ LINE │$/);
    expect(lines[at + 2]).toMatch(/^│ 18:05:00 │ 30 of 30 │ 2\d\d\.\d │.*│ 0\.58 │ {3}│ no answer │ +118 │ +120 │$/);
    expect(lines[at + 3]).toMatch(/^│ 18:04:00 │.*│ {3}│ checksum +│ +2 │ +3 │$/);
    expect(lines.slice(at + 2, at + 10).every((each) => each.startsWith('│ 1'))).toBe(true);
  });

  it('the tables are of ASCII alone where nothing else can be drawn', async () => {
    const lines = await frame(160, 50, 'j\r', true, 'ca');
    expect(lines.join('')).toMatch(/^[\x20-\x7e]*$/);
    expect(lines.join('\n')).toMatch(/ULTIMES GRAVACIONS[\s\S]*\| 18:05:00 \| 30 de 30 \|/);
  });

  it('without room the same stands in the text, and why comes before values that are old', async () => {
    const lines = await frame(80, 24, 'j\r');
    expect(lines.join('\n')).not.toContain('│');
    expect(lines.findIndex((each) => each.includes('WHY'))).toBeGreaterThan(0);
    expect(lines[1]).toMatch(/1-\d+\/\d+ *$/);
    const below = (await frame(80, 24, 'j\rG')).join('\n');
    expect(below).toMatch(/ VARIABLE /);
    const wide = (await frame(80, 70, 'j\r')).join('\n');
    expect(wide.indexOf('LAST RECORDS')).toBeGreaterThan(wide.indexOf('WHY'));
  });
});
