import { describe, expect, it } from 'vitest';
import { FAULTS } from './fault-list.ts';
import { filesIn } from './tree.ts';

/** Set when acquisition is complete: from then on a fault of its own without a test fails this one. */
const ACQUIRE_FINISHED: boolean = true;

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

  it('has a test for every fault of acquisition', () => {
    const missing = FAULTS.filter((fault) => fault.owner === 'acquire' && !tested.has(fault.id));
    const lines = missing.map((fault) => `${fault.id} ${fault.words}`);
    if (ACQUIRE_FINISHED) expect(lines).toEqual([]);
    else
      process.stderr.write(`faults without a test yet: ${lines.length === 0 ? 'none' : `\n  ${lines.join('\n  ')}`}\n`);
  });

  it('finds ids in titles only', () => {
    const text = "it('F04 a bad sum', f);\nit.each([1])('F05 cut at %i', f);\n// F06\nconst x = 'F07';";
    expect(idsInTitles(text)).toEqual(['F04', 'F05']);
  });
});
