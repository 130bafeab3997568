import { describe, expect, it } from 'vitest';
import { epochMs } from '../../src/domain/units.ts';
import { usageOfTerms } from '../../src/tariff/entered.ts';
import { MADRID, quarters, usage } from './contracts.ts';

const at = (text: string) => epochMs(Date.parse(text));
const span = { from: at('2026-01-01T00:00:00Z'), to: at('2026-02-01T00:00:00Z') };
const events = [
  {
    ...({ id: 1, analyzerId: 1, kind: 'maintenance', text: '' } as const),
    ...{ from: at('2026-01-05T09:00:00Z'), to: at('2026-01-05T11:00:00Z') },
  },
];
const terms = [{ sign: 1, id: 1, usage: usage(quarters('2026-01-01', '2026-01-10', () => 8)), events }] as const;
const UTC = { offsetAt: () => 0, zone: 'UTC' };

describe('what was entered, told on a bill', () => {
  it.each([
    ['names the clocks of the site where the days of the bill are by others', MADRID, '11:00 UTC not billed'],
    ['names none where they are the same', () => 0, '11:00 not billed'],
  ])('%s', (_, offsetAt, words) => {
    const { notes } = usageOfTerms(terms, { ...span, ...UTC, billedBy: [offsetAt] });
    expect(notes).toEqual([`2026-01-05 09:00 to 2026-01-05 ${words}`]);
  });
});
