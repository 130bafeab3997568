import { describe, expect, it } from 'vitest';
import type { Meter } from '../../src/domain/meter.ts';
import { analyzerConfig } from '../support/installation.ts';
import { readingAt } from '../support/records.ts';
import { createBench, identityOf } from './live-bench.ts';

const bench = () => createBench({ analyzers: [analyzerConfig({ name: 'Main' })] });

/** The PM710 as it was connected: version 12345, serial number 65,538. */
const METER = {
  identity: identityOf('PM710'),
  exponents: {},
  once: [
    {
      block: { kind: 'registers', function: 3, address: 7000, count: 3, registers: ['firmware', 'serialNumber'] },
      answer: { kind: 'words', words: [12_345, 1, 2], at: 0, tookMs: 5 },
    },
  ],
} as unknown as Meter;

describe('what meters say of themselves', () => {
  it('is not ready before they were identified', () => {
    const { operator, identities } = bench();
    expect(operator.identification(1)).toEqual({
      ok: false,
      error: {
        ...{ code: 'NOT_READY', message: 'analyzer 1 (PM710 "Main") was not identified yet' },
        hint: 'see why: lector ctl why 1',
      },
    });
    identities.set(1, identityOf('PM710 '));
    expect(operator.identification(1)).toEqual({ ok: true, data: { id: 1, identification: 'PM710 ' } });
  });

  it('hours, errors in words, version and serial number, each null until it is read', async () => {
    const { operator, say, read, clock } = bench();
    const nothing = { id: 1, lastTime: null, HMU: null, ERR: null, ERR_MSG: null, VSO: null, NSN: null };
    expect(operator.meterStatus(1)).toEqual({ ok: true, data: nothing });
    say(1, 'polling', { meter: METER });
    await read(readingAt(clock.now(), { HMU: [1200, 35], ERR: [0b1000001], PAT: [1] }));
    const known = {
      ...{ id: 1, lastTime: '2026-05-04T10:00:00.000+02:00', HMU: [1200, 35], ERR: 65 },
      ...{ ERR_MSG: ['VA clipping', 'frequency invalid'], VSO: 12_345, NSN: 65_538 },
    };
    expect(operator.meterStatus(1)).toEqual({ ok: true, data: known });
    // what is read once is known while the meter is lost
    say(1, 'failed', { meter: null });
    expect(operator.meterStatus(1)).toEqual({ ok: true, data: known });
  });

  it('the last values with their age', async () => {
    const { operator, read, clock } = bench();
    expect(operator.vars(1)).toEqual({ ok: true, data: { id: 1, reading: null, ageMs: null } });
    await read(readingAt(clock.now(), { PAT: [1] }));
    await clock.advance(500);
    expect(operator.vars(1)).toMatchObject({ data: { ageMs: 500, reading: { values: { PAT: [1] } } } });
  });

  it('the status that is read beside them is in its own answer alone', async () => {
    const rapid = { readingMs: 1000, consultes: ['FRE', 'PAT'] };
    const { operator, read, clock, view, events, listen, run } = createBench({
      analyzers: [analyzerConfig({ consultes: ['PAT', 'TPF'], rapid })],
    });
    await run();
    listen();
    await read(readingAt(clock.now(), { FRE: [50], PAT: [2] }, { grid: 'rapid' }));
    await clock.advance(100);
    const all = { HMU: [1200, 35], TPF: [230, 231, 232], ERR: [0], PAT: [1] };
    await read(readingAt(clock.now(), all, { flags: { ERR: ['implausible'] }, counterAt: { HMU: clock.now() } }));
    const reading = { values: { PAT: [1], TPF: [230, 231, 232], FRE: [50] }, flags: {} };
    expect(operator.vars(1)).toMatchObject({ data: { reading } });
    const { lastReading, today } = view(1);
    const orders = [lastReading?.values, today.range].map((each) => Object.keys(each ?? {}));
    expect(orders).toEqual(Array(2).fill(['PAT', 'TPF', 'FRE']));
    const told = events.flatMap((each) => (each.event === 'reading' ? [Object.keys(each.data.reading.values)] : []));
    expect(told).toEqual([
      ['PAT', 'FRE'],
      ['PAT', 'TPF'],
    ]);
    const vars = operator.legacy.vars(1);
    expect(vars.ok && vars.data).toMatchObject({ values: new Map(Object.entries(reading.values)) });
    expect(operator.meterStatus(1)).toMatchObject({ data: { HMU: [1200, 35], ERR: 0 } });
  });

  it('definitions and configuration, as plain data', () => {
    const { operator } = bench();
    const defs = operator.defs(1);
    expect(defs).toMatchObject({
      ok: true,
      data: { id: 1, model: 'PM710', definitions: { PAT: { registre: 4006, numRegs: 1, regEscala: 'FEP' } } },
    });
    expect(defs.ok && defs.data.variables.find(({ code }) => code === 'TPF')?.phases).toEqual(['L1', 'L2', 'L3']);
    expect(operator.conf()).toMatchObject({ equips: { 1: { requests: ['TPF', 'PAT', 'CEA'] } } });
    expect(JSON.stringify([defs, operator.conf()])).toContain('PAT');
  });
});

describe('the mappings of the classic dialect', () => {
  it('are the same object until something changes', async () => {
    const { operator, read, clock, say, reinstall } = bench();
    const { legacy } = operator;
    const all = () => [legacy.vars(1), legacy.status(1), legacy.defs(1)].map((each) => (each.ok ? each.data : null));
    const before = all();
    expect(before[0]).toEqual({ lastRead: '', values: {} });
    const same = (a: readonly unknown[], b: readonly unknown[]) => a.map((each, index) => each === b[index]);
    expect(same(all(), before)).toEqual([true, true, true]);
    await read(readingAt(clock.now(), { PAT: [1] }));
    expect(same(all(), before)).toEqual([false, false, true]);
    expect(all()[0]).toEqual({ lastRead: '04/05/2026 10:00:00', values: new Map([['PAT', [1]]]) });
    const read1 = all();
    say(1, 'polling', { meter: METER });
    expect(all()[1]).toMatchObject({ VSO: 12_345n, NSN: 65_538n });
    expect(same(all(), read1)[2]).toBe(true);
    const conf = legacy.conf();
    expect(legacy.conf()).toBe(conf);
    reinstall({ analyzers: [analyzerConfig({ name: 'Other' })] });
    expect(legacy.conf()).not.toBe(conf);
    expect(legacy.vars(5)).toMatchObject({ ok: false, error: { code: 'NO_SUCH_ANALYZER' } });
  });
});
