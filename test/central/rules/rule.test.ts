import { describe, expect, it } from 'vitest';
import { type Rule, ruleProblem } from '../../../src/central/rules/rule.ts';
import { ruleWindows } from '../../../src/central/rules/windows.ts';
import { epochMs } from '../../../src/domain/units.ts';
import { zoneOffset } from '../../../src/zone.ts';
import { RULE } from './sample-rule.ts';

const NIGHT: Rule = { ...RULE, when: 'baseLoad', limit: { value: 30, unit: '%' }, night: '01:00-05:00' };
const hook = (change: Partial<Rule['webhook']>): Partial<Rule> => ({ webhook: { ...RULE.webhook, ...change } });

describe('what a rule may say', () => {
  it.each([
    ['power of a quarter hour', RULE],
    ['a share of what is contracted', { ...RULE, limit: { value: 95, unit: '%' } }],
    ['a night', NIGHT],
    ['a night over midnight', { ...NIGHT, night: '23:00-05:00' }],
    [
      'money, of every site',
      { ...RULE, when: 'cost', node: null, analyzer: null, limit: { value: 400, unit: 'money' } },
    ],
    [
      'secrets by their names',
      { ...RULE, ...hook({ url: 'http://10.0.0.5:8080/x?y=1', secret: 'hook-key', token: 'a' }) },
    ],
  ] as const)('%s', (_, rule) => {
    expect(ruleProblem(rule)).toBeNull();
  });

  it.each([
    ['money for power', { limit: { value: 5, unit: 'money' } }, /a limit such as 50kW, or 95%/],
    ['power for money', { when: 'cost' }, /a limit such as 400/],
    ['a limit of nothing', { limit: { value: 0, unit: 'kW' } }, /above 0/],
    ['a limit that is no number', { limit: { value: Number.NaN, unit: 'kW' } }, /above 0/],
    ['an analyzer of no node', { node: null }, /expected the node too/],
    ['never over', { clearPercent: 100 }, /0 to 90 %/],
    ['again each minute', { repeatMs: 60_000 }, /15 minutes to 366 days/],
    ['a grace of days', { graceMs: 48 * 3_600_000 }, /at most 24 hours/],
    ['a night of a quarter hour', { night: '01:00-05:00' }, /only a rule on the base load/],
    ['no http', hook({ url: 'ftp://example.org/' }), /http or https/],
    ['a file', hook({ url: 'file:///etc/passwd' }), /http or https/],
    ['a second line in the address', hook({ url: 'https://example.org/\r\nhook' }), /without blanks and control/],
    ['a NUL in the address', hook({ url: 'https://example.org/\0' }), /without blanks and control/],
    ['a password in the address', hook({ url: 'https://me:secret@example.org/' }), /by its name/],
    ['a way out of the folder', hook({ secret: '../../etc/shadow' }), /the name of a secret/],
    ['a secret itself', hook({ token: 'Bearer 12 34' }), /the name of a secret/],
  ] as const)('not %s', (_, change, words) => {
    expect(ruleProblem({ ...RULE, ...change } as Rule)).toMatch(words);
  });

  it.each(['01:00-01:30', '25:00-05:00', '01:00-05:00,06:00-08:00', 'night'])('not the night %s', (night) => {
    expect(ruleProblem({ ...NIGHT, night })).toMatch(/a night of at least an hour/);
  });
});

describe('what a rule judges', () => {
  const madrid = zoneOffset('Europe/Madrid');
  const at = (text: string) => epochMs(Date.parse(text));
  const ends = (rule: Rule, from: string, until: string) =>
    ruleWindows(rule, at(from), at(until), madrid).map(({ start, end }) => [
      new Date(start).toISOString(),
      (end - start) / 3_600_000,
    ]);

  it('quarter hours that are over', () => {
    expect(ends(RULE, '2026-01-10T10:07:00Z', '2026-01-10T10:45:00Z').map(([start]) => start)).toEqual([
      '2026-01-10T10:00:00.000Z',
      '2026-01-10T10:15:00.000Z',
      '2026-01-10T10:30:00.000Z',
    ]);
  });

  it('nights of the zone of the node, of three and five hours where the clocks change', () => {
    expect(ends(NIGHT, '2026-03-28T12:00:00Z', '2026-03-29T12:00:00Z')).toEqual([['2026-03-29T00:00:00.000Z', 3]]);
    expect(ends(NIGHT, '2026-10-24T12:00:00Z', '2026-10-25T12:00:00Z')).toEqual([['2026-10-24T23:00:00.000Z', 5]]);
    expect(ends({ ...NIGHT, night: '23:00-05:00' }, '2026-01-10T00:00:00Z', '2026-01-10T04:00:00Z')).toEqual([
      ['2026-01-09T22:00:00.000Z', 6],
    ]);
  });
});
