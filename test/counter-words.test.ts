import { describe, expect, it } from 'vitest';
import { counterWords } from '../src/counter-words.ts';
import type { CounterFlag, LectorRecord, RecordedVariable } from '../src/domain/record.ts';
import { epochMs } from '../src/domain/units.ts';

type Counter = Partial<Pick<RecordedVariable, 'baseline' | 'delta'>> & { readonly flags?: readonly CounterFlag[] };

const record = (counters: Readonly<Record<string, Counter>>): LectorRecord => ({
  ...{ nodeId: 4, analyzerId: 1, model: 'PM710', start: epochMs(0), end: epochMs(60_000), generation: 0 },
  ...{ n: 6, expected: 6, ratio: null },
  variables: Object.fromEntries(
    Object.entries(counters).map(([code, counter]) => [
      code,
      {
        ...{ aggregate: 'counter', values: counter.baseline ?? [], min: [], max: [], n: [6], expected: 6, at: null },
        ...{ delta: [null], baseline: [null], flags: [] },
        ...counter,
      },
    ]),
  ),
});

const words = (now: Readonly<Record<string, Counter>>, before: Readonly<Record<string, Counter>> | null) =>
  counterWords('analyzer 1 (PM710)', record(now), before && record(before), () => '12:15').map(
    ({ level, text }) => `${level} ${text}`,
  );

describe('what is said of counters', () => {
  it('F25 that were reset: each from which value to which, in one line', () => {
    const now = {
      CEA: { baseline: [12.5], flags: ['reset'] },
      CER: { baseline: [0.1 + 0.2], flags: ['reset', 'zeroIgnored'] },
    } as const;
    const before = { CEA: { baseline: [123_456.7] }, CER: { baseline: [800] } };
    expect(words(now, before)).toEqual([
      expect.stringMatching(
        /^warn analyzer 1 \(PM710\), until 12:15: fell: CEA from 123456\.7 to 12\.5, CER from 800 to 0\.3; the/,
      ),
    ]);
  });

  it('F25 only of the values that fell, where a variable has several; of those that wrapped in a line apart', () => {
    const flags = ['reset', 'wrap'] as const;
    const now = { CEA: { baseline: [5, 901, 3], delta: [null, 1, 4], flags } };
    const before = { CEA: { baseline: [500, 900, 999] } };
    expect(words(now, before)).toEqual([
      expect.stringMatching(/^warn .*fell: CEA from 500 to 5;/),
      expect.stringMatching(/^info .*end of the range of the counter: CEA from 999 to 3; it is counted on/),
    ]);
  });

  it('F25 that fell within their first window: to which value', () => {
    expect(words({ CEA: { baseline: [5], flags: ['first', 'reset'] } }, null)).toEqual([
      expect.stringMatching(/fell: CEA to 5;/),
    ]);
  });

  it('shows a few of many', () => {
    const codes = ['A', 'B', 'C', 'D', 'E', 'F', 'G'];
    const all = (baseline: number, flags: readonly CounterFlag[]) =>
      Object.fromEntries(codes.map((code) => [code, { baseline: [baseline], flags }]));
    expect(words(all(1, ['reset']), all(9, []))[0]).toMatch(/E from 9 to 1 and 2 more;/);
  });

  it('nothing, where nothing fell', () => {
    expect(words({ CEA: { baseline: [5], delta: [1], flags: ['zeroIgnored'] } }, { CEA: { baseline: [4] } })).toEqual(
      [],
    );
  });
});
