import { describe, expect, it } from 'vitest';
import { EMPTY_DESK } from '../../src/domain/desk.ts';
import { monoMs } from '../../src/domain/units.ts';
import { analyzerConfig, deviceConfig } from '../support/installation.ts';
import { createBench, TIMEOUT } from './live-bench.ts';

const TWO = [analyzerConfig({ name: 'Main' }), analyzerConfig({ id: 2 })];
const DESTINATION = { id: 'rest', type: 'clientRest', target: 'https://me:secret@centre/ws', analyzerIds: [1, 2] };
const SERIAL = { type: 'serial', port: '/dev/ttyUSB0', baud: 19_200, bits: 8, parity: 'E', stop: 1 } as const;
const DOWN = { code: 'LINE_OPEN_FAILED', message: '/dev/ttyUSB0 is not there', facts: {} } as const;
const bench = () =>
  createBench({
    ...{ analyzers: TWO, destinations: [DESTINATION] },
    devices: [deviceConfig({ endpoint: SERIAL }), deviceConfig({ id: 2, enabled: false })],
  });
const ok = <T>(answered: { ok: true; data: T } | { ok: false }): T => {
  if (!answered.ok) throw new Error('refused');
  return answered.data;
};

describe('what is shown of lines', () => {
  it('which state they are in, why, and what they did', () => {
    const { operator, act, uses, witness } = bench();
    act(
      'device:1',
      { open: 'transacting' },
      {
        ...{ attempt: 0, cause: null },
        desk: {
          ...EMPTY_DESK,
          current: { analyzerId: 2 },
          queue: { waiting: [{}, {}], served: [], turn: 3 },
          counts: { 1: { timeout: 2, crc: 1 }, 2: { timeout: 3 } },
        },
      },
    );
    witness.device(1, { news: 'opened', cause: null });
    const ask = { transaction: { kind: 'registers', unit: 2, function: 3, address: 4000, count: 6 } } as never;
    uses.set(1, { utilisation: 0.5, spanMs: 59_000, total: 9, perSecond: 2, asking: { ask, ms: 12.4 } });
    expect(operator.lines().lines).toMatchObject([
      {
        ...{ id: 1, type: 'serial', description: '/dev/ttyUSB0 19200 8E1', state: 'open', analyzers: [1, 2] },
        ...{ since: '2026-05-04T10:00:00.000+02:00', error: null, utilisation: 0.5, planned: 0.25, waiting: 2 },
        ...{ transactions: { total: 9, perSecond: 2 }, errors: { timeout: 5, crc: 1 } },
        asking: { analyzer: 2, what: '4000..4005 (6 registers) of unit 2', ms: 12 },
      },
      { id: 2, state: 'disabled', planned: null, since: null, asking: null, waiting: 0, errors: {} },
    ]);
    // of each meter its own
    expect(
      operator
        .list()
        .analyzers.map(({ id, errors }) => [id, errors])
        .slice(0, 2),
    ).toEqual([
      [1, { timeout: 2, crc: 1 }],
      [2, { timeout: 3 }],
    ]);
  });

  it.each([
    ['reopening', 'reopening', 'LINE_OPEN_FAILED'],
    ['opening', 'opening', 'LINE_OPEN_FAILED'],
    ['withdrawing', 'closing', undefined],
    [{ open: { idle: 'free' } }, 'open', undefined],
    ['closed', 'closed', undefined],
  ] as const)('a device in %j is %s', (value, state, code) => {
    const { operator, act } = bench();
    act('device:1', value, { cause: DOWN, attempt: 1 });
    const view = ok(operator.device(1));
    expect([view.state, view.error?.code]).toEqual([state, code]);
  });
});

