import { describe, expect, it } from 'vitest';
import { analyzerConfig } from '../support/installation.ts';
import { createBench } from './live-bench.ts';

const REST = { id: 'rest', type: 'clientRest', target: 'https://centre/ws', analyzerIds: [1] };

describe('a destination that does not take records', () => {
  it.each(['refused', 'the centre cannot be reached: refused'])('is one alarm where its trouble is "%s"', (trouble) => {
    const { operator, act, witness, troubles } = createBench({ analyzers: [analyzerConfig()], destinations: [REST] });
    const subjects = () => operator.alarms().alarms.map(({ subject }) => subject);
    troubles.push(trouble, 'the disk is full');
    expect(subjects()).toEqual(['node', 'node']);
    act('delivery:rest', 'backingOff', { attempt: 0 });
    witness.delivery('rest', { news: 'failed', failure: { code: 'EXPORT_FAILED', message: 'refused', facts: {} } });
    expect(subjects()).toEqual(['delivery:rest', 'node']);
    expect(operator.alarms().alarms[1]?.message).toBe('the disk is full');
  });
});
