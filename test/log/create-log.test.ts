import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LectorError } from '../../src/domain/errors.ts';
import type { LogLevel } from '../../src/domain/installation.ts';
import { createLog, type LogHandle, type LogOptions } from '../../src/log/create-log.ts';

let lines: string[];
let folder: string;

beforeEach(() => {
  lines = [];
  folder = mkdtempSync(join(tmpdir(), 'lector-log-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function logTo(options: Partial<LogOptions> = {}): LogHandle {
  const stream = { write: (line: string) => lines.push(line) };
  return createLog({ level: 'debug', dir: null, terminal: false, stream, ...options });
}

const entries = () => lines.map((line) => JSON.parse(line));

describe('createLog', () => {
  it('writes one JSON object a line with time, level, sentence and facts', () => {
    logTo().warn({ analyzer: 3, failures: 4 }, 'analyzer 3 is offline');
    expect(entries()).toEqual([
      {
        level: 'warning',
        time: expect.stringMatching(/^\d{4}-.*Z$/),
        analyzer: 3,
        failures: 4,
        msg: 'analyzer 3 is offline',
      },
    ]);
  });

  const levels: readonly { level: LogLevel; shown: readonly string[] }[] = [
    { level: 'debug', shown: ['debug', 'info', 'warning', 'error', 'critical'] },
    { level: 'warning', shown: ['warning', 'error', 'critical'] },
    { level: 'critical', shown: ['critical'] },
  ];
  it.each(levels)('at log_level $level shows $shown', ({ level, shown }) => {
    const log = logTo({ level });
    log.debug({}, 'd');
    log.info({}, 'i');
    log.warn({}, 'w');
    log.error({}, 'e');
    log.critical({}, 'c');
    expect(entries().map((entry) => entry.level)).toEqual(shown);
  });

  it('shows a person local time, level, sentence and facts, without colour where none is wanted', () => {
    logTo({ terminal: true, colour: false }).error({ port: '/dev/ttyUSB0', text: 'two words', n: null }, 'port lost');
    expect(lines).toEqual([
      expect.stringMatching(
        /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d error {4}port lost {2}port=\/dev\/ttyUSB0 text="two words" n=null\n$/,
      ),
    ]);
  });

  it('colours the level on a terminal', () => {
    logTo({ terminal: true, colour: true }).error({}, 'port lost');
    expect(lines[0]).toContain('\u001b[31merror');
  });

  it('F30 lets no control character of a device reach a terminal, from text, facts or errors', () => {
    const log = logTo({ terminal: true, colour: false });
    log.info({ id: '\u001b[2J', nested: { deep: ['\u202e'] }, '\u0007key': 1 }, 'meter says \u001b]0;x\u0007');
    log.error({ error: new LectorError('FRAME_CRC', 'bad\u009b frame') }, 'no');
    expect(lines.join('')).not.toMatch(/[^\n\P{Cc}]|\u202e/u);
    expect(lines[0]).toContain('meter says \\x1b]0;x\\x07');
  });

  it('takes any fact without throwing: cycles, big numbers, bytes, errors', () => {
    const cycle: Record<string, unknown> = { bytes: new Uint8Array([1, 255]), big: 10n, nan: Number.NaN };
    cycle.self = cycle;
    logTo().info({ cycle, error: new LectorError('LINE_TIMEOUT', 'no answer', { unit: 3 }) }, 'odd');
    const [entry] = entries();
    expect(entry.cycle).toMatchObject({ bytes: '01ff', big: '10', nan: 'NaN' });
    expect(entry.error).toMatchObject({
      name: 'LectorError',
      code: 'LINE_TIMEOUT',
      message: 'no answer',
      facts: { unit: 3 },
    });
  });

  it('writes JSON lines to the folder as well, whatever the terminal shows', async () => {
    const log = logTo({ dir: join(folder, 'log'), terminal: true });
    for (let n = 0; n < 3; n++) log.info({ n }, 'reading');
    await log.close();
    const written = readFileSync(join(folder, 'log', 'lector.1.log'), 'utf8')
      .trim()
      .split('\n');
    expect(written.map((line) => JSON.parse(line).n)).toEqual([0, 1, 2]);
  });
});
