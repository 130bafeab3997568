import { describe, expect, it } from 'vitest';
import type { Answered } from '../../src/protocol/operator.ts';
import { analyzerConfig, deviceConfig } from '../support/installation.ts';
import { analyzerName, createBench, identityOf, TIMEOUT } from './live-bench.ts';

const TWO = [analyzerConfig({ name: 'Main' }), analyzerConfig({ id: 2, name: 'Pump room' })];
const bench = () => {
  const made = createBench({ analyzers: TWO });
  for (const id of [1, 2]) made.say(id, 'polling');
  return made;
};
/** `ok: words`, or `CODE: message (hint)`. */
function told(answered: Answered<{ readonly words: string }>): string {
  if (answered.ok) return `ok: ${answered.data.words}`;
  const { code, message, hint } = answered.error;
  return `${code}: ${message}${hint === '' ? '' : ` (${hint})`}`;
}

describe('commands', () => {
  it('pause, and the answer tells how it then is', () => {
    const { operator, view } = bench();
    const words = 'analyzer 1 (PM710 "Main") is paused';
    expect(told(operator.pause({ kind: 'analyzer', id: 1 }, 600))).toBe(`ok: ${words} until 2026-05-04 10:10:00`);
    expect(view(1)).toMatchObject({ state: 'paused', pausedUntil: '2026-05-04T10:10:00.000+02:00', comm: true });
    expect([view(1).pausedBy, view(2).pausedBy]).toEqual(['analyzer', null]);
    expect(view(2).state).toBe('polling');
    expect(told(operator.pause({ kind: 'analyzer', id: 1 }, null))).toBe(`ok: ${words} until it is resumed`);
    expect(told(operator.start(1))).toBe(
      'ALREADY_STARTED: analyzer 1 (PM710 "Main") is paused (resume it: lector ctl resume 1)',
    );
    expect(told(operator.readNow(1))).toContain('PAUSED: ');
    expect(told(operator.resume({ kind: 'analyzer', id: 1 }))).toBe('ok: analyzer 1 (PM710 "Main") is resumed');
    expect(view(1)).toMatchObject({ state: 'connecting', pausedUntil: null });
    expect(told(operator.resume({ kind: 'analyzer', id: 1 }))).toBe('ok: analyzer 1 (PM710 "Main") was not paused');
  });

  it('a pause of one that is paused just so is told once; another end, or another hand, is a change', () => {
    const { operator, sent, view } = bench();
    const changes = () => {
      const answered = operator.why({ kind: 'analyzer', id: 1 });
      return answered.ok
        ? answered.data.changes.filter(({ state }) => state === 'paused').map(({ words }) => words)
        : [];
    };
    const paused = 'analyzer 1 (PM710 "Main") is paused';
    const line = { kind: 'device', id: 1 } as const;
    for (let n = 0; n < 3; n += 1) operator.pause(line, null);
    expect(view(1).pausedBy).toBe('line');
    expect(changes()).toEqual([`${paused} with its line until it is resumed`]);
    for (let n = 0; n < 3; n += 1) operator.pause({ kind: 'analyzer', id: 1 }, null);
    operator.pause(line, 60);
    expect(changes()).toEqual([`${paused} until it is resumed`, `${paused} with its line until it is resumed`]);
    operator.pause({ kind: 'analyzer', id: 1 }, 600);
    operator.pause({ kind: 'analyzer', id: 1 }, 600);
    expect(changes()[0]).toBe(`${paused} until 2026-05-04 10:10:00`);
    expect(changes()).toHaveLength(3);
    expect(sent.filter((event) => event.type === 'COMMAND' && event.analyzerId === 1)).toHaveLength(3);
  });

  it('stop, until it is started', () => {
    const { operator, view } = bench();
    expect(told(operator.stop(1))).toBe('ok: analyzer 1 (PM710 "Main") is stopped until it is started');
    expect(view(1).state).toBe('stopped');
    expect(told(operator.stop(1))).toBe('ok: analyzer 1 (PM710 "Main") was stopped already');
    for (const answered of [
      operator.pause({ kind: 'analyzer', id: 1 }, 5),
      operator.resume({ kind: 'analyzer', id: 1 }),
      operator.readNow(1),
    ]) {
      expect(told(answered)).toBe(
        'NOT_STARTED: analyzer 1 (PM710 "Main") is stopped (start it first: lector ctl start 1)',
      );
    }
    expect(told(operator.start(1))).toBe('ok: analyzer 1 (PM710 "Main") is started');
    expect(told(operator.start(1))).toContain('ALREADY_STARTED: analyzer 1 (PM710 "Main") runs already');
    expect(told(operator.startAll())).toBe('ok: none was stopped');
    operator.stop(2);
    expect(operator.startAll()).toEqual({ ok: true, data: { analyzers: [2], words: '1 analyzer is started' } });
  });

  it.each([
    ['polling', 'is read now'],
    ['failed', 'is not read at present: it is tried now'],
    ['connecting', 'is read as soon as it is identified'],
  ] as const)('read now, of one that is %s', (state, words) => {
    const { operator, say, sent } = bench();
    say(1, state);
    expect(told(operator.readNow(1))).toBe(`ok: analyzer 1 (PM710 "Main") ${words}`);
    expect(sent).toEqual([{ type: 'COMMAND', analyzerId: 1, command: { type: 'READ_NOW' } }]);
  });

  it('one that is held is freed by start and by resume', () => {
    for (const act of ['start', 'resume'] as const) {
      const { operator, root, sent } = bench();
      root.held[analyzerName(1)] = TIMEOUT;
      const answered = act === 'start' ? operator.start(1) : operator.resume({ kind: 'analyzer', id: 1 });
      expect(told(answered)).toContain('was held and is started again');
      expect(sent[0]).toEqual({ type: 'UNHOLD', systemId: 'analyzer:1' });
    }
  });

  it('nothing is done to one on a device that is switched off', () => {
    const { operator, sent } = createBench({ analyzers: TWO, devices: [deviceConfig({ enabled: false })] });
    expect(told(operator.start(1))).toContain('DISABLED: analyzer 1 (PM710 "Main") is on device 1, which has enabled');
    expect(told(operator.pause({ kind: 'device', id: 1 }, null))).toContain('DISABLED: device 1');
    expect(sent).toEqual([]);
  });

  it('nothing begins once the server is being stopped', async () => {
    const { operator, sent, witness, listen, events } = bench();
    listen();
    expect(told(operator.shutdown())).toBe('ok: the server is being stopped');
    witness.root({ news: 'draining' });
    expect(sent).toEqual([{ type: 'SHUTDOWN' }]);
    expect(events.filter(({ event }) => event === 'shutdown')).toHaveLength(1);
    const all = [operator.start(1), operator.startAll(), operator.stop(1), operator.fault(1, 'crc', 5)];
    for (const answered of [...all, operator.pause({ kind: 'device', id: 1 }, null)]) {
      expect(told(answered)).toContain('SHUTTING_DOWN');
    }
    expect(await operator.identify(1, 100)).toMatchObject({ ok: false, error: { code: 'SHUTTING_DOWN' } });
    expect(await operator.reload(true)).toMatchObject({ ok: false, error: { code: 'SHUTTING_DOWN' } });
  });

  it('faults are for simulated meters', () => {
    const SERIAL = { type: 'serial', port: '/dev/tty1', baud: 9600, bits: 8, parity: 'N', stop: 1 } as const;
    const analyzers = [...TWO, analyzerConfig({ id: 99 }), analyzerConfig({ id: 5, deviceId: 2 })];
    const devices = [deviceConfig(), deviceConfig({ id: 2, endpoint: SERIAL })];
    const { operator } = createBench({ analyzers, devices });
    expect(operator.fault(1, 'silence', 30)).toEqual({
      ok: true,
      data: {
        ...{ analyzers: [1], kind: 'silence', forMs: 30_000 },
        words: 'analyzer 1 (PM710 "Main") has the fault silence for 30 s',
      },
    });
    expect(told(operator.fault(99, 'crc', 1))).toContain('NOT_READY: device 1 was never open');
    expect(told(operator.fault(5, 'crc', 1))).toContain('NOT_SIMULATED: analyzer 5 (PM710) is a real meter');
  });

  it('one reload at a time, and one that throws is a refusal', async () => {
    const done = Promise.withResolvers<never>();
    const { operator } = createBench({ analyzers: TWO, reload: () => done.promise });
    const first = operator.reload(false);
    expect(await operator.reload(false)).toMatchObject({ ok: false, error: { code: 'BUSY' } });
    done.reject(new Error('boom'));
    expect(await first).toMatchObject({ ok: false, error: { code: 'UNEXPECTED' } });
  });
});

