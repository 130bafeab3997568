import { describe, expect, it } from 'vitest';
import { createDemandMeter } from '../../src/domain/alarm-demand.ts';
import { plainRule, withDefaults } from '../../src/domain/alarm-rules.ts';
import { type Channel, createAlarmTracker, unseenKwh } from '../../src/domain/alarm-tracker.ts';
import { wantedBy, watchesOf } from '../../src/domain/alarm-watches.ts';
import { powerPlaces } from '../../src/domain/power-places.ts';
import type { Reading, Values } from '../../src/domain/reading.ts';
import { epochMs } from '../../src/domain/units.ts';
import { analyzerConfig, PROFILES } from '../support/installation.ts';

const MINUTE = 60_000;
const START = Date.UTC(2026, 4, 4, 8);
const UTC = () => 0;
const config = analyzerConfig({ readingMs: MINUTE, recordingMs: 15 * MINUTE });
const profile = PROFILES.get(config.profileId)!;
const places = powerPlaces(config, profile);
const POWER = places.power[0]!;
const ENERGY = places.energy!;

const reading = (minute: number, values: Readonly<Record<string, Values>>, change: Partial<Reading> = {}): Reading => ({
  ...{ analyzerId: 1, nominal: epochMs(START + minute * MINUTE), at: epochMs(START + minute * MINUTE), values },
  ...{ counterAt: {}, flags: {}, ratio: null, failure: null, grid: 'normal' },
  ...change,
});
const listOf = (index: number, value: number): Values =>
  Array.from({ length: index + 1 }, (_, n) => (n === index ? value : 0));
const powered = (kw: number, kwh?: number) => ({
  [POWER.code]: listOf(POWER.index, kw / POWER.factor),
  ...(kwh !== undefined && { [ENERGY.code]: listOf(ENERGY.index, kwh / ENERGY.factor) }),
});

describe('what a rule sees of readings between two looks', () => {
  const any: Channel = { code: 'TPF', index: null, worst: 'greatest' };
  const least: Channel = { code: 'TPF', index: null, worst: 'least' };
  const second: Channel = { code: 'TPF', index: 1, worst: 'greatest' };
  const tracked = () => {
    const tracker = createAlarmTracker({ config, places, offsetAt: UTC });
    tracker.want({ channels: [any, least, second], demands: [], still: [] });
    return tracker;
  };

  it('is the worst of all of them, of whichever value it is about', () => {
    const tracker = tracked();
    tracker.reading(reading(1, { TPF: [230, 231, 232] }));
    tracker.reading(reading(2, { TPF: [251, null, 229] }));
    tracker.reading(reading(3, { TPF: [230, 228, 230] }));
    tracker.turn();
    expect([any, least, second].map((channel) => tracker.seen(channel))).toEqual([
      { least: 230, greatest: 251, last: 230 },
      { least: 228, greatest: 230, last: 228 },
      { least: 228, greatest: 231, last: 228 },
    ]);
  });

  it('is the last value where nothing new came, and nothing once readings come without it', () => {
    const tracker = tracked();
    tracker.reading(reading(1, { TPF: [240, 251, 1] }));
    tracker.reading(reading(2, { TPF: [240, 1, 1] }));
    tracker.turn();
    tracker.turn();
    expect(tracker.seen(any)).toEqual({ least: 240, greatest: 240, last: 240 });
    for (const minute of [3, 4, 5]) tracker.reading(reading(minute, { PAT: [1] }));
    tracker.turn();
    expect(tracker.seen(any)).not.toBeNull();
    tracker.reading(reading(6, { PAT: [1] }));
    expect(tracker.seen(any)).toBeNull();
  });

  it('leaves out what was asked for by hand', () => {
    const tracker = tracked();
    tracker.reading(reading(1, { TPF: [300, 300, 300] }, { forced: true }));
    tracker.turn();
    expect(tracker.seen(any)).toBeNull();
  });

  it('goes on where other rules are put in place', () => {
    const tracker = tracked();
    tracker.reading(reading(1, { TPF: [251, 1, 1] }));
    tracker.want({ channels: [any], demands: [900_000], still: [] });
    tracker.turn();
    expect([tracker.seen(any)?.greatest, tracker.seen(second)]).toEqual([251, null]);
  });
});

