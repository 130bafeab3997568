import { describe, expect, it } from 'vitest';
import { recordMessage } from '../../../src/central/mqtt/record-message.ts';
import { wireOf } from './wire.ts';

describe('a message with a record', () => {
  it('is the record', () => {
    expect(recordMessage('lector', 'lector/4/1/record', wireOf(4, 1, 0))).toMatchObject({
      ...{ kind: 'record', record: { node: 4, analyzer: 1, model: 'PM710' } },
    });
    expect(recordMessage('a/b', 'a/b/4/1/record', wireOf(4, 1, 0)).kind).toBe('record');
  });

  it.each([
    ['lector/4/1/record', 'no json', 'expected one JSON object'],
    ['lector/4/1/record', '', 'expected one JSON object'],
    ['lector/4/1/record', '{"node":4}', 'expected'],
    ['lector/4/2/record', wireOf(4, 1, 0), 'it holds a record of analyzer 1 of node 4'],
    ['lector/5/1/record', wireOf(4, 1, 0), 'it holds a record of analyzer 1 of node 4'],
    ['lector/x/1/record', wireOf(4, 1, 0), 'expected lector/<node>/<analyzer>/record'],
    ['lector/4/1/state', wireOf(4, 1, 0), 'expected lector/<node>/<analyzer>/record'],
    ['other/4/1/record', wireOf(4, 1, 0), 'expected lector/<node>/<analyzer>/record'],
  ])('%s with %.12s... is none, in words', (topic, payload, words) => {
    const read = recordMessage('lector', topic, payload);
    expect(read).toMatchObject({ kind: 'none', words: expect.stringContaining(words) });
    expect(read).toMatchObject({ words: expect.stringContaining(topic) });
  });
});