describe('commands to a line', () => {
  const line = { kind: 'device', id: 1 } as const;

  it('pause all that are not paused alone; resume those and no others', () => {
    const { operator, view, act } = bench();
    act('device:1', 'resting');
    expect(operator.device(1)).toMatchObject({ data: { state: 'resting' } });
    operator.pause({ kind: 'analyzer', id: 2 }, null);
    expect(operator.pause(line, 60)).toEqual({
      ok: true,
      data: {
        analyzers: [1],
        words:
          'device 1 (simulated rtu at 19200 baud): 1 analyzer is paused until 2026-05-04 10:01:00; ' +
          '1 was paused or stopped before',
      },
    });
    expect([view(1).state, view(2).state]).toEqual(['paused', 'paused']);
    expect(operator.device(1)).toMatchObject({ data: { state: 'paused' } });
    expect(told(operator.resume(line))).toBe('ok: device 1 (simulated rtu at 19200 baud): 1 analyzer is resumed');
    expect([view(1).state, view(2).state]).toEqual(['connecting', 'paused']);
    expect(told(operator.resume(line))).toContain('NOT_PAUSED: device 1 (simulated rtu at 19200 baud) is not paused');
  });

  it('a line whose analyzers are all stopped is not paused', () => {
    const { operator } = bench();
    for (const id of [1, 2]) operator.stop(id);
    expect(told(operator.pause(line, null))).toContain('NOT_STARTED');
  });

  it('one that is held is freed', () => {
    const { operator, root, sent } = bench();
    root.held['device:1'] = TIMEOUT;
    expect(told(operator.resume(line))).toContain('it was held and is started again');
    expect(sent).toEqual([{ type: 'UNHOLD', systemId: 'device:1' }]);
  });
});

