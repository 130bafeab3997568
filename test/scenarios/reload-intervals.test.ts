import { describe, expect, it } from 'vitest';
import { MINUTE, SECOND } from '../support/plant.ts';
import { METERS, metersWith, RELOAD_AT, runReloads } from '../support/reloads.ts';
import { timeOf } from '../support/runs.ts';

type Plant = Awaited<ReturnType<typeof runReloads>>;
const REST = 33_700;

/** "08:02-08:03" for each record, in UTC. */
const spans = (plant: Plant, id: number) =>
  plant.records(id).map(({ start, end }) => `${timeOf(start)}-${timeOf(end)}`);
const untouched = (plant: Plant) => [1, 2, 4].flatMap((id) => plant.harm(id));
const every = (minutes: number) => ({ 3: { recordingMs: minutes * MINUTE } });

describe('another tempslectura', () => {
  it.each([
    ['shorter', 5, [6, 9, 12, 12]],
    ['longer', 30, [6, 4, 2, 2]],
  ])('%s: it is read on the new grid at once, and nothing is interrupted', async (_, seconds, counts) => {
    const plant = await runReloads();
    await plant.clock.advance(RELOAD_AT);
    const view = await plant.reload({ analyzers: metersWith({ 3: { readingMs: seconds * SECOND } }) });
    expect(view.changes).toEqual([
      {
        subject: 'analyzer:3',
        change: 'changed',
        what: [`tempslectura 10 s -> ${seconds} s`],
        effect: 'nothing is interrupted',
      },
    ]);
    await plant.clock.advance(3 * MINUTE);
    expect(plant.outcomes(3).filter(([at, outcome]) => at > 0 && outcome !== 'good')).toEqual([]);
    expect(
      plant
        .records(3)
        .slice(1, 5)
        .map(({ n }) => n),
    ).toEqual(counts);
    expect(plant.contextOf('analyzer:3').readingMs).toBe(seconds * SECOND);
    expect([...untouched(plant), ...plant.seams(3)]).toEqual([]);
    await plant.stop();
  });
});

describe('another tempsgravacio', () => {
  it('takes effect where a window of the former and one of the new end together', async () => {
    const plant = await runReloads();
    await plant.clock.advance(RELOAD_AT);
    const view = await plant.reload({ analyzers: metersWith(every(5)) });
    expect(view.changes[0]).toMatchObject({ what: ['tempsgravacio 1 min -> 5 min'] });
    expect(view.changes[0]?.effect).toBe(
      'nothing is interrupted; its windows keep their length until one of the former and one of the new end together',
    );
    await plant.clock.advance(13 * MINUTE);
    expect(spans(plant, 3).slice(2)).toEqual([
      '08:02-08:03',
      '08:03-08:04',
      '08:04-08:05',
      '08:05-08:10',
      '08:10-08:15',
    ]);
    expect(plant.told(3).slice(-2)).toEqual(['10:00 30/30', '15:00 30/30']);
    expect([...untouched(plant), ...plant.harm(3)]).toEqual([]);
    await plant.stop();
  });

  it('a second change before that goes on from the windows that there are', async () => {
    const plant = await runReloads();
    await plant.clock.advance(RELOAD_AT);
    await plant.reload({ analyzers: metersWith(every(10)) });
    await plant.clock.advance(MINUTE);
    await plant.reload({ analyzers: metersWith(every(2)) });
    await plant.clock.advance(6 * MINUTE);
    expect(spans(plant, 3).slice(2)).toEqual(['08:02-08:03', '08:03-08:04', '08:04-08:06', '08:06-08:08']);
    expect([...untouched(plant), ...plant.harm(3)]).toEqual([]);
    await plant.stop();
  });

  it('and back before that changes nothing at all', async () => {
    const plant = await runReloads();
    await plant.clock.advance(RELOAD_AT);
    await plant.reload({ analyzers: metersWith(every(10)) });
    await plant.clock.advance(MINUTE);
    await plant.reload();
    await plant.clock.advance(9 * MINUTE);
    expect(plant.told(3)).toHaveLength(12);
    expect(METERS.flatMap(({ id }) => plant.harm(id))).toEqual([]);
    await plant.stop();
  });

  it('another reload meanwhile that is not about it does not move the instant', async () => {
    const plant = await runReloads();
    await plant.clock.advance(RELOAD_AT);
    await plant.reload({ analyzers: metersWith(every(5)) });
    await plant.clock.advance(MINUTE);
    await plant.reload({ analyzers: metersWith({ 3: { recordingMs: 5 * MINUTE, address: 30 }, 4: { name: 'Roof' } }) });
    await plant.clock.advance(8 * MINUTE - REST);
    expect(spans(plant, 3).slice(-3)).toEqual(['08:03-08:04', '08:04-08:05', '08:05-08:10']);
    expect([...untouched(plant), ...plant.seams(3)]).toEqual([]);
    await plant.stop();
  });

  it.each([
    ['at the end of a window', 5 * MINUTE],
    ['a moment after it, before its last reading is due', 5 * MINUTE + 3],
  ])('%s: no window is left out and none is doubled', async (_, at) => {
    const plant = await runReloads();
    await plant.clock.advance(at);
    await plant.reload({ analyzers: metersWith(every(5)) });
    await plant.clock.advance(11 * MINUTE);
    expect(plant.seams(3)).toEqual([]);
    expect(spans(plant, 3).at(-1)).toBe('08:10-08:15');
    expect([...untouched(plant), ...plant.harm(3)]).toEqual([]);
    await plant.stop();
  });
});