describe('demand', () => {
  const QUARTER = 15 * MINUTE;
  const at = (minute: number) => epochMs(START + minute * MINUTE);

  it('is the mean of a quarter hour of the clock, and known for certain before it ends', () => {
    const meter = createDemandMeter(QUARTER, UTC);
    for (let minute = 1; minute <= 5; minute += 1) meter.add(at(minute), 90, MINUTE);
    expect(meter.demand()).toEqual({ certainKw: 30, lastKw: null, lastEnd: null });
    for (let minute = 6; minute <= 16; minute += 1) meter.add(at(minute), 60, MINUTE);
    expect(meter.demand()).toEqual({ certainKw: 4, lastKw: 70, lastEnd: at(15) });
  });

  it('is not known where less than half of it was read', () => {
    const meter = createDemandMeter(QUARTER, UTC);
    for (const minute of [1, 2, 16]) meter.add(at(minute), 90, MINUTE);
    expect(meter.demand()).toMatchObject({ lastKw: null, lastEnd: at(15) });
  });

  it('is not made less by what is fed back', () => {
    const meter = createDemandMeter(QUARTER, UTC);
    for (let minute = 1; minute <= 15; minute += 1) meter.add(at(minute), minute % 2 === 0 ? -50 : 15, MINUTE);
    expect(meter.demand().certainKw).toBe(8);
  });

  it('begins anew where the clock is put back', () => {
    const meter = createDemandMeter(QUARTER, UTC);
    for (let minute = 31; minute <= 40; minute += 1) meter.add(at(minute), 90, MINUTE);
    meter.add(at(1), 15, MINUTE);
    expect(meter.demand()).toEqual({ certainKw: 1, lastKw: null, lastEnd: at(45) });
  });

  it('of an analyzer is made of its active power', () => {
    const tracker = createAlarmTracker({ config, places, offsetAt: UTC });
    tracker.want({ channels: [], demands: [QUARTER], still: [] });
    for (let minute = 1; minute <= 15; minute += 1) tracker.reading(reading(minute, powered(30)));
    expect(tracker.demand(QUARTER)?.certainKw).toBeCloseTo(30);
    expect(tracker.demand(MINUTE)).toBeNull();
  });
});

describe('a counter that stands still', () => {
  it('is told with the energy that was measured meanwhile', () => {
    const tracker = createAlarmTracker({ config, places, offsetAt: UTC });
    tracker.want({ channels: [], demands: [], still: [ENERGY.code] });
    expect(tracker.still(ENERGY.code)).toBeNull();
    for (let minute = 0; minute <= 60; minute += 1) tracker.reading(reading(minute, powered(6, 1234)));
    expect(tracker.still(ENERGY.code)).toEqual({ stillMs: 60 * MINUTE, readings: 61, kwh: expect.closeTo(6) });
    // a reading without it says nothing of it
    tracker.reading(reading(61, powered(6)));
    expect(tracker.still(ENERGY.code)?.stillMs).toBe(60 * MINUTE);
    tracker.reading(reading(62, powered(6, 1235)));
    expect(tracker.still(ENERGY.code)).toEqual({ stillMs: 0, readings: 1, kwh: 0 });
  });

  it('what must not pass unseen by it is some steps of it, and more through a transformer', () => {
    const plain = unseenKwh(places, profile, 1)!;
    expect(plain).toBeGreaterThanOrEqual(1);
    expect(unseenKwh(places, profile, 1000)!).toBeGreaterThanOrEqual(plain);
    expect(unseenKwh({ ...places, energy: null }, profile, 1)).toBeNull();
  });
});

describe('who is watched', () => {
  const there = {
    analyzers: [
      { id: 1, codes: ['TPF'], hasPower: false },
      { id: 2, codes: ['TPF', 'PAT'], hasPower: true },
    ],
    devices: [1, 2],
    deliveries: [
      { id: 'clientRest:https://a/ws', type: 'clientRest' },
      { id: 'localFile:/dades', type: 'localFile' },
    ],
  };
  const keysOf = (rules: Parameters<typeof watchesOf>[0]) => watchesOf(rules, there).map(({ key }) => key);

  it.each([
    [{ ...plainRule('silent'), analyzers: [2, 3] }, ['silent|analyzer:2']],
    [{ ...plainRule('above'), variable: 'PAT' }, ['above|analyzer:2']],
    [plainRule('demand'), ['demand|analyzer:2']],
    [plainRule('lineLost'), ['lineLost|device:1', 'lineLost|device:2']],
    [plainRule('diskLow'), ['diskLow|node']],
    [{ ...plainRule('owed'), exporter: 'clientRest' }, ['owed|delivery:clientRest:https://a/ws']],
    [{ ...plainRule('owed'), exporter: 'DADES' }, ['owed|delivery:localFile:/dades']],
  ])('%#: %j', (rule, keys) => expect(keysOf([rule])).toEqual(keys));

  it('by the default: whom no other rule of that kind names', () => {
    const own = [
      { ...plainRule('silent'), name: 'mine', analyzers: [2] },
      { ...plainRule('owed'), name: 'centre', exporter: 'clientRest' },
    ];
    const keys = keysOf(withDefaults(own)).filter((key) => /silent|mine|owed|centre/.test(key));
    expect(keys).toEqual([
      'silent|analyzer:1',
      'owed|delivery:localFile:/dades',
      'mine|analyzer:2',
      'centre|delivery:clientRest:https://a/ws',
    ]);
  });

  it('asks of readings what its rules need, once', () => {
    const above = { ...plainRule('above'), variable: 'TPF' };
    const rules = [
      above,
      { ...above, limit: 5 },
      { ...above, when: 'below' as const },
      plainRule('demand'),
      plainRule('frozen'),
    ];
    expect(wantedBy([...rules, { ...plainRule('demand'), demandMs: null }], 60_000, 'CEA')).toEqual({
      channels: [
        { code: 'TPF', index: null, worst: 'greatest' },
        { code: 'TPF', index: null, worst: 'least' },
      ],
      demands: [900_000, 60_000],
      still: ['CEA'],
    });
  });
});
