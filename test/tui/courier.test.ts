import { describe, expect, it } from 'vitest';
import { glyphsOf } from '../../tui/formats/glyphs.ts';
import { carriedOut } from '../../tui/state/commands.ts';
import { createCourier } from '../../tui/state/courier.ts';
import { createScreenStore } from '../../tui/state/screen-store.ts';
import type { Action, Command } from '../../tui/state/ui.ts';
import { LANGUAGES } from '../../tui/words/words.ts';
import { createSteppedClock } from '../support/stepped-clock.ts';
import { createFakeClient, readingEvent } from './fake-client.ts';
import { analyzerView, failedView, faultyPlant, isoOf, NOW } from './fake-plant.ts';
import { plantOf } from './looking.ts';

const words = LANGUAGES.en;

async function connected() {
  const clock = createSteppedClock(NOW);
  const client = createFakeClient(faultyPlant(), () => clock.now());
  const store = createScreenStore({
    ...{ clock, words, glyphs: glyphsOf(false), readOnly: false, server: 'here', isOwner: false },
    ...{ size: { columns: 160, rows: 50 }, onEffect: () => undefined },
  });
  const courier = createCourier({ client, store, clock });
  courier.start();
  await clock.advance(1_500);
  return { clock, client, store, courier };
}

describe('what is brought to the screen', () => {
  it('is the snapshot, and what the values of each profile are', async () => {
    const { store, courier } = await connected();
    expect(store.plant().analyzers.size).toBe(8);
    expect([...store.plant().variables.keys()].sort()).toEqual(['das-8000', 'pm500', 'pm710']);
    courier.stop();
  });

  it('is every event after it', async () => {
    const { clock, client, store, courier } = await connected();
    client.push(readingEvent(1, NOW + 3_000));
    await clock.advance(10);
    expect(store.plant().analyzers.get(1)?.readAt).toBe(NOW + 3_000);
    courier.stop();
  });

  it('is asked for only while it is in sight', async () => {
    const { clock, store, courier } = await connected();
    await clock.advance(5_000);
    expect([store.plant().lines, store.plant().tree]).toEqual([null, null]);
    store.press('2');
    await clock.advance(1_500);
    expect(store.plant().lines?.lines).toHaveLength(3);
    store.press('4');
    await clock.advance(1_500);
    expect(store.plant().tree?.children).toHaveLength(11);
    courier.stop();
  });

  it('when a lost meter is tried next is asked for once that has passed, and not before', async () => {
    const { clock, client, store, courier } = await connected();
    const asked: unknown[] = [];
    const nextTry = isoOf(NOW + 300_000);
    const status = async (id: number) => {
      asked.push(id);
      return { ...client.list_.analyzers.find((each) => each.id === id), nextTry, attempt: 6, errors: { crc: 9 } };
    };
    Object.assign(client, { status });
    await clock.advance(20_000);
    expect(asked).toEqual([]);
    // both are announced for 30 s after the start
    await clock.advance(20_000);
    expect([...new Set(asked)].sort()).toEqual([2, 3]);
    expect(store.plant().analyzers.get(2)).toMatchObject({ nextTry, attempt: 6, errors: { crc: 9 } });
    const before = asked.length;
    await clock.advance(60_000);
    expect(asked.length).toBe(before);
    courier.stop();
  });

  it('of a meter that is in another state meanwhile nothing is taken over: an event will say it', async () => {
    const { clock, client, store, courier } = await connected();
    Object.assign(client, { status: async (id: number) => analyzerView(id, { errors: { crc: 9 } }) });
    await clock.advance(40_000);
    expect(store.plant().analyzers.get(2)).toMatchObject({ state: 'failed', errors: { timeout: 118, crc: 2 } });
    courier.stop();
  });

  it('of a plant that is all lost, some are asked each second, and all in time', async () => {
    const { clock, client, store, courier } = await connected();
    const analyzers = Array.from({ length: 40 }, (_, n) => failedView(n + 1, { nextTry: null }));
    client.push({ event: 'installation', data: { ...faultyPlant(), analyzers } });
    const asked: number[] = [];
    const status = async (id: number) => {
      asked.push(id);
      return analyzers[id - 1];
    };
    Object.assign(client, { status });
    await clock.advance(60_000);
    expect(new Set(asked).size).toBe(40);
    expect(asked.length).toBeLessThanOrEqual(4 * 61);
    expect(store.plant().analyzers.get(1)?.nextTry).toBeNull();
    courier.stop();
  });

  it('is asked for once at a time, however long the answer takes', async () => {
    const { clock, client, store, courier } = await connected();
    let asked = 0;
    Object.assign(client, {
      lines: () => {
        asked += 1;
        return new Promise(() => undefined);
      },
    });
    store.press('2');
    await clock.advance(10_000);
    expect(asked).toBe(1);
    courier.stop();
  });

  it('of an opened analyzer is its story, what the meter says and the last hour', async () => {
    const { clock, store, courier } = await connected();
    store.press('P');
    store.press('enter');
    await clock.advance(2_500);
    const opened = store.ui().opened;
    expect(opened?.why?.changes).toHaveLength(2);
    expect(opened?.meter?.VSO).toBe(31);
    expect(Object.keys(opened?.history ?? {}).sort()).toEqual(['CEA', 'FPT', 'FRE', 'IPF', 'PAT', 'TPF']);
    courier.stop();
  });

  it('are frames of the line whose bus is shown, and none when it is left', async () => {
    const { clock, client, store, courier } = await connected();
    const frame = {
      device: 1,
      at: isoOf(NOW),
      direction: 'request' as const,
      bytes: '01',
      words: 'w',
      analyzer: 1,
      tookMs: null,
    };
    client.push({ event: 'frame', data: frame });
    await clock.advance(1_500);
    expect(store.plant().frames.size).toBe(0);
    store.press('2');
    store.press('enter');
    await clock.advance(1_500);
    client.push({ event: 'frame', data: frame });
    await clock.advance(100);
    expect(store.plant().frames.get(1)).toHaveLength(1);
    store.press('esc');
    await clock.advance(1_500);
    client.push({ event: 'frame', data: frame });
    await clock.advance(1_500);
    expect(store.plant().frames.get(1)).toHaveLength(1);
    courier.stop();
  });

  it('stops with nothing waiting', async () => {
    const { clock, store, courier } = await connected();
    courier.stop();
    store.stop();
    await clock.advance(10);
    expect(clock.pending()).toBe(0);
  });
});

