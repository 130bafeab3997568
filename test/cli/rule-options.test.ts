import { describe, expect, it } from 'vitest';
import { changedRule, ruleFrom } from '../../src/cli/central/rule-options.ts';
import { RULE } from '../central/rules/sample-rule.ts';

const WEBHOOK = 'https://example.org/hook';

describe('a rule on the command line', () => {
  it.each([
    [
      { when: 'demand', limit: '95%' },
      { limit: { value: 95, unit: '%' }, graceMs: 900_000, night: null, node: null },
    ],
    [
      { when: 'baseload', limit: '3 kW', node: '4', analyzer: '1' },
      { when: 'baseLoad', night: '01:00-05:00', analyzer: 1 },
    ],
    [
      { when: 'cost', limit: '400.50', repeat: '7d' },
      { limit: { value: 400.5, unit: 'money' }, repeatMs: 604_800_000 },
    ],
    [
      { when: 'demand', limit: '50kw', clear: '10%', grace: '1h', secret: 'hook' },
      { clearPercent: 10, graceMs: 3_600_000 },
    ],
  ])('%j', (options, expected) => {
    expect(ruleFrom({ ...options, webhook: WEBHOOK })).toMatchObject({ ...expected, webhook: { url: WEBHOOK } });
  });

  it('changes what is said of it, and nothing else', () => {
    const before = { ...RULE, webhook: { ...RULE.webhook, secret: 'hook', token: 'other' }, repeatMs: 900_000 };
    expect(changedRule(before, { limit: '60kW', secret: 'none', repeat: 'never' })).toEqual({
      ...before,
      ...{ limit: { value: 60, unit: 'kW' }, repeatMs: null, webhook: { ...before.webhook, secret: null } },
    });
  });

  it.each([
    [{ when: 'power', limit: '5' }, /--when demand, baseLoad, cost; saw "power"/],
    [{ when: 'demand' }, /expected --limit, such as 50kW/],
    [{ when: 'demand', limit: '1,5kW' }, /a decimal point, no comma/],
    [
      { when: 'cost', limit: '400EUR' },
      /without its currency, which is that of the contract, such as 400; saw "400EUR"/,
    ],
    [{ when: 'cost', limit: '€ 400.50' }, /without its currency/],
    [{ when: 'demand', limit: '5kWh' }, /a decimal point, no comma/],
    [{ when: 'demand', limit: '5kW', repeat: '5 minutes' }, /--repeat as a time such as 15m/],
    [{ when: 'demand', limit: '5kW', clear: 'half' }, /--clear in percent/],
    [{ when: 'demand', limit: '5kW', node: 'four' }, /the id of a node/],
  ])('%j is a wrong command line', (options, words) => {
    expect(() => ruleFrom({ webhook: WEBHOOK, ...options })).toThrow(words);
  });

  it('needs an address, and something to change', () => {
    expect(() => ruleFrom({ when: 'demand', limit: '5kW' })).toThrow(/expected --webhook/);
    expect(() => changedRule(RULE, {})).toThrow(/expected what to change/);
  });
});
