import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { historyFile, historyPath } from '../../src/cli/shell/history-file.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lector-history-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('the history of the shell', () => {
  it.each([
    [{ XDG_STATE_HOME: '/s', HOME: '/h' }, '/s/lector/shell-history'],
    [{ HOME: '/h' }, '/h/.local/state/lector/shell-history'],
    [{ XDG_STATE_HOME: '', HOME: '/h' }, '/h/.local/state/lector/shell-history'],
    [{}, null],
  ])('with %j is at %s', (env, path) => {
    expect(historyPath(env)).toBe(path);
  });

  it('comes back in the next session, newest first, and is its user’s alone', () => {
    const path = join(folder, 'a', 'b', 'shell-history');
    const file = historyFile(path);
    for (const line of ['status 1', '  ', 'vars "Sala 2"', 'pasted\tline']) file.add(line);
    expect(historyFile(path).load()).toEqual(['pasted line', 'vars "Sala 2"', 'status 1']);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, 'a', 'b')).mode & 0o777).toBe(0o700);
  });

  it.each([
    'auth secret',
    'AUTH@secret',
    ' $Auth@secret;',
    'status 1; auth secret',
    `${'x'.repeat(3000)}`,
  ])('never holds %.30s', (line) => {
    const file = historyFile(join(folder, 'h'));
    file.add('status 1');
    file.add(line);
    expect(readFileSync(join(folder, 'h'), 'utf8')).toBe('status 1\n');
  });

  it('makes a file that others could read its own', () => {
    writeFileSync(join(folder, 'h'), 'status 1\n', { mode: 0o644 });
    historyFile(join(folder, 'h')).add('list');
    expect(statSync(join(folder, 'h')).mode & 0o777).toBe(0o600);
  });

  it('keeps the last 1,000 lines', () => {
    const path = join(folder, 'h');
    writeFileSync(path, Array.from({ length: 2500 }, (_, n) => `status ${n}\n`).join(''));
    expect(historyFile(path).load()).toHaveLength(1000);
    expect(readFileSync(path, 'utf8').split('\n')[0]).toBe('status 1500');
  });

  it.each(['a folder stands in its place', 'there is no place for it'])('does not fail where %s', (why) => {
    const path = join(folder, 'h');
    if (why.startsWith('a folder')) mkdirSync(path);
    const file = historyFile(why.startsWith('a folder') ? path : null);
    file.add('status 1');
    expect(file.load()).toEqual([]);
  });
});
