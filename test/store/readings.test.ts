import { expect, it } from 'vitest';
import { epochMs } from '../../src/domain/units.ts';
import type { Environment } from '../../src/store/environment.ts';
import { createReadings } from '../../src/store/readings.ts';
import { sampleReading, T0 } from './sample-rows.ts';

it('a reading that is put again while the first is being written is seen until it is written itself', () => {
  const empty = { range: () => [] } as unknown as Environment;
  const readings = createReadings(empty);
  const first = readings.put(sampleReading(1, 60), () => undefined);
  const again = { ...sampleReading(1, 60), ratio: 7 };
  const second = readings.put(again, () => undefined);
  first.written();
  expect(readings.between(1, epochMs(0), epochMs(2 * T0))).toEqual([again]);
  expect(readings.last(1)).toEqual(again);
  second.written();
  expect(readings.last(1)).toBeNull();
});
