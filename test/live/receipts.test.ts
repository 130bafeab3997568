import { describe, expect, it } from 'vitest';
import { analyzerConfig } from '../support/installation.ts';
import { createBench } from './live-bench.ts';

const REST = { id: 'rest', type: 'clientRest', target: 'https://me:secret@centre/ws', analyzerIds: [1, 2] };

describe('what a delivery did in the last minute', () => {
  it('is the sum of its receipts, however many came, and nothing of before', async () => {
    const { operator, witness, clock } = createBench({ analyzers: [analyzerConfig()], destinations: [REST] });
    const perMinute = () => operator.owed().deliveries.find(({ exporter }) => exporter === 'rest')?.perMinute;
    for (let n = 0; n < 1000; n += 1) witness.delivered('rest', 2);
    expect(perMinute()).toBe(2000);
    await clock.advance(30_000);
    for (let n = 0; n < 300; n += 1) witness.delivered('rest', 1);
    expect(perMinute()).toBe(2300);
    await clock.advance(40_000);
    expect(perMinute()).toBe(300);
    witness.delivered('rest', 5);
    expect(perMinute()).toBe(305);
  });
});
