import { describe, expect, it } from 'vitest';
import { isRetryable, LectorError, toFailure } from '../../src/domain/errors.ts';

describe('what was thrown, as a failure', () => {
  it('F55 that is not ours is a bug and said to be one, with where it happened, and is not tried again', () => {
    const failure = toFailure(new TypeError('x is not a function'));
    expect(failure).toMatchObject({
      code: 'UNEXPECTED',
      message: 'unexpected: x is not a function; this is a bug of Lector, details in the log',
    });
    expect(failure.facts.stack).toMatch(/^at .*errors\.test\.ts/);
    expect(isRetryable(failure.code)).toBe(false);
  });

  it.each(['a text', null, undefined])('F55 that is not even an error (%s) is a bug too', (thrown) => {
    expect(toFailure(thrown)).toEqual({
      code: 'UNEXPECTED',
      message: `unexpected: ${thrown}; this is a bug of Lector, details in the log`,
      facts: {},
    });
  });

  it('keeps its message under the code of whoever knows where it came from', () => {
    expect(toFailure(new Error('port gone'), 'LINE_CLOSED')).toEqual({
      ...{ code: 'LINE_CLOSED', message: 'port gone', facts: {} },
    });
  });

  it('keeps its own code and facts where it is ours', () => {
    const error = new LectorError('STORE_FULL', 'the disk is full', { path: '/x' });
    expect(toFailure(error, 'LINE_CLOSED')).toEqual({
      ...{ code: 'STORE_FULL', message: 'the disk is full', facts: { path: '/x' } },
    });
  });
});
