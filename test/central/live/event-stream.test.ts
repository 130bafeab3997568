import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { EVENTS_MAX, HEARTBEAT_MS, openEventStream } from '../../../src/central/live/event-stream.ts';
import type { LiveEvent } from '../../../src/central/live/types.ts';
import { createSteppedClock, settleTurns } from '../../support/stepped-clock.ts';

const reading = (analyzer: number, value: number, filler = ''): LiveEvent => ({
  event: 'reading',
  data: {
    ...{ node: 4, analyzer, source: 'live', at: '2026-05-04T10:15:00.000+02:00' },
    ...{ values: { PAT: [value] }, flags: {}, failure: filler === '' ? null : { code: 'X', message: filler } },
  },
});

/** A stream, who closed it, and a reader that takes a piece only when it may. */
function streaming() {
  const clock = createSteppedClock();
  const closed: string[] = [];
  const { stream, push } = openEventStream(clock, () => closed.push('closed'));
  const seen: string[] = [];
  let isHeld = false;
  let taken: (() => void) | null = null;
  const reader = new Writable({
    highWaterMark: 1,
    write(chunk: Buffer, _, done) {
      seen.push(chunk.toString());
      if (isHeld) taken = done;
      else done();
    },
  });
  stream.pipe(reader);
  return {
    ...{ clock, closed, stream, push, seen, reader },
    hold() {
      isHeld = true;
    },
    async release() {
      isHeld = false;
      taken?.();
      await settleTurns();
    },
  };
}

const valuesIn = (texts: readonly string[]) =>
  texts
    .join('')
    .split('\n\n')
    .flatMap((text) => (text.startsWith('event: reading') ? [JSON.parse(text.split('data: ')[1] ?? '')] : []))
    .map(({ analyzer, values }) => `${analyzer}:${values.PAT[0]}`);

describe('readings as server-sent events', () => {
  it('are an event and its data each, after how soon to come back', async () => {
    const { push, seen } = streaming();
    await settleTurns();
    push(reading(1, 12.5));
    await settleTurns();
    expect(seen.join('')).toBe(
      'retry: 3000\n\nevent: reading\ndata: {"node":4,"analyzer":1,"source":"live",' +
        '"at":"2026-05-04T10:15:00.000+02:00","values":{"PAT":[12.5]},"flags":{},"failure":null}\n\n',
    );
  });

  it('a slow reader gets the newest of each analyzer, and is told how many were left out', async () => {
    const { push, seen, hold, release } = streaming();
    await settleTurns();
    hold();
    const filler = 'x'.repeat(70_000);
    push(reading(9, 0, filler));
    await settleTurns();
    push(reading(9, 1, filler));
    await settleTurns();
    for (let value = 1; value <= 5; value += 1) for (const analyzer of [1, 2]) push(reading(analyzer, value));
    const before = seen.length;
    await release();
    expect(valuesIn(seen.slice(before)).filter((each) => !each.startsWith('9'))).toEqual(['1:5', '2:5']);
    expect(seen.slice(before).join('')).toContain('event: lagged\ndata: {"missed":8}');
  });

  it('no more than so many analyzers wait for it', async () => {
    const { push, seen, hold, release } = streaming();
    await settleTurns();
    hold();
    for (const value of [0, 1]) {
      push(reading(9_999, value, 'x'.repeat(70_000)));
      await settleTurns();
    }
    for (let analyzer = 1; analyzer <= EVENTS_MAX + 10; analyzer += 1) push(reading(analyzer, 1));
    await release();
    for (let turn = 0; turn < 200; turn += 1) await settleTurns();
    const own = valuesIn(seen).filter((each) => !each.startsWith('9999'));
    expect(own).toHaveLength(EVENTS_MAX);
    expect(own[0]).toBe('11:1');
    expect(seen.join('')).toContain('{"missed":10}');
  });

  it('silence is broken by a comment, so that nothing on the way closes it', async () => {
    const { clock, seen } = streaming();
    await settleTurns();
    await clock.advance(HEARTBEAT_MS);
    await clock.advance(HEARTBEAT_MS);
    expect(seen.join('').match(/^: still here$/gm)).toHaveLength(2);
  });

  it('ends once, and nothing goes on after it', async () => {
    const { clock, closed, stream, push } = streaming();
    await settleTurns();
    stream.destroy();
    await settleTurns();
    stream.destroy();
    push(reading(1, 1));
    expect(closed).toEqual(['closed']);
    expect(clock.pending()).toBe(0);
  });
});
