import { describe, expect, it } from 'vitest';
import { analyzerConfig, PROFILES } from '../support/installation.ts';
import { MINUTE, meters, runScripted, SECOND } from '../support/plant.ts';
import { METERS, metersWith, RELOAD_AT, runReloads } from '../support/reloads.ts';

const untouched = (plant: Awaited<ReturnType<typeof runReloads>>) => [1, 2, 4].flatMap((id) => plant.harm(id));
const em24 = analyzerConfig({ id: 3, model: 'EM24' });
const { model, profileId, driver, dataDriver } = em24;

describe('a meter that is another one after a reload', () => {
  it.each([
    ['model', { model, profileId, driver, dataDriver }, 'model PM710 -> EM24'],
    ['ratio', { ratio: 40 }, 'ratio 1 -> 40'],
    ['sign', { invert: true }, 'invert no -> yes'],
  ])('another %s: what was read before is in no record of what is read now', async (_, change, what) => {
    const plant = await runReloads();
    await plant.clock.advance(RELOAD_AT);
    const view = await plant.reload({ analyzers: metersWith({ 3: change }) });
    expect(view.changes[0]?.what).toContain(what);
    expect(view.changes[0]?.effect).toMatch(
      /^it is connected anew; the others of its line go on; what was read before/,
    );
    await plant.clock.advance(3 * MINUTE);
    // of the window that was open: 02:40, 02:50 and 03:00
    expect(plant.told(3).slice(1, 4)).toEqual(['2:00 6/6', '3:00 3/6', '4:00 6/6']);
    const [, before, third, fourth] = plant.records(3);
    expect(before?.variables.CEA?.flags).toEqual([]);
    expect(third?.variables.CEA).toMatchObject({ delta: [null], flags: ['first'] });
    expect(fourth?.variables.CEA?.flags).toEqual([]);
    expect(fourth?.model).toBe('model' in change ? change.model : 'PM710');
    expect(untouched(plant)).toEqual([]);
    await plant.stop();
  });

  it.each([
    ['at the end of a window', 3 * MINUTE],
    ['a moment later, when the window is not recorded yet', 3 * MINUTE + 5],
    ['while its last reading is under way', 3 * MINUTE + 20],
  ])('%s: what the former one said in it is recorded as its own', async (_, at) => {
    const plant = await runReloads();
    // the second of its line: its windows are recorded a little after their end
    await plant.clock.advance(at);
    await plant.reload({ analyzers: metersWith({ 4: { ratio: 40 } }) });
    await plant.clock.advance(2 * MINUTE);
    const third = plant.records(4)[2];
    expect([third?.n, third?.generation]).toEqual([expect.toSatisfy((n) => n === 5 || n === 6), 0]);
    expect(third?.variables.CEA?.flags).toEqual([]);
    expect(plant.records(4)[3]?.variables.CEA?.flags).toEqual(['first']);
    expect([...plant.seams(4), ...[1, 2, 3].flatMap((id) => plant.harm(id))]).toEqual([]);
    await plant.stop();
  });

  it('addresses exchanged: no energy is made of two meters, and none is shown as the other', async () => {
    const both = meters([1, 2]);
    const plant = await runScripted(both);
    await plant.clock.advance(2 * MINUTE + 33_700);
    const exchanged = both.map((each) => ({ ...each, address: 3 - each.address }));
    await plant.reload({ analyzers: exchanged });
    const at = plant.clock.now();
    const shown = [1, 2].map((id) => plant.app.operator.analyzer(id));
    expect(shown.map((each) => each.ok && [each.data.lastReading, each.data.identification, each.data.comm])).toEqual(
      Array(2).fill([null, null, false]),
    );
    await plant.clock.advance(3 * MINUTE);
    for (const id of [1, 2]) {
      const [, , third, fourth] = plant.records(id).filter(({ end }) => end > plant.start);
      expect([third?.n, third?.variables.CEA?.delta, third?.variables.CEA?.flags]).toEqual([3, [null], ['first']]);
      const said = plant.readings(id).filter(({ nominal }) => nominal > at && nominal <= third!.end);
      expect(third?.variables.CEA?.min).toEqual(said[0]?.values.CEA);
      expect(fourth?.variables.CEA?.delta[0]).toBeLessThan(1);
      const view = plant.app.operator.analyzer(id);
      expect(view.ok && [view.data.identification, view.data.comm]).toEqual(['Schneider Electric PM710', true]);
      expect(view.ok && view.data.today.energyKwh).toBeLessThan(3);
    }
    await plant.stop();
  });

  it('the file of a profile that says otherwise is noticed; one that was only explained is not', async () => {
    const plant = await runReloads();
    await plant.clock.advance(RELOAD_AT);
    const [known] = METERS;
    const profile = PROFILES.get(known!.profileId)!;
    const explained = new Map([...PROFILES, [profile.id, { ...profile, notes: ['seen in a school'] }]]);
    expect((await plant.reload({ profiles: explained })).changes).toEqual([]);
    const registers = profile.registers.map((each) => ({ ...each, valid: null }));
    const other = new Map([...PROFILES, [profile.id, { ...profile, registers }]]);
    const view = await plant.reload({ profiles: other });
    expect(view.changes.map(({ subject }) => subject)).toEqual(METERS.map(({ id }) => `analyzer:${id}`));
    expect(view.changes[0]?.what).toEqual([`the file of its profile, ${profile.id}`]);
    await plant.clock.advance(2 * MINUTE);
    expect(plant.contextOf('analyzer:1').session.spec.profile.registers[0].valid).toBeNull();
    expect(METERS.flatMap(({ id }) => plant.seams(id))).toEqual([]);
    await plant.stop();
  });

  it('is remembered over a restart: readings of before are not mixed in then either', async () => {
    const plant = await runReloads();
    await plant.clock.advance(RELOAD_AT);
    await plant.reload({ analyzers: metersWith({ 3: { ratio: 40 } }) });
    const { meters } = plant.state.read();
    expect(meters?.[3]).toMatchObject({ ratio: 40, since: plant.start + RELOAD_AT });
    expect(meters?.[1]).toMatchObject({ ratio: 1, since: 0 });
    await plant.stop();
  });

  it('changed and changed back within a window: only what was read since is in its record', async () => {
    const plant = await runReloads();
    await plant.clock.advance(RELOAD_AT);
    await plant.reload({ analyzers: metersWith({ 3: { ratio: 40 } }) });
    await plant.clock.advance(10 * SECOND);
    await plant.reload();
    await plant.clock.advance(2 * MINUTE);
    expect(plant.told(3).slice(1, 3)).toEqual(['2:00 6/6', '3:00 2/6']);
    expect(plant.harm(3, 180)).toEqual([]);
    await plant.stop();
  });
});
