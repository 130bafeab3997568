import { afterEach, describe, expect, it } from 'vitest';
import { LectorError } from '../../src/domain/errors.ts';
import type { OwedRecord } from '../../src/domain/store-port.ts';
import type { ExporterContext } from '../../src/exporters/ports.ts';
import { analyzerConfig, deviceConfig } from '../support/installation.ts';
import { runApp } from '../support/running-app.ts';

const MINUTE = 60_000;
const exports = [{ type: 'mqtt', target: 'mqtt://broker', path: null, options: {} }];
const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

describe('a destination that was away for long', () => {
  it('is sent what it is owed when it can be reached, not at the end of the wait', async () => {
    let isThere = false;
    let taken = 0;
    const contexts: ExporterContext[] = [];
    const plant = await runApp({
      devices: [deviceConfig()],
      analyzers: [analyzerConfig({ recordingMs: MINUTE, exports })],
      destined(context) {
        contexts.push(context);
        const exporter = {
          ...{ id: context.id, order: 'freshFirst' as const, batchMax: 100, close: async () => {} },
          async deliver(records: readonly OwedRecord[]) {
            if (!isThere) throw new LectorError('EXPORT_FAILED', 'nothing listens there');
            taken += records.length;
            return records.map(({ sequence }) => ({ sequence, kind: 'delivered' as const }));
          },
        };
        return { exporter, live: null };
      },
    });
    ends.push(plant.stop);
    await plant.clock.advance(30 * MINUTE);
    const delivery = () => plant.app.operator.owed().deliveries[0];
    const wait = Date.parse(delivery()?.nextTry ?? '') - plant.clock.now();
    expect([delivery()?.state, taken]).toEqual(['backingOff', 0]);
    expect(wait).toBeGreaterThan(5_000);
    isThere = true;
    contexts[0]?.reachable();
    await plant.clock.advance(1_000);
    expect([delivery()?.state, delivery()?.owed]).toEqual(['idle', 0]);
    expect(taken).toBeGreaterThanOrEqual(29);
  });
});