describe('why', () => {
  it('tells the last changes newest first, in the words of the log, with cause and next try', async () => {
    const { operator, say, clock } = bench();
    say(1, 'connecting');
    say(1, 'polling');
    await clock.advance(5000);
    say(1, 'failed', { failure: TIMEOUT, attempt: 1 });
    const { name, label, changes } = ok(operator.why({ kind: 'analyzer', id: 1 }));
    expect({ name, label }).toEqual({ name: 'analyzer:1', label: 'analyzer 1 (PM710 "Main")' });
    expect(changes).toEqual([
      {
        ...{ at: '2026-05-04T10:00:05.000+02:00', state: 'failed', nextTry: '2026-05-04T10:00:07.000+02:00' },
        words: 'analyzer 1 (PM710 "Main") is not read: no answer within 1000 ms',
        cause: { code: 'LINE_TIMEOUT', message: 'no answer within 1000 ms' },
      },
      expect.objectContaining({ state: 'polling', words: 'analyzer 1 (PM710 "Main") is read', cause: null }),
      expect.objectContaining({ state: 'connecting', words: 'analyzer 1 (PM710 "Main") is asked what it is' }),
    ]);
  });

  it('of a line that cannot be opened, when it is tried again', () => {
    const { operator, act, witness } = bench();
    act('device:1', 'opening', { attempt: 2, kind: 'serial' });
    witness.device(1, { news: 'openFailed', cause: DOWN });
    expect(ok(operator.why({ kind: 'device', id: 1 })).changes).toMatchObject([
      { state: 'reopening', nextTry: '2026-05-04T10:00:04.000+02:00', cause: { code: 'LINE_OPEN_FAILED' } },
    ]);
  });

  it('of a line says how it was, in the words of its status; what happened is in the sentence', () => {
    const { operator, witness } = bench();
    const happened = ['opened', 'echo', 'lost', 'opened', 'heard', 'adapter', 'resting', 'closed'] as const;
    for (const news of happened) witness.device(1, { news, cause: null });
    const states = ok(operator.why({ kind: 'device', id: 1 })).changes.map(({ state }) => state);
    const shown = ['open', 'open', 'reopening', 'open', 'open', 'reopening', 'resting', 'closed'];
    expect(states.reverse()).toEqual(shown);
  });

  it('a line that is closed because all on it are paused is paused', () => {
    const { operator, witness } = bench();
    operator.pause({ kind: 'device', id: 1 }, null);
    witness.device(1, { news: 'resting', cause: null });
    expect(ok(operator.why({ kind: 'device', id: 1 })).changes[0]?.state).toBe('paused');
  });

  it('what happens to an analyzer and leaves its state says that state', () => {
    const { operator, witness, say } = bench();
    say(1, 'polling');
    say(1, 'frozen');
    expect(ok(operator.why({ kind: 'analyzer', id: 1 })).changes[0]?.state).toBe('polling');
    operator.pause({ kind: 'analyzer', id: 1 }, null);
    witness.root({ news: 'crashed', name: 'analyzer:1', failure: { code: 'UNEXPECTED', message: 'x', facts: {} } });
    expect(ok(operator.why({ kind: 'analyzer', id: 1 })).changes[0]?.state).toBe('paused');
  });

  it('keeps twenty, and forgets those of what is gone', () => {
    const made = bench();
    for (let n = 0; n < 30; n += 1) made.say(1, n % 2 === 0 ? 'polling' : 'failed', { failure: TIMEOUT });
    expect(ok(made.operator.why({ kind: 'analyzer', id: 1 })).changes).toHaveLength(20);
    made.reinstall({ analyzers: [TWO[1]!] });
    made.reinstall({ analyzers: TWO });
    expect(ok(made.operator.why({ kind: 'analyzer', id: 1 })).changes).toEqual([]);
  });

  it('one that answered before answers again', () => {
    const { operator, say } = bench();
    for (const news of ['polling', 'failed', 'connecting', 'polling'] as const) say(1, news, { failure: null });
    expect(ok(operator.why({ kind: 'analyzer', id: 1 })).changes[0]?.words).toContain('answers again');
  });

  it('what a new analyzer says before the installation is in force is kept', () => {
    const made = bench();
    made.reinstall({ analyzers: [TWO[1]!] });
    made.plan({ analyzers: TWO });
    made.say(1, 'connecting');
    made.installed();
    expect(ok(made.operator.why({ kind: 'analyzer', id: 1 })).changes).toHaveLength(1);
    expect(made.view(1).state).toBe('connecting');
  });

  it('a crash is told with its cause', () => {
    const { operator, witness } = bench();
    const failure = { code: 'UNEXPECTED', message: 'boom', facts: {} } as const;
    witness.root({ news: 'crashed', name: 'analyzer:1', failure });
    witness.root({ news: 'held', name: 'analyzer:1', failure });
    expect(ok(operator.why({ kind: 'analyzer', id: 1 })).changes).toMatchObject([
      { state: 'held', cause: { message: 'boom' }, nextTry: '2026-05-04T10:10:00.000+02:00' },
      {
        state: 'connecting',
        cause: { message: 'boom' },
        words: expect.stringContaining('crashed and is started again'),
      },
    ]);
  });
});

