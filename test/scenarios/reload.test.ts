import { describe, expect, it } from 'vitest';
import type { AnalyzerConfig, DeviceConfig } from '../../src/domain/installation.ts';
import { analyzerConfig, deviceConfig, simulated } from '../support/installation.ts';
import { MINUTE, SECOND } from '../support/plant.ts';
import { LINES, METERS, metersWith, RELOAD_AT, runReloads } from '../support/reloads.ts';

type Case = {
  readonly title: string;
  readonly devices?: readonly DeviceConfig[];
  readonly analyzers?: readonly AnalyzerConfig[];
  /** Whom it touches; all others must not notice. */
  readonly touched: readonly number[];
  /** Those of them that may be other meters: the record of the open window begins with what is read then. */
  readonly others?: readonly number[];
  /** Subjects and what differs. */
  readonly told: readonly string[];
};

const [ONE, TWO] = LINES as readonly [DeviceConfig, DeviceConfig];
const fifth = analyzerConfig({ id: 5, readingMs: 10 * SECOND, deviceId: 2 });

const cases: readonly Case[] = [
  { title: 'nothing', touched: [], told: [] },
  {
    title: 'a device added, with an analyzer',
    devices: [...LINES, deviceConfig({ id: 3 })],
    analyzers: [...METERS, { ...fifth, deviceId: 3 }],
    touched: [],
    told: ['device:3 added', 'analyzer:5 added'],
  },
  {
    title: 'a device removed, with its analyzers',
    devices: [ONE],
    analyzers: METERS.slice(0, 2),
    touched: [3, 4],
    told: ['device:2 removed', 'analyzer:3 removed', 'analyzer:4 removed'],
  },
  {
    title: 'another place of a device',
    devices: [ONE, { ...TWO, endpoint: simulated('rtu', 9600) }],
    touched: [3, 4],
    told: ['device:2 changed: baud 19200 -> 9600'],
  },
  {
    title: 'another timeout of a device',
    devices: [{ ...ONE, timeoutMs: 500, gapMs: 10 }, TWO],
    touched: [1, 2],
    told: ['device:1 changed: timeout 1 s -> 0.5 s, gap 25 ms -> 10 ms'],
  },
  {
    title: 'a device disabled',
    devices: [ONE, { ...TWO, enabled: false }],
    touched: [3, 4],
    told: ['device:2 changed: enabled yes -> no'],
  },
  { title: 'an analyzer added', analyzers: [...METERS, fifth], touched: [], told: ['analyzer:5 added'] },
  { title: 'an analyzer removed', analyzers: metersWith({ 3: null }), touched: [3], told: ['analyzer:3 removed'] },
  {
    title: 'an analyzer renamed',
    analyzers: metersWith({ 3: { name: 'Boiler', location: 'Cellar' } }),
    touched: [],
    told: ['analyzer:3 changed: name Meter 3 -> Boiler, location none -> Cellar'],
  },
  {
    title: 'another address',
    analyzers: metersWith({ 3: { address: 30 } }),
    touched: [3],
    others: [3],
    told: ['analyzer:3 changed: address 3 -> 30'],
  },
  {
    title: 'two addresses exchanged',
    analyzers: metersWith({ 3: { address: 4 }, 4: { address: 3 } }),
    touched: [3, 4],
    others: [3, 4],
    told: ['analyzer:3 changed: address 3 -> 4', 'analyzer:4 changed: address 4 -> 3'],
  },
  {
    title: 'an analyzer on another device',
    analyzers: metersWith({ 3: { deviceId: 1 } }),
    touched: [3],
    others: [3],
    told: ['analyzer:3 changed: device 2 -> 1'],
  },
  {
    title: 'other consultes',
    analyzers: metersWith({ 3: { consultes: ['CEA', 'TPF', 'IPF'] } }),
    touched: [3],
    told: ['analyzer:3 changed: consultes TPF, PAT, CEA -> CEA, TPF, IPF'],
  },
  {
    title: 'another timeout and nominal voltage of an analyzer',
    analyzers: metersWith({ 3: { timeoutMs: 700, nominalV: 230 } }),
    touched: [3],
    told: ['analyzer:3 changed: timeout not set -> 0.7 s, nominal none -> 230 V'],
  },
  {
    title: 'a second, faster grid',
    analyzers: metersWith({ 3: { rapid: { readingMs: 2 * SECOND, consultes: ['IPF'] } } }),
    touched: [3],
    told: ['analyzer:3 changed: rapid consultes none -> IPF'],
  },
  {
    title: 'several at once',
    devices: [{ ...ONE, retries: 2 }, TWO, deviceConfig({ id: 3 })],
    analyzers: [...metersWith({ 2: null, 3: { address: 30 } }), { ...fifth, deviceId: 3 }],
    touched: [1, 2, 3],
    others: [3],
    told: [
      'device:1 changed: retries 1 -> 2',
      'device:3 added',
      'analyzer:2 removed',
      'analyzer:3 changed: address 3 -> 30',
      'analyzer:5 added',
    ],
  },
];

const words = (view: { readonly changes: readonly { subject: string; change: string; what: readonly string[] }[] }) =>
  view.changes.map(
    ({ subject, change, what }) => `${subject} ${change}${what.length > 0 ? ': ' : ''}${what.join(', ')}`,
  );

describe.each(cases)('a reload: $title', ({
  devices = LINES,
  analyzers = METERS,
  touched,
  others: moved = [],
  told,
}) => {
  it('touches nobody else, and says what it did', async () => {
    const plant = await runReloads();
    await plant.clock.advance(RELOAD_AT);
    const planned = await plant.reload({ devices, analyzers, planOnly: true });
    expect(plant.app.fleet().analyzers).toHaveLength(4);
    const view = await plant.reload({ devices, analyzers });
    expect(plant.clock.now()).toBe(plant.start + RELOAD_AT);
    expect([view.applied, planned.applied, view.needsRestart]).toEqual([true, false, []]);
    expect(words(view)).toEqual(told);
    expect(planned.changes).toEqual(view.changes);
    await plant.clock.advance(6 * MINUTE + 5 * SECOND - RELOAD_AT);
    const others = METERS.filter(({ id }) => !touched.includes(id));
    expect(others.flatMap(({ id }) => plant.harm(id))).toEqual([]);
    const disabled = devices.filter(({ enabled }) => !enabled).map(({ id }) => id);
    for (const { id, deviceId } of analyzers.filter((each) => !disabled.includes(each.deviceId))) {
      expect(plant.linkOf(id), `analyzer ${id} of device ${deviceId}`).toBe('polling');
      expect(plant.seams(id)).toEqual([]);
      expect(plant.told(id).at(-1)).toBe('6:00 6/6');
      // it was read at every instant but the one at which it was connected
      const missed = plant
        .records(id)
        .slice(moved.includes(id) ? 3 : 2)
        .reduce((sum, { n, expected }) => sum + expected - n, 0);
      if (id !== 5) expect(missed, `analyzer ${id}`).toBeLessThanOrEqual(touched.includes(id) ? 1 : 0);
    }
    for (const { id } of METERS.filter((each) => touched.includes(each.id))) {
      const isGone = !analyzers.some((each) => each.id === id && !disabled.includes(each.deviceId));
      if (isGone) expect(plant.told(id)).toEqual(['1:00 6/6', '2:00 6/6', '3:00 3/6']);
    }
    expect(plant.texts('error')).toEqual([]);
    await plant.stop();
    expect(plant.clock.pending()).toBe(0);
  });
});
