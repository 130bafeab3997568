import { describe, expect, it } from 'vitest';
import { createIntake } from '../../src/control/intake.ts';
import { createSharedAnswers } from '../../src/control/shared-answers.ts';
import { createTurns, TURN_BUDGET_MS, type Worker } from '../../src/control/turns.ts';
import { createRequestLines } from '../../src/protocol/request-lines.ts';
import { createSteppedClock } from '../support/stepped-clock.ts';

const pass = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('turns', () => {
  /** Workers that do `pieces` each, of `ms`, and note their names. */
  function setUp() {
    const clock = createSteppedClock();
    const turns = createTurns(clock);
    const done: string[] = [];
    const worker = (name: string, pieces: number, ms: number): Worker => {
      let left = pieces;
      return {
        work() {
          clock.stall(ms);
          done.push(name);
          left -= 1;
          return left > 0;
        },
      };
    };
    return { clock, turns, done, worker };
  }

  it('what fits into the budget is done at once', () => {
    const { turns, done, worker } = setUp();
    turns.ask(worker('a', 3, 1));
    expect(done).toEqual(['a', 'a', 'a']);
  });

  it('beyond the budget all wait for the next pass, each gets a piece in turn', async () => {
    const { turns, done, worker } = setUp();
    turns.ask(worker('a', 10, 1));
    turns.ask(worker('b', 3, 1));
    turns.ask(worker('c', 2, 1));
    expect(done.join('')).toBe('aaaaa');
    await pass();
    expect(done.join('')).toBe('aaaaaabcab');
    await pass();
    expect(done.join('')).toBe('aaaaaabcabcabaa');
    await pass();
    expect(done).toHaveLength(15);
  });

  it('many who ask in one pass do not get a budget each', async () => {
    const { turns, done, worker } = setUp();
    for (let n = 0; n < 256; n += 1) turns.ask(worker(`${n}`, 1, 1));
    expect(done).toHaveLength(TURN_BUDGET_MS);
    await pass();
    expect(done).toHaveLength(TURN_BUDGET_MS * 2);
  });

  it('one long piece takes what it takes, and the others go on in the next pass', async () => {
    const { turns, done, worker } = setUp();
    turns.ask(worker('long', 2, 30));
    turns.ask(worker('b', 1, 1));
    expect(done).toEqual(['long']);
    await pass();
    expect(done).toEqual(['long', 'long']);
    await pass();
    expect(done).toEqual(['long', 'long', 'b']);
  });

  it('one who leaves has no turn, and one who asks twice has one', async () => {
    const { turns, done, worker } = setUp();
    turns.ask(worker('a', 1, TURN_BUDGET_MS));
    const [gone, stays] = [worker('gone', 1, 1), worker('stays', 1, 1)];
    for (const each of [gone, stays, stays]) turns.ask(each);
    turns.leave(gone);
    await pass();
    await pass();
    expect(done).toEqual(['a', 'stays']);
  });
});

describe('the intake', () => {
  it('gives the same requests however the bytes come, and looks at few bytes at a time', () => {
    const text = Array.from({ length: 1000 }, (_, n) => `$GETID@${n};\r`).join('');
    for (const size of [1, 7, 1000, 1024, 5000, text.length]) {
      let fed = 0;
      const lines = createRequestLines('classic');
      const intake = createIntake({
        feed(bytes) {
          fed = Math.max(fed, bytes.length);
          return lines.feed(bytes);
        },
        get isMidLine() {
          return lines.isMidLine;
        },
      });
      for (let at = 0; at < text.length; at += size) intake.add(Buffer.from(text.slice(at, at + size)));
      const seen: string[] = [];
      for (let line = intake.next(); line !== null; line = intake.next()) {
        if (line.kind === 'command') seen.push(line.argument);
      }
      expect(seen).toEqual(Array.from({ length: 1000 }, (_, n) => String(n)));
      expect(fed).toBeLessThanOrEqual(1024);
      expect(intake.isEmpty).toBe(true);
    }
  });

  it('counts bytes that end no line', () => {
    const intake = createIntake(createRequestLines('json'));
    intake.add(Buffer.from(`$LIST;\r${'x'.repeat(3000)}`));
    expect(intake.next()).toMatchObject({ name: 'LIST' });
    expect(intake.next()).toBeNull();
    expect([intake.isMidLine, intake.unendedBytes > 1900]).toEqual([true, true]);
    intake.add(Buffer.from('\r$LIST;\r'));
    expect(intake.next()).toMatchObject({ kind: 'malformed' });
    expect(intake.unendedBytes).toBe(0);
  });
});

describe('answers that are shared', () => {
  it.each([
    [0, 0],
    [0.5, 0],
    [5, 50],
    [100, 250],
  ])('what takes %f ms to make is used again for %d ms', async (tookMs, reusedMs) => {
    const clock = createSteppedClock();
    const shared = createSharedAnswers(clock);
    let made = 0;
    const ask = () =>
      shared
        .of('LIST', () => {
          clock.stall(tookMs);
          made += 1;
          return `list ${made}`;
        })
        .toString();
    expect(ask()).toBe('list 1');
    if (reusedMs > 0) {
      await clock.advance(reusedMs - 1);
      expect(ask()).toBe('list 1');
      await clock.advance(1);
    }
    expect(ask()).toBe('list 2');
  });

  it('nothing made before a change is used after it, and names are kept apart', () => {
    const clock = createSteppedClock();
    const shared = createSharedAnswers(clock);
    const ask = (name: string, text: string) =>
      shared
        .of(name, () => {
          clock.stall(20);
          return text;
        })
        .toString();
    expect([ask('LIST', 'a'), ask('TREE', 'b'), ask('LIST', 'c')]).toEqual(['a', 'b', 'a']);
    shared.forget();
    expect([ask('LIST', 'd'), ask('TREE', 'e')]).toEqual(['d', 'e']);
  });
});
