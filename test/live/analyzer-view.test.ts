import { describe, expect, it } from 'vitest';
import { epochMs } from '../../src/domain/units.ts';
import { analyzerConfig, deviceConfig } from '../support/installation.ts';
import { failedAt, readingAt } from '../support/records.ts';
import { createBench, identityOf, TIMEOUT } from './live-bench.ts';

const ONE = [analyzerConfig({ name: 'Main' })];

describe('what is shown of an analyzer', () => {
  it('before anything is known it is connecting, and nothing is invented', () => {
    const { view } = createBench({ analyzers: ONE });
    expect(view(1)).toMatchObject({
      ...{ id: 1, name: 'Main', model: 'PM710', state: 'connecting', since: null, comm: false, identification: null },
      ...{ error: null, attempt: 0, nextTry: null, lastReading: null, ageMs: null, errorShare: null },
      ...{ readings: { good: 0, failed: 0 }, lastRecord: null, simulated: true, address: 1 },
      today: { energyKwh: null, energyFrom: null, cost: null, range: {} },
    });
    expect(view(1).spark).toEqual(Array.from({ length: 60 }, () => null));
  });

  it('once it is read it communicates, since then', async () => {
    const { view, say, clock, identities, recorder } = createBench({ analyzers: ONE });
    say(1, 'connecting');
    await clock.advance(1000);
    identities.set(1, identityOf('PM710 v2 '));
    say(1, 'polling');
    await clock.advance(5000);
    expect(view(1)).toMatchObject({ state: 'polling', comm: true, identification: 'PM710 v2 ', error: null });
    expect(view(1).since).toBe('2026-05-04T10:00:01.000+02:00');
    recorder(1, 'recording');
    expect(view(1)).toMatchObject({ state: 'recording', comm: true, since: '2026-05-04T10:00:01.000+02:00' });
  });

  it('what another model said it was is not shown', () => {
    const { view, identities } = createBench({ analyzers: ONE });
    identities.set(1, identityOf('SDM630', 'sdm630'));
    expect(view(1).identification).toBeNull();
  });

  it('a lost meter tells why, how often, and when it is tried next; each probe begins the wait anew', async () => {
    const { view, say, clock, know, ended } = createBench({ analyzers: ONE });
    say(1, 'failed', { failure: TIMEOUT, attempt: 1 });
    expect(view(1)).toMatchObject({
      ...{ state: 'failed', comm: false, attempt: 1, nextTry: '2026-05-04T10:00:02.000+02:00' },
      error: { code: 'LINE_TIMEOUT', message: 'no answer within 1000 ms' },
    });
    await clock.advance(3000);
    know(1, { attempt: 2, talk: null });
    ended.set(1, clock.now());
    expect(view(1)).toMatchObject({ attempt: 2, nextTry: '2026-05-04T10:00:07.000+02:00' });
    know(1, { talk: { kind: 'probe' } });
    expect(view(1).nextTry).toBeNull();
  });

  it('one that refuses part of what is asked communicates', () => {
    const { view, say } = createBench({ analyzers: ONE });
    say(1, 'polling', { failure: { code: 'DEVICE_REFUSED', message: 'illegal data address', facts: {} } });
    expect(view(1)).toMatchObject({ comm: true, error: { code: 'DEVICE_REFUSED' } });
    say(1, 'polling', { failure: TIMEOUT });
    expect(view(1).comm).toBe(false);
  });

  it.each([
    'paused',
    'stopped',
    'connecting',
  ] as const)('one that is %s communicates as it did before', async (state) => {
    const { view, say, read, clock } = createBench({ analyzers: ONE });
    say(1, state);
    expect(view(1).comm).toBe(false);
    say(1, 'polling');
    await read(readingAt(clock.now(), { PAT: [1] }));
    say(1, state);
    expect(view(1)).toMatchObject({ state, comm: true });
    // nothing was asked for this one
    await read(failedAt(clock.now(), { failure: { code: 'LINE_CLOSED', message: 'not identified yet' } }));
    expect(view(1).comm).toBe(true);
    say(1, 'polling');
    await read(failedAt(clock.now()));
    say(1, state);
    expect(view(1)).toMatchObject({ state, comm: false });
  });

  it('a reading that had no turn says nothing of whether it communicates', async () => {
    const { view, say, read, clock, events, listen } = createBench({ analyzers: ONE });
    say(1, 'polling');
    listen();
    const failure = { code: 'DEADLINE_PASSED', message: 'the line had no time' } as const;
    await read(failedAt(clock.now(), { failure }));
    await read(failedAt(clock.now(), { failure, forced: true }));
    expect(view(1).comm).toBe(true);
    expect(events.flatMap((each) => (each.event === 'reading' ? [each.data.comm] : []))).toEqual([true, true]);
  });

  it('what a device says in an error cannot move the cursor', () => {
    const { view, say } = createBench({ analyzers: ONE });
    say(1, 'failed', { failure: { ...TIMEOUT, message: 'saw "\x1b[2J"' }, attempt: 1 });
    expect(view(1).error?.message).toBe('saw "\\x1b[2J"');
  });

  it('one that crashed too often is held, with its cause and since when', async () => {
    const { view, witness, root, clock } = createBench({ analyzers: ONE });
    const failure = { code: 'UNEXPECTED', message: 'boom', facts: {} } as const;
    root.held['analyzer:1'] = failure;
    witness.root({ news: 'held', name: 'analyzer:1', failure });
    await clock.advance(1000);
    expect(view(1)).toMatchObject({
      ...{ state: 'held', comm: false, error: { code: 'UNEXPECTED' }, since: '2026-05-04T10:00:00.000+02:00' },
      nextTry: '2026-05-04T10:10:00.000+02:00',
    });
  });

  it('one on a device that is switched off is disabled', () => {
    const { view } = createBench({ analyzers: ONE, devices: [deviceConfig({ enabled: false })] });
    expect(view(1)).toMatchObject({ state: 'disabled', since: null, comm: false, error: null });
  });
});

