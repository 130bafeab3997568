import { describe, expect, it } from 'vitest';
import { termsOf } from '../../../src/central/cost/terms.ts';

describe('what an analyzer is charged by', () => {
  const of = (analyzer: number | null, from: string, contract: string) => ({ node: 4, analyzer, from, contract });
  const SPAN = { analyzer: 1, from: '2026-01-01', to: '2026-03-01' };

  it('its own contract counts before that of its site, from its date on', () => {
    const list = [of(1, '2026-02-01', 'own'), of(null, '2026-01-15', 'site'), of(null, '2026-02-15', 'later')];
    expect(termsOf(list, SPAN)).toEqual([
      { from: '2026-01-01', to: '2026-01-15', contract: null },
      { from: '2026-01-15', to: '2026-02-01', contract: 'site' },
      { from: '2026-02-01', to: '2026-03-01', contract: 'own' },
    ]);
  });

  it('others do not matter, and what goes on by the same contract is one', () => {
    const list = [of(null, '1970-01-01', 'site'), of(2, '2026-01-10', 'own'), of(1, '2026-02-01', 'site')];
    expect(termsOf(list, SPAN)).toEqual([{ from: '2026-01-01', to: '2026-03-01', contract: 'site' }]);
  });
});
