import { describe, expect, it } from 'vitest';
import { targetOf } from '../../src/cli/cost-target.ts';
import { parseVirtual } from '../../src/domain/virtual.ts';

const KNOWN = [
  { id: 1, name: 'Main' },
  { id: 5, name: 'Workshop' },
];
const sum = (id: number, name: string, of: string, tariff?: string) => ({
  ...{ id, name, location: '', of, terms: parseVirtual(of) ?? [] },
  ...(tariff !== undefined && { tariff }),
});
const SUMS = [sum(100, 'Building', '1 - 5', 'school'), sum(101, 'Both', '1 + 5'), sum(102, 'Old', '1 - 7')];
const TERMS = [
  { sign: 1, id: 1 },
  { sign: -1, id: 5 },
];

describe('whose cost it is', () => {
  it.each([
    ['100', { title: 'Building (sum 100: 1 - 5)', terms: TERMS, tariff: 'school' }],
    ['building', { title: 'Building (sum 100: 1 - 5)', terms: TERMS, tariff: 'school' }],
    ['Both', { title: 'Both (sum 101: 1 + 5)', terms: [TERMS[0], { sign: 1, id: 5 }] }],
    ['1 - 5', { title: '1 - 5', terms: TERMS }],
    ['main', { title: 'Main (analyzer 1)', terms: [TERMS[0]] }],
    ['5', { title: 'Workshop (analyzer 5)', terms: [{ sign: 1, id: 5 }] }],
  ])('%s', (word, target) => {
    expect(targetOf(word, KNOWN, [1, 5], SUMS)).toEqual(target);
  });

  it.each([
    ['Old', '--analyzer: no records of analyzer 7; there are 1 Main, 5 Workshop, 100 Building, 101 Both, 102 Old'],
    ['103', '--analyzer: no records of "103"; there are 1 Main'],
    [undefined, 'expected --analyzer with one of 1 Main, 5 Workshop, 100 Building, 101 Both, 102 Old'],
  ])('%s has no records, or is not said', (word, message) => {
    expect(() => targetOf(word, KNOWN, [1, 5], SUMS)).toThrow(message);
  });
});
