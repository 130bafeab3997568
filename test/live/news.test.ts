import { describe, expect, it } from 'vitest';
import { withCrc } from '../../drivers/modbus/crc.ts';
import type { FrameView } from '../../src/protocol/events.ts';
import { analyzerConfig } from '../support/installation.ts';
import { readingAt, recordFrom } from '../support/records.ts';
import { settleTurns } from '../support/stepped-clock.ts';
import { type Bench, createBench, epochMs, TIMEOUT } from './live-bench.ts';

const TWO = [analyzerConfig(), analyzerConfig({ id: 2 })];
const DESTINATION = { id: 'localFile:/d', type: 'localFile', target: 'dades', analyzerIds: [1, 2] };
const bench = () => createBench({ analyzers: TWO, destinations: [DESTINATION] });
const heard = ({ events }: Bench) =>
  events.map(({ event, data }) => (event === 'analyzer' ? `analyzer ${data.id} ${data.state}` : event));

describe('what listeners are told', () => {
  it('a change of state once, as it then is', async () => {
    const made = bench();
    made.listen();
    made.say(1, 'connecting');
    made.say(1, 'polling');
    made.say(2, 'failed', { failure: TIMEOUT, attempt: 1 });
    expect(heard(made)).toEqual([]);
    await settleTurns();
    expect(heard(made)).toEqual(['analyzer 1 polling', 'analyzer 2 failed']);
    made.say(1, 'failed');
    await settleTurns();
    expect(heard(made).at(-1)).toBe('analyzer 1 failed');
  });

  it('a reading, with what it changes in the list', async () => {
    const made = bench();
    await made.run();
    made.listen();
    const at = made.clock.now();
    await made.read(readingAt(at, { CEA: [100], PAT: [6] }));
    await made.read(readingAt(at + 1000, { CEA: [101], PAT: [8] }));
    expect(made.events.at(-1)).toMatchObject({
      event: 'reading',
      data: {
        ...{ id: 1, comm: true, readings: { good: 2, failed: 0 }, errorShare: 0, energyKwh: 1, minuteKw: 7 },
        reading: { values: { CEA: [101], PAT: [8] }, failure: null, forced: false, grid: 'normal' },
      },
    });
  });

  it('a record, and that its delivery owes it', async () => {
    const made = bench();
    made.listen();
    const record = recordFrom(TWO[0]!, made.clock.now(), [readingAt(made.clock.now(), { PAT: [6] })]);
    made.witness.recorded(record);
    await settleTurns();
    expect(heard(made)).toEqual(['record', 'delivery']);
    expect(made.events[0]).toMatchObject({ data: { analyzer: 1, n: 1, end: '2026-05-04T10:00:00.000+02:00' } });
  });

  it('the last record of an analyzer that a reload removed, and that it is owed', async () => {
    const made = bench();
    const record = recordFrom(TWO[0]!, made.clock.now(), [readingAt(made.clock.now(), { PAT: [6] })]);
    const destinations = [{ id: 'rest', type: 'rest', target: 'x', analyzerIds: [2] }];
    made.reinstall({ analyzers: [TWO[1]!], destinations });
    made.listen();
    made.witness.recorded(record);
    await settleTurns();
    expect(heard(made)).toEqual(['record', 'delivery']);
    expect(made.events[0]).toMatchObject({ data: { analyzer: 1, n: 1 } });
  });

  it('lines of the log, troubles, and a new installation whole', async () => {
    const made = bench();
    made.listen();
    made.witness.log('warning', 'disk \x1b[2J full');
    made.troubles.push('the disk is full');
    made.witness.trouble();
    made.reinstall({ analyzers: [TWO[1]!] });
    await settleTurns();
    expect(heard(made)).toEqual(['log', 'node', 'installation']);
    expect(made.events[0]).toMatchObject({ data: { level: 'warning', text: 'disk \\x1b[2J full' } });
    expect(made.events[1]).toMatchObject({ data: { troubles: ['the disk is full'], state: 'running' } });
    expect(made.events[2]).toMatchObject({ data: { analyzers: [{ id: 2 }], node: { id: 4 } } });
    expect(made.operator.recentLog(5)).toHaveLength(1);
    expect(made.operator.recentLog(0)).toEqual([]);
  });

  it('the same object for all, and nothing after they ended', async () => {
    const made = bench();
    const others: unknown[] = [];
    const end = made.listen();
    made.operator.subscribe((event) => void others.push(event));
    await made.read(readingAt(1, { PAT: [1] }));
    expect(made.events[0]).toBe(others[0]);
    end();
    await made.read(readingAt(2, { PAT: [1] }));
    expect([made.events.length, others.length]).toEqual([1, 2]);
  });

  it('one that throws is not told any more, and hurts nobody', async () => {
    const made = bench();
    let calls = 0;
    made.operator.subscribe(() => {
      calls += 1;
      throw new Error('boom');
    });
    made.listen();
    await made.read(readingAt(1, { PAT: [1] }));
    await made.read(readingAt(2, { PAT: [1] }));
    expect([calls, made.events.length]).toEqual([1, 2]);
  });

  it('of analyzers and devices that are not known nothing is told, and nothing breaks', async () => {
    const made = bench();
    made.listen();
    made.witness.reading(readingAt(1, {}, { analyzerId: 77 }));
    made.witness.device(77, { news: 'opened', cause: null });
    made.witness.delivery('nowhere', { news: 'failed', failure: TIMEOUT });
    made.witness.delivered('nowhere', 1);
    made.witness.root({ news: 'crashed', name: 'analyzer:77', failure: TIMEOUT });
    await settleTurns();
    expect(made.events).toEqual([]);
  });
});

