import { describe, expect, it } from 'vitest';
import { admit, EMPTY_QUEUE, forget, type LineRequest, QUEUE_LENGTH_MAX, takeNext } from '../../src/domain/queue.ts';
import { monoMs } from '../../src/domain/units.ts';

let ids = 0;
const request = (analyzerId: number, deadline = 1000, unit = analyzerId): LineRequest => {
  const reserved = { kind: 'registers', unit, function: 3, address: 0, count: 1 } as const;
  ids += 1;
  return {
    requestId: ids,
    analyzerId,
    unit,
    deadline: monoMs(deadline),
    ask: { transaction: { ...reserved, count: 9 }, timeoutMs: 100, reserved },
  };
};

const queueOf = (...requests: readonly LineRequest[]) =>
  requests.reduce((queue, each) => {
    const verdict = admit(queue, each, monoMs(0));
    return verdict.kind === 'admitted' ? verdict.queue : queue;
  }, EMPTY_QUEUE);

/** Takes until nothing is left; the analyzers in the order of their turns. */
function turnsOf(requests: readonly LineRequest[]): readonly number[] {
  const turns: number[] = [];
  let queue = queueOf(...requests);
  for (;;) {
    const taken = takeNext(queue, monoMs(0), {});
    if (taken.request === null) return turns;
    turns.push(taken.request.analyzerId);
    queue = taken.queue;
  }
}

describe('the queue of a line', () => {
  it('lets what was asked for by hand wait for all others, and counts it as no turn of its analyzer', () => {
    const byHand = { ...request(1, 100), whenFree: true };
    expect(turnsOf([byHand, request(2, 900), request(3, 900)])).toEqual([2, 3, 1]);
    expect(takeNext(queueOf(byHand), monoMs(0), {}).queue.served).toEqual([]);
    // begun, it is finished as any other
    expect(turnsOf([request(2), { ...byHand, continues: true }, request(3)])).toEqual([1, 2, 3]);
  });

  it('gives each analyzer a turn before any has a second', () => {
    expect(turnsOf([request(1), request(1), request(1), request(2), request(3)])).toEqual([1, 2, 3, 1, 1]);
  });

  it('takes the earliest deadline first among those who waited equally long', () => {
    expect(turnsOf([request(1, 900), request(2, 300), request(3, 600)])).toEqual([2, 3, 1]);
  });

  it('goes on with a reading that was begun before it begins others, but only with what may be asked now', () => {
    const goesOn = { ...request(3, 5000), continues: true };
    expect(turnsOf([request(1), request(2, 100), goesOn, request(3)])).toEqual([3, 2, 1, 3]);
    const taken = takeNext(queueOf(request(1), goesOn), monoMs(0), { 3: monoMs(400) });
    expect(taken.request?.analyzerId).toBe(1);
  });

  it('passes over a unit that must be left alone and says when it may be asked', () => {
    const queue = queueOf(request(1, 1000), request(2, 1000));
    const first = takeNext(queue, monoMs(0), { 1: monoMs(400) });
    expect(first.request?.analyzerId).toBe(2);
    const second = takeNext(first.queue, monoMs(100), { 1: monoMs(400) });
    expect(second).toMatchObject({ request: null, waitMs: 300 });
    expect(takeNext(second.queue, monoMs(400), { 1: monoMs(400) }).request?.analyzerId).toBe(1);
  });

  it('hands back what waited past its deadline, and does not send it', () => {
    const taken = takeNext(queueOf(request(1, 50), request(2, 500)), monoMs(50), {});
    expect(taken.expired.map((each) => each.analyzerId)).toEqual([1]);
    expect(taken.request?.analyzerId).toBe(2);
    expect(taken.queue.waiting).toEqual([]);
  });

  it.each([
    ['a deadline that has passed', 5, 0, 'DEADLINE_PASSED'],
    ['a queue that is full', 1000, QUEUE_LENGTH_MAX, 'QUEUE_FULL'],
  ])('refuses %s in words', (_, deadline, waiting, code) => {
    const queue = queueOf(...Array.from({ length: waiting }, (__, n) => request(n + 10)));
    const verdict = admit(queue, request(1, deadline), monoMs(10));
    expect(verdict).toMatchObject({ kind: 'refused', failure: { code } });
  });

  it('forgets what an analyzer has waiting, and nothing else', () => {
    const queue = forget(queueOf(request(1), request(2), request(1)), 1);
    expect(queue.waiting.map((each) => each.analyzerId)).toEqual([2]);
  });
});
