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

  it('writes nothing any more once it is closed', async () => {
    const log = logTo();
    log.info({}, 'stopped');
    await log.close();
    log.warn({}, 'too late');
    expect(entries().map(({ msg }) => msg)).toEqual(['stopped']);
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

  describe('on a terminal', () => {
    const onTerminal = (options: Partial<LogOptions> = {}) =>
      logTo({ terminal: true, colour: false, timeText: () => '2026-11-25 12:15:00', ...options });

    it('shows a person the date once, then time and sentence; the facts are in the file', () => {
      const log = onTerminal();
      log.info({ analyzer: 1 }, 'recorded until 2026-11-25 12:15:00, after 2026-11-24 23:00:00');
      log.warn({ analyzer: 2, code: 'LINE_TIMEOUT' }, 'analyzer 2 is not read: check its wiring');
      expect(lines).toEqual([
        '2026-11-25\n12:15:00 recorded until 12:15:00, after 2026-11-24 23:00:00\n',
        '12:15:00 warning: analyzer 2 is not read: check its wiring\n',
      ]);
    });

    it('says the date again when it changes', () => {
      const times = ['2026-11-25 23:59:59', '2026-11-26 00:00:00', '2026-11-26 00:00:01'];
      const log = onTerminal({ timeText: () => times.shift() ?? '' });
      for (const text of ['a', 'b', 'c']) log.info({}, text);
      expect(lines.join('')).toBe('2026-11-25\n23:59:59 a\n2026-11-26\n00:00:00 b\n00:00:01 c\n');
    });

    it('shows the facts of errors, which are going to be reported', () => {
      onTerminal().error({ port: '/dev/ttyUSB0', text: 'two words', n: null }, 'port lost');
      expect(lines[0]).toMatch(/error: port lost port=\/dev\/ttyUSB0 text="two words" n=null\n$/);
    });

    it('breaks lines at words, below the sentence, and leaves long words whole', () => {
      const log = onTerminal({ columns: () => 60 });
      log.info({}, `${'word '.repeat(11)}end`);
      log.warn({}, `see /${'x'.repeat(60)}`);
      expect(lines.join('').split('\n')).toEqual([
        ...['2026-11-25', `12:15:00 ${'word '.repeat(10).trim()}`, '         word end'],
        ...['12:15:00 warning: see', `         /${'x'.repeat(60)}`, ''],
      ]);
    });

    it('what went wrong stands out by its colour, and nothing else does', () => {
      const log = onTerminal({ colour: true });
      log.info({}, 'well');
      log.warn({}, 'doubtful');
      log.error({}, 'port lost');
      expect(lines[0]).toContain(' well\n');
      expect(lines[1]).toContain('\u001b[33mwarning: doubtful\u001b[39m\n');
      expect(lines[2]).toContain('\u001b[31merror: port lost');
    });
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
