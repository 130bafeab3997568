import { describe, expect, it } from 'vitest';
import type { ClientEvent } from '../../src/client/types.ts';
import { glyphsOf } from '../../tui/formats/glyphs.ts';
import type { Effect } from '../../tui/keys/effects.ts';
import { createScreenStore } from '../../tui/state/screen-store.ts';
import { LANGUAGES } from '../../tui/words/words.ts';
import { createSteppedClock } from '../support/stepped-clock.ts';
import { readingEvent } from './fake-client.ts';
import { analyzerView, calmPlant, isoOf, largePlant, NOW } from './fake-plant.ts';
import { screenOf } from './looking.ts';

const snapshot = (list = calmPlant()): ClientEvent => ({
  event: 'snapshot',
  data: { what: ['all'], list, records: [], log: [], frames: [] },
});

function opened() {
  const clock = createSteppedClock(NOW);
  const effects: Effect[] = [];
  const store = createScreenStore({
    ...{ clock, words: LANGUAGES.en, glyphs: glyphsOf(false), readOnly: false, server: 'here', isOwner: false },
    size: { columns: 80, rows: 24 },
    onEffect: (effect) => effects.push(effect),
  });
  const shown = { times: 0 };
  store.subscribe(() => {
    shown.times += 1;
  });
  return { clock, store, effects, shown, text: () => screenOf(store.frame()).join('\n') };
}

describe('the store of the screen', () => {
  it('says where it connects to until the first snapshot, which shows at once', () => {
    const { store, text, shown } = opened();
    expect(text()).toContain('connecting to here ...');
    store.event({ event: 'disconnected', data: { message: 'nobody listens at here; start it with: lector serve' } });
    store.event(snapshot());
    expect(shown.times).toBe(1);
    expect(text()).toContain('Main switchboard');
  });

  it('a thousand readings show at most every 500 ms', async () => {
    const { store, clock, shown } = opened();
    store.event(snapshot(largePlant(200)));
    shown.times = 0;
    for (let turn = 0; turn < 10; turn += 1) {
      for (let id = 1; id <= 200; id += 1) store.event(readingEvent(id, NOW + 1_000 + turn * 100));
      await clock.advance(100);
    }
    expect(shown.times).toBe(2);
  });

  it('what changes nothing in sight shows nothing', async () => {
    const { store, clock, shown } = opened();
    store.event(snapshot(largePlant(200)));
    await clock.advance(1_000);
    shown.times = 0;
    const frame = store.frame();
    store.event(readingEvent(199, NOW + 1_000));
    await clock.advance(1_000);
    expect(shown.times).toBe(0);
    expect(store.frame()).toBe(frame);
  });

  it('what did not change in a frame stays the same object, so that only the rest is drawn', async () => {
    const { store, clock } = opened();
    store.event(snapshot());
    await clock.advance(1_000);
    const before = store.frame();
    store.event(readingEvent(2, NOW + 2_000));
    await clock.advance(1_000);
    const after = store.frame();
    expect(after).not.toBe(before);
    expect(after.body.lines[0]).toBe(before.body.lines[0]);
    expect(after.body.lines[1]).not.toBe(before.body.lines[1]);
    expect(after.header).toBe(before.header);
  });

  it('a reading counts once: what came after it is not undone', () => {
    const { store } = opened();
    store.event(snapshot());
    store.event(readingEvent(1, NOW + 1_000));
    expect(store.plant().analyzers.get(1)?.readAt).toBe(NOW + 1_000);
    store.event({ event: 'analyzer', data: analyzerView(1, { state: 'stopped', lastReading: null, ageMs: null }) });
    expect(store.plant().analyzers.get(1)?.readAt).toBeNull();
    expect(store.plant().analyzers.get(1)?.lastReading).toBeNull();
  });

  it('a link that is too slow is said', () => {
    const { store, text } = opened();
    store.event(snapshot());
    store.event({ event: 'lagged', data: { missed: 40 } });
    store.press('j');
    store.event({ event: 'lagged', data: { missed: 41 } });
    store.resize(81, 24);
    expect(text()).toContain('this link is slow: 41 changes were left out');
  });

  it('a key for a row is not taken for the one that took its place just before', async () => {
    const { store, clock, text, effects } = opened();
    store.event(snapshot());
    await clock.advance(1_000);
    const fails = { state: 'failed', lastReading: null, since: isoOf(NOW) } as const;
    store.event({ event: 'analyzer', data: analyzerView(3, { name: 'Sports hall', ...fails }) });
    await clock.advance(600);
    store.press('p');
    expect(effects).toEqual([]);
    expect(text()).toContain('Sports hall is selected; press again');
    store.press('p');
    expect(effects).toMatchObject([{ command: { action: 'pause', target: { ids: [3] } } }]);
  });

  it('a row that was there for a while is acted on at once, and so is one that a key led to', async () => {
    const { store, clock, effects } = opened();
    store.event(snapshot());
    store.event({ event: 'analyzer', data: analyzerView(3, { state: 'failed', lastReading: null }) });
    await clock.advance(2_000);
    for (const key of ['p', 'j', 'p', 'N', 'g', 'p']) store.press(key);
    expect(effects).toHaveLength(3);
  });

  it('a key shows at once', () => {
    const { store, shown } = opened();
    store.event(snapshot());
    shown.times = 0;
    store.press('j');
    expect(shown.times).toBe(1);
    expect(store.frame().body.place.index).toBe(1);
  });

  it('frozen, the plant stands still and keys work; then everything that came is there', async () => {
    const { store, clock, text } = opened();
    store.event(snapshot());
    store.press('u');
    const list = calmPlant();
    store.event(snapshot({ ...list, node: { ...list.node, name: 'Renamed' } }));
    await clock.advance(60_000);
    expect(text()).toContain('IES Sa Garriga');
    expect(text()).toContain('FROZEN');
    store.press('j');
    expect(store.frame().body.place.index).toBe(1);
    store.press('u');
    expect(text()).toContain('Renamed');
  });

  it('ages grow while nothing comes', async () => {
    const { store, clock, text } = opened();
    store.event(snapshot());
    await clock.advance(95_000);
    expect(text()).toContain(' 1 min ');
  });

  it('feedback goes by itself', async () => {
    const { store, clock, text } = opened();
    store.event(snapshot());
    store.press('Z');
    expect(text()).toContain('Z does nothing here');
    await clock.advance(7_000);
    expect(text()).not.toContain('Z does nothing here');
  });

  it('pasted text is written into a question, on one line, and does nothing elsewhere', () => {
    const { store, effects } = opened();
    store.event(snapshot());
    store.paste('qqq');
    expect(effects).toEqual([]);
    store.press('/');
    store.paste('kit\r\nq');
    expect(store.ui().filters.overview).toBe('kit q');
  });

  it('F66 a storm of resizes ends with the last size', () => {
    const { store } = opened();
    store.event(snapshot());
    for (let n = 1; n < 200; n += 1) store.resize(1 + ((n * 37) % 250), 1 + ((n * 11) % 80));
    store.resize(20, 5);
    expect([store.frame().columns, store.frame().rows]).toEqual([20, 5]);
    expect(screenOf(store.frame())).toHaveLength(5);
  });

  it('stops with nothing waiting', () => {
    const { store, clock } = opened();
    store.stop();
    expect(clock.pending()).toBe(0);
  });
});
