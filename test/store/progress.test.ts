import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createMemoryStore } from '../../src/store/memory-store.ts';
import { advance, interested, type Progress, settle, settledUntil, wants } from '../../src/store/progress.ts';
import { sampleRecord } from './sample-rows.ts';

const at = (backlog: number, ...ahead: (readonly [number, number])[]): Progress => ({
  since: { 1: 0 },
  backlog,
  ahead,
});
const owedAt =
  (...owed: number[]) =>
  (after: number, before: number) =>
    owed.some((n) => n > after && n < before);

describe('how far an exporter is', () => {
  it.each([
    { from: at(2), sequence: 5, owed: [3, 4], to: at(2, [5, 5]) },
    { from: at(2, [5, 6]), sequence: 7, owed: [3, 4], to: at(2, [5, 7]) },
    { from: at(2, [5, 6]), sequence: 9, owed: [3, 8], to: at(2, [5, 6], [9, 9]) },
    { from: at(2, [5, 6]), sequence: 9, owed: [3], to: at(2, [5, 9]) },
    { from: at(2, [5, 6], [9, 9]), sequence: 8, owed: [3], to: at(2, [5, 9]) },
    { from: at(2, [5, 6]), sequence: 6, owed: [3], to: at(2, [5, 6]) },
    { from: at(2, [5, 6]), sequence: 1, owed: [3], to: at(2, [5, 6]) },
  ])('$sequence after $from.backlog and $from.ahead, $owed owed', ({ from, sequence, owed, to }) => {
    expect(settle(from, sequence, owedAt(...owed))).toEqual(to);
  });

  it.each([
    { from: at(2, [4, 6], [9, 9]), first: 7, last: 12, to: at(6, [9, 9]) },
    { from: at(2, [4, 6], [9, 9]), first: null, last: 12, to: at(12) },
    { from: at(2, [4, 6]), first: 3, last: 12, to: at(2, [4, 6]) },
  ])('moves up to the first that is owed: $first', ({ from, first, last, to }) => {
    expect(advance(from, first, last)).toEqual(to);
  });

  it('knows what is settled, and how far', () => {
    const progress = at(2, [4, 6]);
    expect([1, 2, 3, 4, 6, 7].map((n) => settledUntil(progress, n))).toEqual([2, 2, null, 6, 6, null]);
  });

  describe('the analyzers that it wants', () => {
    const owing =
      (...ids: number[]) =>
      (_: Progress, of: ReadonlySet<number>) =>
        new Set(ids.filter((id) => of.has(id)));
    const first = interested(null, [1, 2], 10, owing());
    const away = interested(first, [2, 3], 20, owing(1));

    it('starts at now, and forgets one that it does not want any more when nothing of it is owed', () => {
      expect(first).toEqual({ since: { 1: 10, 2: 10 }, backlog: 10, ahead: [] });
      expect(interested(first, [2, 3], 20, owing(2))).toEqual({ since: { 2: 10, 3: 20 }, backlog: 10, ahead: [] });
    });

    it('goes on owing what was recorded of one until it went', () => {
      expect(away).toEqual({ since: { 1: 10, 2: 10, 3: 20 }, until: { 1: 20 }, backlog: 10, ahead: [] });
      expect([10, 11, 20, 21].map((sequence) => wants(away, 1, sequence))).toEqual([false, true, true, false]);
      expect(interested(away, [2, 3], 30, owing(1))).toEqual(away);
      expect(interested(away, [2, 3], 30, owing()).since).toEqual({ 2: 10, 3: 20 });
    });

    it.each([
      { owed: [1], since: 10, when: 'goes on where it was, when something is owed still' },
      { owed: [], since: 30, when: 'starts at now, when nothing is' },
    ])('one that comes back $when', ({ owed, since }) => {
      const back = interested(away, [1, 2, 3], 30, owing(...owed));
      expect(back).toEqual({ since: { 1: since, 2: 10, 3: 20 }, backlog: 10, ahead: [] });
    });
  });

  it('receipts, parking, its end, new records in any order: each is owed until its receipt, then not', async () => {
    const action = fc.oneof(
      fc.record({ kind: fc.constant('put' as const), analyzer: fc.integer({ min: 1, max: 3 }) }),
      fc.record({ kind: fc.constantFrom('ack' as const, 'park' as const), pick: fc.nat(40) }),
      fc.record({ kind: fc.constant('unpark' as const) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(action, { maxLength: 80 }), async (actions) => {
        const store = createMemoryStore();
        await store.outbox.register('rest', [1, 2]);
        const model = new Map<number, 'owed' | 'parked' | 'done'>();
        let sequence = 0;
        for (const each of actions) {
          if (each.kind === 'put') {
            sequence += 1;
            await store.putRecord(sampleRecord(each.analyzer, sequence));
            if (each.analyzer !== 3) model.set(sequence, 'owed');
          } else if (each.kind === 'unpark') {
            await store.outbox.unpark('rest');
            for (const [n, state] of model) if (state === 'parked') model.set(n, 'owed');
          } else {
            const target = each.pick % (sequence + 2);
            if (each.kind === 'ack') await store.outbox.acknowledge('rest', [target]);
            else await store.outbox.park('rest', target, 'refused');
            const before = model.get(target);
            if (each.kind === 'ack' && before !== undefined) model.set(target, 'done');
            if (each.kind === 'park' && before === 'owed') model.set(target, 'parked');
          }
          const owed = [...model].filter(([, state]) => state === 'owed').map(([n]) => n);
          expect(store.outbox.next('rest', 100).map((row) => row.sequence)).toEqual(owed);
          const parked = [...model.values()].filter((state) => state === 'parked').length;
          expect(store.outbox.owed('rest')).toMatchObject({ count: owed.length, parked });
        }
        // what is counted anew after a restart is the same
        await store.outbox.register('rest', [1, 2]);
        expect(store.outbox.owed('rest').count).toBe([...model.values()].filter((state) => state === 'owed').length);
      }),
      { numRuns: 150 },
    );
  });
});
