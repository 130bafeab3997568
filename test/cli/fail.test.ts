import { readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { reportError } from '../../src/cli/fail.ts';

describe('the details of what nobody expected', () => {
  const file = join(tmpdir(), `lector-error-${process.pid}.txt`);
  const target = join(tmpdir(), `lector-error-${process.pid}.target`);
  const { argv } = process;
  beforeEach(() => {
    vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  });
  afterEach(() => {
    process.argv = argv;
    vi.restoreAllMocks();
    for (const each of [file, target]) rmSync(each, { force: true });
  });

  it('hold no password, wherever it stands in a URL of the command line', () => {
    process.argv = ['node', 'central', '--database', 'postgres://a:b/secret@h/x', '--database=postgres://a:secret@h/x'];
    expect(reportError(new Error('at postgres://a:secret@h/x'))).toBe(1);
    const text = readFileSync(file, 'utf8');
    expect(text).toContain('--database=postgres://***');
    expect(text).not.toContain('secret');
  });

  it('are for this user alone, and go into no file that another one put there', () => {
    writeFileSync(target, 'mine');
    symlinkSync(target, file);
    reportError(new Error('a bug'));
    expect(readFileSync(target, 'utf8')).toBe('mine');
    expect(readFileSync(file, 'utf8')).toContain('a bug');
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });
});
