import { describe, expect, it } from 'vitest';
import { rangeText, satisfies } from '../../src/cli/node-range.js';

const RANGE = '^22.22.2 || ^24.15.0 || >=26.0.0';

describe('the Node that Lector needs', () => {
  it('is said in words', () => {
    expect(rangeText(RANGE)).toBe('22 from 22.22.2 on, 24 from 24.15.0 on, or any from 26.0.0 on');
    expect(rangeText('>=26.0.0')).toBe('any from 26.0.0 on');
  });

  it.each([
    ['20.20.2', false],
    ['22.22.1', false],
    ['22.22.2', true],
    ['24.14.9', false],
    ['24.21.0', true],
    ['25.9.0', false],
    ['26.0.0', true],
    ['31.1.0', true],
  ])('%s: %s', (version, isEnough) => {
    expect(satisfies(version, RANGE)).toBe(isEnough);
  });
});