describe('identify', () => {
  /** What was said when they were connected is not fresh any more. */
  const later = async () => {
    const made = bench();
    await made.clock.advance(10_000);
    return made;
  };

  it('answers with what the meter says it is', async () => {
    const { operator, say, sent } = await later();
    const answer = operator.identify(1, 1800);
    expect(sent).toEqual([{ type: 'COMMAND', analyzerId: 1, command: { type: 'IDENTIFY' } }]);
    say(1, 'polling', { identity: identityOf('PM710 v3 ') });
    expect(await answer).toEqual({ ok: true, data: { id: 1, identification: 'PM710 v3 ' } });
  });

  it.each([
    ['it fails', 'failed', 'no answer within 1000 ms'],
    ['it is paused meanwhile', 'paused', 'it was paused'],
  ] as const)('is refused when %s', async (_, news, why) => {
    const { operator, say } = await later();
    const answer = operator.identify(1, 1800);
    say(2, 'polling');
    say(1, news, { failure: TIMEOUT });
    const message = `analyzer 1 (PM710 "Main") was not identified: ${why}`;
    expect(await answer).toEqual({ ok: false, error: { code: 'IDENTIFY_FAILED', message, hint: '' } });
  });

  it('is refused after its limit, and leaves no timer behind when it is answered', async () => {
    const { operator, clock, say } = await later();
    const late = operator.identify(1, 1800);
    await clock.advance(1799);
    const other = operator.identify(1, 10_000);
    await clock.advance(1);
    expect(await late).toMatchObject({ ok: false, error: { message: expect.stringContaining('within 1.8 s') } });
    say(1, 'polling', { identity: identityOf('x') });
    expect(await other).toMatchObject({ ok: true });
    expect(clock.pending()).toBe(0);
  });

  it('asks a meter once, whoever asks meanwhile or a moment later', async () => {
    const { operator, say, sent, clock } = await later();
    const first = operator.identify(1, 1800);
    const second = operator.identify(1, 1800);
    expect(sent).toHaveLength(1);
    say(1, 'polling', { identity: identityOf('PM710 v3 ') });
    const answer = { ok: true, data: { id: 1, identification: 'PM710 v3 ' } };
    expect([await first, await second]).toEqual([answer, answer]);
    await clock.advance(9999);
    expect(await operator.identify(1, 1800)).toEqual(answer);
    expect(sent).toHaveLength(1);
    await clock.advance(1);
    void operator.identify(1, 1800);
    expect(sent).toHaveLength(2);
  });
});