describe('frames of a line', () => {
  const frame = (direction: 'request' | 'answer' | 'junk', at: number, ...body: readonly number[]) => ({
    ...{ direction, at: epochMs(at), bytes: withCrc(Uint8Array.from(body)) },
  });

  it('are told to whoever looks, in words, with whom they are about and how long the answer took', () => {
    const { operator, witness } = bench();
    const seen: FrameView[] = [];
    const end = operator.watchFrames(1, (view) => void seen.push(view));
    const noon = Date.UTC(2026, 4, 4, 10);
    witness.frame(1, frame('request', noon, 2, 3, 0x0f, 0xa0, 0, 6));
    witness.frame(1, frame('answer', noon + 34, 2, 3, 2, 0, 1));
    witness.frame(1, { direction: 'junk', at: epochMs(noon + 50), bytes: Uint8Array.from([0xff]) });
    witness.frame(2, frame('request', noon, 1, 3, 0, 0, 0, 1));
    expect(seen).toMatchObject([
      { device: 1, direction: 'request', analyzer: 2, tookMs: null, words: 'asks 4000..4005 (6 registers) of unit 2' },
      { analyzer: 2, tookMs: 34, words: 'answers 2 bytes', at: '2026-05-04T12:00:00.034+02:00' },
      { analyzer: null, tookMs: null, bytes: 'ff', words: 'junk, 1 byte' },
    ]);
    end();
    witness.frame(1, frame('request', noon, 2, 3, 0, 0, 0, 1));
    expect(seen).toHaveLength(3);
  });

  it('what another unit says is no answer to who was asked', () => {
    const { operator, witness } = bench();
    const seen: FrameView[] = [];
    operator.watchFrames(1, (view) => void seen.push(view));
    witness.frame(1, frame('request', 0, 2, 3, 0x0f, 0xa0, 0, 6));
    witness.frame(1, frame('answer', 20, 1, 3, 2, 0, 1));
    witness.frame(1, frame('answer', 30, 2, 3, 2, 0, 1));
    expect(seen.slice(1)).toMatchObject([
      { analyzer: 1, tookMs: null },
      { analyzer: 2, tookMs: 30 },
    ]);
  });

  it('one who looks and throws hurts nobody', () => {
    const { operator, witness } = bench();
    const seen: FrameView[] = [];
    operator.watchFrames(1, () => {
      throw new Error('boom');
    });
    operator.watchFrames(1, (view) => void seen.push(view));
    witness.frame(1, frame('request', 0, 2, 3, 0, 0, 0, 1));
    expect(seen).toHaveLength(1);
  });
});
