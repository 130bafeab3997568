import { describe, expect, it } from 'vitest';
import { createEventQueue, type EventQueue } from '../../src/client/event-queue.ts';
import type { ClientEvent } from '../../src/client/index.ts';

/** Events by short names: `r1.5` is reading 5 of analyzer 1, `l5` a log line, `s` a snapshot, `d` disconnected. */
function event(name: string): ClientEvent {
  const [, kind = '', id = '', number = ''] = /^([a-z])(\d*)\.?(\d*)$/.exec(name) ?? [];
  const made = {
    r: { event: 'reading', data: { id: Number(id), name } },
    a: { event: 'analyzer', data: { id: Number(id), name } },
    n: { event: 'node', data: { name, number } },
    l: { event: 'log', data: { name } },
    s: { event: 'snapshot', data: { name } },
    d: { event: 'disconnected', data: { name } },
    m: { event: 'lagged', data: { missed: Number(id) } },
  }[kind];
  return made as unknown as ClientEvent;
}

function drained(queue: EventQueue): readonly string[] {
  const seen: string[] = [];
  for (let each = queue.shift(); each !== undefined; each = queue.shift()) {
    const data = each.data as unknown as { name: string; missed: number };
    seen.push(each.event === 'lagged' ? `missed:${data.missed}` : data.name);
  }
  return seen;
}

describe('the queue of events', () => {
  it.each([
    ['keeps everything in order while there is room', 4, 'r1.1 r1.2 l1 n', 'r1.1 r1.2 l1 n'],
    [
      'replaces the state of a subject by its newer one when it is full',
      3,
      'r1.1 a1 r2.1 r1.2',
      'missed:1 a1 r2.1 r1.2',
    ],
    ['lets the oldest passing event go for a new subject', 3, 'r1.1 l1 l2 r2.1', 'missed:1 r1.1 l2 r2.1'],
    ['lets the oldest passing event go for a newer one', 3, 'l1 l2 l3 l4 l5', 'missed:2 l3 l4 l5'],
    ['has no room for passing events among states alone', 2, 'r1.1 r2.1 l1', 'missed:1 r1.1 r2.1'],
    ['grows for a new subject, however many there are', 2, 'r1.1 r2.1 r3.1 r4.1', 'r1.1 r2.1 r3.1 r4.1'],
    ['drops states that a snapshot makes void, not what has passed', 9, 'r1.1 d l1 n s r1.2', 'l1 s r1.2'],
    ['adds what the server left out to its own count', 2, 'm5 l1 l2 l3', 'missed:6 l2 l3'],
    ['holds one snapshot, however often it was connected', 3, 's d s d s d s', 's'],
  ])('%s', (_, max, pushed, seen) => {
    const queue = createEventQueue(max);
    for (const name of pushed.split(' ')) queue.push(event(name));
    expect(drained(queue)).toEqual(seen.split(' '));
    expect(queue.shift()).toBeUndefined();
  });

  it('says lagged where something was left out, once', () => {
    const queue = createEventQueue(1);
    for (const name of ['l1', 'l2']) queue.push(event(name));
    expect(drained(queue)).toEqual(['missed:1', 'l2']);
    queue.push(event('l3'));
    expect(drained(queue)).toEqual(['l3']);
  });

  it('stays as narrow as its limit under 100,000 events, and shows the newest of each subject', () => {
    const queue = createEventQueue(10);
    for (let n = 0; n < 100_000; n += 1) queue.push(event(n % 3 === 0 ? `l${n}` : `r${n % 3}.${n}`));
    const seen = drained(queue);
    expect(seen[0]).toBe('missed:99990');
    expect(seen.length).toBe(11);
    expect(seen.at(-1)).toBe('l99999');
    expect(seen).toContain('r1.99997');
    expect(seen).toContain('r2.99998');
  });
});