const SUM = '100 (Building) is the sum 1 - 2 of analyzers: it is computed, and no meter answers for it';

describe('whom a text names', () => {
  const virtuals = [{ id: 100, name: 'Building', location: '', of: '1 - 2', terms: [] }];
  const { operator } = createBench({ analyzers: [...TWO, analyzerConfig({ id: 3, name: 'main' })], virtuals });
  it.each([
    ['2', { kind: 'analyzer', id: 2 }],
    [' 02 ', { kind: 'analyzer', id: 2 }],
    ['line:1', { kind: 'device', id: 1 }],
    ['DEVICE:1', { kind: 'device', id: 1 }],
    ['analyzer:2', { kind: 'analyzer', id: 2 }],
    ['pump ROOM', { kind: 'analyzer', id: 2 }],
  ])('%j', (text, target) => {
    expect(operator.resolve(text)).toEqual({ ok: true, data: target });
  });

  it.each([
    ['9', 'NO_SUCH_ANALYZER', 'no analyzer 9; there are 1, 2, 3'],
    ['line:7', 'NO_SUCH_DEVICE', 'no line 7; there is only 1'],
    ['Device:07', 'NO_SUCH_DEVICE', 'no device 7; there is only 1'],
    ['attic', 'NO_SUCH_ANALYZER', 'no analyzer "attic"; there are 1 (Main), 2 (Pump room), 3 (main)'],
    ['', 'NO_SUCH_ANALYZER', 'no analyzer ""; there are 1 (Main), 2 (Pump room), 3 (main)'],
    ['\x1b[2J', 'NO_SUCH_ANALYZER', 'no analyzer "\\x1b[2J"; there are 1 (Main), 2 (Pump room), 3 (main)'],
    ['100', 'NO_SUCH_ANALYZER', SUM],
    ['analyzer:100', 'NO_SUCH_ANALYZER', SUM],
    [' building', 'NO_SUCH_ANALYZER', SUM],
    ['MAIN', 'BAD_ARGUMENT', 'several analyzers are called "MAIN": 1, 3'],
  ])('%j is refused: %s', (text, code, message) => {
    expect(operator.resolve(text)).toMatchObject({ ok: false, error: { code, message } });
  });

  it('sums of analyzers are listed, and there is no word of them where there are none', () => {
    expect(operator.list().virtuals).toEqual(virtuals);
    expect(createBench({ analyzers: TWO }).operator.list()).not.toHaveProperty('virtuals');
  });
});