describe('alarms', () => {
  it('are none where all is well, and what a person did is none', () => {
    const { operator, say } = bench();
    say(1, 'polling');
    operator.pause({ kind: 'analyzer', id: 2 }, null);
    expect(operator.alarms().alarms).toEqual([]);
    operator.stop(1);
    expect(operator.alarms().alarms).toEqual([]);
  });

  it('tell of a line that has no time left, while it is open', () => {
    const { operator, act, uses, witness } = bench();
    act('device:1', { open: 'idle' }, { attempt: 0, cause: null, desk: EMPTY_DESK });
    witness.device(1, { news: 'opened', cause: null });
    uses.set(1, { utilisation: 0.95, spanMs: 59_000, total: 9, perSecond: 2, asking: null });
    expect(operator.alarms().alarms).toEqual([]);
    uses.set(1, { utilisation: 1, spanMs: 8_000, total: 9, perSecond: 2, asking: null });
    expect(operator.alarms().alarms).toEqual([]);
    uses.set(1, { utilisation: 0.993, spanMs: 59_000, total: 9, perSecond: 2, asking: null });
    expect(operator.alarms().alarms).toMatchObject([
      { severity: 'warning', subject: 'device:1', message: expect.stringMatching(/^is busy 99 % of the time: /) },
    ]);
  });

  it('come worst first: held, lines, analyzers, deliveries, the node, and then warnings', () => {
    const { operator, say, act, root, witness, troubles, know } = bench();
    know(1, { steadiness: { kind: 'frozen', values: '', since: 0 as never, readings: 200 } });
    say(1, 'polling');
    say(2, 'failed', { failure: TIMEOUT, attempt: 1 });
    act('device:1', 'reopening', { cause: DOWN, attempt: 1 });
    act('delivery:rest', 'backingOff', { attempt: 0 });
    witness.delivery('rest', { news: 'failed', failure: { code: 'EXPORT_FAILED', message: 'refused', facts: {} } });
    troubles.push('the disk is full');
    const failure = { code: 'UNEXPECTED', message: 'boom', facts: {} } as const;
    const told = () => operator.alarms().alarms.map(({ severity, subject, message }) => [severity, subject, message]);
    expect(told()).toEqual([
      ['error', 'device:1', 'is not open: /dev/ttyUSB0 is not there'],
      ['error', 'analyzer:2', 'is not read: no answer within 1000 ms'],
      ['error', 'delivery:rest', 'does not take records, 0 wait: refused'],
      ['error', 'node', 'the disk is full'],
      ['warning', 'analyzer:1', expect.stringContaining('has been the same for hours')],
    ]);
    root.held['delivery:rest'] = failure;
    witness.root({ news: 'held', name: 'delivery:rest', failure });
    expect(told()[0]).toEqual(['error', 'delivery:rest', 'crashed too often and is held: boom']);
    expect(told()).toHaveLength(5);
  });
});

describe('the supervision tree', () => {
  it('has analyzers under their device and deliveries last, with restarts used and who is held', async () => {
    const { operator, root, witness, clock, say } = bench();
    say(1, 'polling');
    const failure = { code: 'UNEXPECTED', message: 'boom', facts: {} } as const;
    Object.assign(root.restarts, { 'analyzer:2': [monoMs(-100_000), clock.mono(), clock.mono()] });
    root.held['analyzer:2'] = failure;
    witness.root({ news: 'held', name: 'analyzer:2', failure });
    await clock.advance(1000);
    expect(operator.tree()).toMatchObject({
      ...{ name: 'root', kind: 'root', label: 'School', state: 'running', restarts: { used: 2, max: 0 } },
      children: [
        {
          ...{ name: 'device:1', kind: 'device', restarts: { used: 0, max: 3 } },
          children: [
            { name: 'analyzer:1', state: 'polling', held: null, children: [] },
            {
              ...{ name: 'analyzer:2', state: 'held', restarts: { used: 2, max: 3 } },
              held: { cause: { message: 'boom' }, nextTry: '2026-05-04T10:10:00.000+02:00' },
            },
          ],
        },
        { name: 'device:2', state: 'disabled' },
        { name: 'delivery:rest', kind: 'delivery', state: 'idle' },
      ],
    });
  });

  it('a delivery stands in it as in the list: who owes nothing is idle, since the start at first', () => {
    const { operator, act } = bench();
    act('delivery:rest', 'sending', { attempt: 0 });
    const [listed] = operator.owed().deliveries;
    expect(listed).toMatchObject({ state: 'idle', since: '2026-05-04T10:00:00.000+02:00' });
    expect(operator.tree().children.at(-1)).toMatchObject({ state: listed?.state, since: listed?.since });
  });

  it('a try whose time has passed is not announced', async () => {
    const { operator, root, witness, clock } = bench();
    const failure = { code: 'UNEXPECTED', message: 'boom', facts: {} } as const;
    root.held['device:1'] = failure;
    witness.root({ news: 'held', name: 'device:1', failure });
    await clock.advance(599_000);
    expect(operator.tree().children[0]?.held?.nextTry).toBe('2026-05-04T10:10:00.000+02:00');
    await clock.advance(2_000);
    expect(operator.tree().children[0]?.held).toMatchObject({ nextTry: null });
  });
});

describe('what exporters owe', () => {
  it('is told with the rate, the cause and the next try, and without the password', async () => {
    const { operator, witness, act, clock } = bench();
    act('delivery:rest', 'idle', { attempt: 0 });
    witness.delivered('rest', 10);
    await clock.advance(50_000);
    witness.delivered('rest', 5);
    expect(operator.owed().deliveries).toMatchObject([
      { exporter: 'rest', target: 'https://***@centre/ws', state: 'idle', perMinute: 15, owed: 0, error: null },
    ]);
    await clock.advance(20_000);
    act('delivery:rest', 'backingOff', { attempt: 0 });
    witness.delivery('rest', { news: 'failed', failure: { code: 'EXPORT_FAILED', message: 'no way', facts: {} } });
    expect(operator.owed().deliveries).toMatchObject([
      {
        ...{ state: 'backingOff', perMinute: 5, error: { code: 'EXPORT_FAILED' } },
        ...{ since: '2026-05-04T10:01:10.000+02:00', nextTry: '2026-05-04T10:01:15.000+02:00' },
      },
    ]);
    await clock.advance(6_000);
    expect(operator.owed().deliveries[0]?.nextTry).toBeNull();
  });
});
