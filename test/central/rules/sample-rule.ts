import { CLEAR_PERCENT, type Rule } from '../../../src/central/rules/rule.ts';

export const RULE: Rule = {
  ...{ when: 'demand', node: 4, analyzer: 1, limit: { value: 50, unit: 'kW' }, clearPercent: CLEAR_PERCENT },
  ...{ repeatMs: null, graceMs: 900_000, night: null },
  webhook: { url: 'https://example.org/hook', secret: null, token: null },
};
