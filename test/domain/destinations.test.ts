import { describe, expect, it } from 'vitest';
import { exporterIdOf } from '../../src/domain/destinations.ts';

const idOf = (target: string) => exporterIdOf({ type: 'http', path: null, target, options: {} });

describe('the id of a destination', () => {
  it.each(['https://hook.example/x', 'https://hook.example/x?id=7'])('is type and target: %s', (target) => {
    expect(idOf(target)).toBe(`http:${target}`);
  });

  it('is the folder of text files', () => {
    expect(exporterIdOf({ type: 'localFile', path: '/var/dades', target: 'dades', options: {} })).toBe(
      'localFile:/var/dades',
    );
  });

  it('holds no key of the target, is the same at each start, and another for another key', () => {
    const id = idOf('https://hook.example/x?key=s3cret');
    expect(id).toMatch(/^http:https:\/\/hook\.example\/x\?key=\*\*\*#[0-9a-f]{8}$/);
    expect(idOf('https://hook.example/x?key=s3cret')).toBe(id);
    expect(idOf('https://hook.example/x?key=s3creT')).not.toBe(id);
  });
});
