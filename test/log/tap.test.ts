import { describe, expect, it } from 'vitest';
import type { LogHandle } from '../../src/log/create-log.ts';
import { LINES_KEPT, type TappedLine, tapLog } from '../../src/log/tap.ts';

function fakeLog() {
  const written: string[] = [];
  const write = (level: string) => (_: unknown, text: string) => void written.push(`${level} ${text}`);
  const log: LogHandle = {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    critical: write('critical'),
    close: async () => {},
  };
  return { log, written };
}

describe('a tapped log', () => {
  it('writes every line, and hands on those of its level and louder, also from before', () => {
    const { log, written } = fakeLog();
    const tap = tapLog(log, 'info', () => 7);
    tap.debug({}, 'detail');
    tap.info({}, 'begun');
    const lines: TappedLine[] = [];
    tap.listen((line) => lines.push(line));
    tap.warn({}, 'odd \u001b[31m');
    tap.critical({}, 'grave');
    expect(written).toEqual(['debug detail', 'info begun', 'warn odd \u001b[31m', 'critical grave']);
    expect(lines).toEqual([
      { at: 7, level: 'info', text: 'begun' },
      { at: 7, level: 'warning', text: 'odd \\x1b[31m' },
      { at: 7, level: 'critical', text: 'grave' },
    ]);
  });

  it('keeps no more than so many lines for who listens late', () => {
    const tap = tapLog(fakeLog().log, 'debug', () => 0);
    for (let n = 0; n < LINES_KEPT + 5; n += 1) tap.info({}, `line ${n}`);
    const lines: TappedLine[] = [];
    tap.listen((line) => lines.push(line));
    expect(lines).toHaveLength(LINES_KEPT);
    expect(lines[0]?.text).toBe('line 5');
  });
});
