import { describe, expect, it } from 'vitest';
import { FAULTS, type FaultOwner } from './fault-list.ts';
import { filesIn } from './tree.ts';

/** Parts that are complete: a fault of theirs without a test fails this one. */
const FINISHED: readonly FaultOwner[] = ['acquire', 'control', 'screen', 'central'];

/** Ids in the titles of `it(...)`, `it.each(...)(...)` and `describe(...)`, in whatever file of test/. */
function idsInTitles(text: string): readonly string[] {
  const titles = text.matchAll(/(?:\b(?:it|test|describe)(?:\.\w+)*\(|\]\)\(|\)\()\s*(['"`])((?:(?!\1).)*)\1/g);
  return [...titles].flatMap((match) => (match[2] ?? '').match(/\bF\d\d\b/g) ?? []);
}

const tests = filesIn(['test']).filter(({ path }) => !path.startsWith('test/tidy/'));
const tested = new Set(tests.flatMap(({ text }) => idsInTitles(text)));

describe('the list of faults', () => {
  it('numbers every fault once, from F01 on', () => {
    const numbers = FAULTS.map((_, n) => `F${String(n + 1).padStart(2, '0')}`);
    expect(FAULTS.map((fault) => fault.id)).toEqual(numbers);
  });

  it('knows every fault that a test names', () => {
    const known = new Set(FAULTS.map((fault) => fault.id));
    expect([...tested].filter((id) => !known.has(id))).toEqual([]);
  });

  it('has a test for every fault of the parts that are finished', () => {
    const missing = FAULTS.filter(({ id }) => !tested.has(id));
    const owed = missing.filter(({ owner }) => FINISHED.includes(owner));
    expect(owed.map(({ id, words }) => `${id} ${words}`)).toEqual([]);
  });

  it('finds ids in titles only', () => {
    const text = "it('F04 a bad sum', f);\nit.each([1])('F05 cut at %i', f);\n// F06\nconst x = 'F07';";
    expect(idsInTitles(text)).toEqual(['F04', 'F05']);
  });
});