describe('the last values of an analyzer', () => {
  it('a reading that failed leaves them as they are, and older', async () => {
    const { view, read, clock, say } = createBench({ analyzers: ONE });
    say(1, 'polling');
    await read(readingAt(clock.now(), { TPF: [230, 231, 232], PAT: [5] }));
    await clock.advance(1000);
    await read(failedAt(clock.now()));
    const { lastReading, ageMs, readings, errorShare } = view(1);
    expect(lastReading).toMatchObject({ values: { TPF: [230, 231, 232], PAT: [5] }, failure: null });
    expect({ ageMs, readings, errorShare }).toEqual({ ageMs: 1000, readings: { good: 1, failed: 1 }, errorShare: 0.5 });
  });

  it('a clock that is put back makes an old value no younger', async () => {
    const { view, operator, read, clock } = createBench({ analyzers: ONE });
    await read(readingAt(clock.now(), { PAT: [1] }));
    await clock.advance(10_000);
    clock.setWall(epochMs(clock.now() - 3_600_000));
    await clock.advance(5000);
    expect(view(1).ageMs).toBe(15_000);
    expect(operator.vars(1)).toMatchObject({ data: { ageMs: 15_000 } });
    clock.setWall(epochMs(clock.now() + 7_200_000));
    expect(view(1).ageMs).toBe(3_615_000);
  });

  it('one that failed in part shows what it did not read as missing', async () => {
    const { view, read, clock } = createBench({ analyzers: ONE });
    await read(readingAt(clock.now(), { TPF: [230, 231, 232], PAT: [5] }));
    const failure = { code: 'LINE_TIMEOUT', message: 'no answer' } as const;
    await read(readingAt(clock.now() + 1000, { TPF: [229, 230, 231], PAT: [null] }, { failure }));
    expect(view(1).lastReading).toMatchObject({ values: { TPF: [229, 230, 231], PAT: [null] }, failure });
    expect(view(1).readings).toEqual({ good: 2, failed: 0 });
  });

  it('one by hand is shown and counts nowhere', async () => {
    const { view, read, clock, run } = createBench({ analyzers: ONE });
    await run();
    await read(readingAt(clock.now(), { PAT: [5], CEA: [7] }, { forced: true }));
    expect(view(1).lastReading).toMatchObject({ forced: true, values: { PAT: [5] } });
    expect(view(1)).toMatchObject({ readings: { good: 0, failed: 0 }, errorShare: null, today: { range: {} } });
    expect(view(1).spark.at(-1)).toBeNull();
  });

  it('who is not identified yet has no errors, though it missed its first instants', async () => {
    const { view, read, clock, say } = createBench({ analyzers: ONE });
    say(1, 'connecting');
    await read(failedAt(clock.now()));
    expect(view(1)).toMatchObject({ errorShare: null, readings: { good: 0, failed: 1 } });
    say(1, 'failed', { failure: TIMEOUT, attempt: 1 });
    await read(failedAt(clock.now() + 1));
    expect(view(1)).toMatchObject({ errorShare: 1, readings: { good: 0, failed: 2 } });
  });

  it('the share of errors is of the last hundred', async () => {
    const { view, read, clock } = createBench({ analyzers: ONE });
    for (let n = 0; n < 50; n += 1) await read(failedAt(clock.now() + n));
    for (let n = 0; n < 90; n += 1) await read(readingAt(clock.now() + 100 + n, { PAT: [1] }));
    expect(view(1)).toMatchObject({ errorShare: 0.1, readings: { good: 90, failed: 50 } });
  });
});