describe('commands', () => {
  const of = (action: Action, ids: readonly number[], seconds: number | null = null): Command => ({
    ...{ kind: 'act', action, seconds },
    target: { kind: 'analyzers', ids },
  });
  const run = async (command: Command, refuse: string | null = null) => {
    const client = createFakeClient(faultyPlant(), () => NOW);
    client.refuse(refuse);
    return { outcome: await carriedOut(client, command, plantOf(faultyPlant()), words), asked: client.asked };
  };

  it.each<[Command, readonly string[], string]>([
    [of('pause', [2]), ['pause 2'], 'Kitchen: paused; r resumes'],
    [of('pause', [2], 900), ['pause 2 900'], 'Kitchen: paused; r resumes'],
    [of('resume', [1, 2]), ['resume 1', 'resume 2'], '2 analyzers: resumed'],
    [of('readNow', [2]), ['readNow 2'], 'Kitchen: is read now'],
    [of('identify', [2]), ['identify 2'], 'Kitchen: identified'],
    [of('stop', [2]), ['stop 2'], 'Kitchen: stopped; s starts it'],
    [of('start', [2]), ['start 2'], 'Kitchen: started'],
    [
      { kind: 'act', action: 'pause', target: { kind: 'line', id: 1 }, seconds: null },
      ['pause line:1'],
      'line 1: paused; r resumes',
    ],
    [
      { kind: 'act', action: 'resume', target: { kind: 'line', id: 1 }, seconds: null },
      ['resume line:1'],
      'line 1: resumed',
    ],
    [{ kind: 'reload' }, ['reload'], 'configuration read again: 0 changes'],
    [{ kind: 'startAll' }, ['startAll'], 'startAll'],
  ])('%j', async (command, asked, text) => {
    const done = await run(command);
    expect(done.asked).toEqual(asked);
    expect(done.outcome).toEqual({ ok: true, text });
  });

  it('a refusal is one line, with who and why; of several the first reason', async () => {
    expect((await run(of('pause', [2]), 'it is paused')).outcome).toEqual({ ok: false, text: 'Kitchen: it is paused' });
    expect((await run(of('pause', [1, 2]), 'no\x1b[2J')).outcome).toEqual({
      ok: false,
      text: '2 of 2 refused: no\\x1b[2J',
    });
    expect((await run({ kind: 'shutdown' }, 'no')).outcome).toEqual({ ok: false, text: 'no' });
  });
});
