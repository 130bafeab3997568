import { AssertionError } from 'node:assert';
import { describe, expect, it } from 'vitest';
import { centreFailure, failureKind, inWords } from '../../../src/central/schema/failure.ts';
import { LectorError } from '../../../src/domain/errors.ts';

const failed = (code: string | undefined, message = 'said'): Error => Object.assign(new Error(message), { code });

describe('a query that failed', () => {
  const kinds: readonly (readonly [string | undefined, ReturnType<typeof failureKind>, string])[] = [
    ['22003', 'data', 'CENTRE_REFUSED'],
    ['22021', 'data', 'CENTRE_REFUSED'],
    ['23514', 'data', 'CENTRE_REFUSED'],
    ['54000', 'data', 'CENTRE_REFUSED'],
    ['40P01', 'again', 'CENTRE_UNAVAILABLE'],
    ['23503', 'again', 'CENTRE_UNAVAILABLE'],
    ['08006', 'away', 'CENTRE_UNAVAILABLE'],
    ['25006', 'away', 'CENTRE_UNAVAILABLE'],
    ['53100', 'away', 'CENTRE_UNAVAILABLE'],
    ['55P03', 'away', 'CENTRE_UNAVAILABLE'],
    ['57P01', 'away', 'CENTRE_UNAVAILABLE'],
    ['58030', 'away', 'CENTRE_UNAVAILABLE'],
    ['XX000', 'away', 'CENTRE_UNAVAILABLE'],
    ['ECONNREFUSED', 'away', 'CENTRE_UNAVAILABLE'],
    ['EPIPE', 'away', 'CENTRE_UNAVAILABLE'],
    [undefined, 'away', 'CENTRE_UNAVAILABLE'],
    ['42P01', 'bug', 'DATABASE_FAILED'],
  ];
  it.each(kinds)('%s is of the kind %s, told as %s', (code, kind, told) => {
    expect([failureKind(failed(code)), centreFailure(failed(code)).code]).toEqual([kind, told]);
  });

  it.each([
    new TypeError('x is undefined'),
    new ReferenceError('x is not defined'),
    new SyntaxError('unexpected token'),
    new AssertionError({ message: 'never' }),
  ])('is a bug where it is one of this language: %s', (error) => {
    expect([failureKind(error), centreFailure(error).code]).toEqual(['bug', 'DATABASE_FAILED']);
  });

  it('is told in words that say what to do, without what an attacker wrote', () => {
    expect(centreFailure(failed('53100')).message).toBe('the disk of PostgreSQL is full: make room there');
    expect(centreFailure(failed('22021', 'bad \u001b[2J')).message).toBe('PostgreSQL refuses it: bad \\x1b[2J');
    expect(centreFailure(failed('ECONNRESET', '')).message).toBe('PostgreSQL does not answer: ECONNRESET');
  });

  it('keeps what was said in words already', async () => {
    const words = new LectorError('CENTRE_REFUSED', 'no node 4 here');
    const calls = inWords({ one: () => Promise.reject(words), two: () => Promise.reject(failed('57P01')) });
    await expect(calls.one()).rejects.toBe(words);
    await expect(calls.two()).rejects.toMatchObject({
      code: 'CENTRE_UNAVAILABLE',
      message: 'PostgreSQL is shutting down',
    });
  });
});
