import { describe, expect, it } from 'vitest';
import { HOUR, MINUTE, meters, runScripted } from '../support/plant.ts';
import type { Tamper } from '../support/scripted-line.ts';

/** A meter that answers what it answered first, for ever. */
function frozen(): Tamper {
  const first = new Map<string, Uint8Array>();
  return (asked, frame) => {
    const key = `${asked.function}:${asked.address}+${asked.count}`;
    const known = first.get(key) ?? frame;
    first.set(key, known);
    return known;
  };
}

describe('F27 a meter whose values stand still', () => {
  it('F27 is told once after hours, by name; its data are kept', async () => {
    const plant = await runScripted(meters([1, 2], { readingMs: MINUTE, recordingMs: HOUR, name: 'Pump room' }));
    const still = frozen();
    plant.line.tamper((asked, frame, request) => (asked.unit === 1 ? still(asked, frame, request) : undefined));
    await plant.clock.advance(3 * HOUR);
    expect(plant.log.matching(/same for hours/)).toEqual([]);
    await plant.clock.advance(9 * HOUR);
    expect(plant.log.matching(/same for hours/)).toMatchObject([
      { level: 'warn', facts: { analyzer: 1 }, text: expect.stringContaining('PM710 "Pump room"') },
    ]);
    expect(plant.session(1).steadiness.kind).toBe('frozen');
    expect(plant.session(2).steadiness.kind).toBe('lively');
    expect(plant.outcomes(1).filter(([second, what]) => second > 60 && what !== 'good')).toEqual([]);
    expect(plant.records(1).at(-1)).toMatchObject({ n: 60, expected: 60 });
  });
});
