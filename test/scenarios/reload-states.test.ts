import { describe, expect, it } from 'vitest';
import type { AnalyzerCommand } from '../../machines/events.ts';
import { createMemoryStore } from '../../src/store/memory-store.ts';
import { analyzerConfig, deviceConfig } from '../support/installation.ts';
import { HOUR, MINUTE, SECOND } from '../support/plant.ts';
import { LINES, METERS, metersWith, RELOAD_AT, runReloads } from '../support/reloads.ts';

type Plant = Awaited<ReturnType<typeof runReloads>>;
const moved = metersWith({ 3: { address: 30 } });
const tell = (plant: Plant, analyzerId: number, command: AnalyzerCommand) =>
  plant.app.root.send({ type: 'COMMAND', analyzerId, command });
const harm = (plant: Plant, ids: readonly number[]) => ids.flatMap((id) => plant.harm(id));
const childOf = (plant: Plant, name: string) => plant.app.root.system.get(name);

describe('a reload to what is in force', () => {
  it('touches nothing, and says so', async () => {
    const plant = await runReloads();
    await plant.clock.advance(RELOAD_AT);
    const names = ['device:1', 'device:2', ...METERS.map(({ id }) => `analyzer:${id}`)];
    const before = names.map((name) => childOf(plant, name));
    const view = await plant.reload();
    expect(view).toEqual({ applied: true, changes: [], needsRestart: [], warnings: [] });
    expect(plant.log.matching(/nothing that is in force changed/)).toHaveLength(1);
    // the same actors, not others that are equal
    expect(names.filter((name, n) => childOf(plant, name) !== before[n])).toEqual([]);
    await plant.clock.advance(2 * MINUTE);
    expect(harm(plant, [1, 2, 3, 4])).toEqual([]);
    await plant.stop();
  });

  it('after a change is the way back: what was moved is read where it was', async () => {
    const plant = await runReloads();
    await plant.clock.advance(RELOAD_AT);
    await plant.reload({ analyzers: moved });
    await plant.clock.advance(5 * SECOND);
    const view = await plant.reload();
    expect(view.changes.map(({ what }) => what)).toEqual([['address 30 -> 3']]);
    await plant.clock.advance(3 * MINUTE);
    // what was read before may be of another meter
    expect(plant.told(3).slice(0, 4)).toEqual(['1:00 6/6', '2:00 6/6', '3:00 3/6', '4:00 6/6']);
    expect([...harm(plant, [1, 2, 4]), ...plant.harm(3, 180)]).toEqual([]);
    await plant.stop();
  });

  it('what counts from the next start only is said each time, and stays as it is', async () => {
    const plant = await runReloads();
    const { installation } = plant.app.fleet();
    const change = {
      general: { ...installation.general, logLevel: 'debug', dataDir: '/elsewhere' },
      control: { ...installation.control, port: 50_008, trust: ['10.0.0.7'] },
      node: { ...installation.node, id: 7, timezone: 'Asia/Kolkata', name: 'New school' },
    } as const;
    for (const again of [1, 2]) {
      const view = await plant.reload({ installation: change });
      expect(view.needsRestart, `time ${again}`).toEqual([
        'id of the node 4 -> 7: from the next start of Lector on',
        'timezone Europe/Madrid -> Asia/Kolkata: from the next start of Lector on',
        'log_level info -> debug: from the next start of Lector on',
        'data_dir none -> /elsewhere: from the next start of Lector on',
        '[Control] port 0 -> 50008: from the next start of Lector on',
        '[Control] trust none -> 10.0.0.7: from the next start of Lector on',
      ]);
      expect(view.changes.map(({ subject }) => subject)).toEqual(again === 1 ? ['node'] : []);
    }
    const { node, control } = plant.app.fleet().installation;
    expect([node.id, node.name, node.timezone, control.port]).toEqual([4, 'New school', 'Europe/Madrid', 0]);
    await plant.stop();
  });
});

describe('several reloads', () => {
  it('at the same time are done one after the other', async () => {
    const plant = await runReloads();
    await plant.clock.advance(RELOAD_AT);
    const views = await Promise.all([
      plant.reload({ analyzers: moved }),
      plant.reload({ analyzers: metersWith({ 3: { address: 31 } }) }),
      plant.reload({ planOnly: true }),
    ]);
    expect(views.map(({ changes }) => changes[0]?.what)).toEqual([
      ['address 3 -> 30'],
      ['address 30 -> 31'],
      ['address 31 -> 3'],
    ]);
    await plant.clock.advance(2 * MINUTE);
    expect(plant.contextOf('analyzer:3').session.spec.unit).toBe(31);
    expect(harm(plant, [1, 2, 4])).toEqual([]);
    await plant.stop();
  });

  it('of which one follows the other before its line is open', async () => {
    const plant = await runReloads();
    await plant.clock.advance(RELOAD_AT);
    for (const timeoutMs of [900, 800, 700, 600]) {
      await plant.reload({ devices: [deviceConfig(), deviceConfig({ id: 2, timeoutMs })] });
    }
    await plant.clock.advance(2 * MINUTE);
    expect(plant.linkOf(3)).toBe('polling');
    expect([...harm(plant, [1, 2]), ...plant.seams(3), ...plant.seams(4)]).toEqual([]);
    await plant.stop();
    expect(plant.clock.pending()).toBe(0);
  });

  it('are refused while Lector is being stopped, and so is one that has not begun', async () => {
    const plant = await runReloads();
    await plant.clock.advance(RELOAD_AT);
    const stopped = plant.app.stop();
    const late = plant.reload({ analyzers: moved });
    await expect(late).rejects.toMatchObject({ code: 'CANCELLED', message: /is being stopped/ });
    await plant.clock.settle(stopped, 10_000);
    expect(plant.app.fleet().analyzers[2]?.address).toBe(3);
    expect(plant.clock.pending()).toBe(0);
  });
});

describe('a reload while not all is well', () => {
  it('a line that is lost is not disturbed, and one that replaces it is opened at once', async () => {
    const gone = { type: 'serial', port: '/dev/gone', baud: 9600, bits: 8, parity: 'N', stop: 1 } as const;
    const lost = {
      description: 'a port that is not there',
      open: () => Promise.reject(new Error('no such port')),
      write: () => Promise.reject(new Error('not open')),
      read: () => Promise.reject(new Error('not open')),
      flush: async () => {},
      close: async () => {},
    };
    const devices = [deviceConfig(), deviceConfig({ id: 2, endpoint: gone })];
    const lineOf = ({ endpoint }: { readonly endpoint: { readonly type: string } }) =>
      endpoint.type === 'serial' ? lost : null;
    const plant = await runReloads({ devices, lineOf });
    await plant.clock.advance(RELOAD_AT);
    expect(plant.stateOf('device:2')).toBe('reopening');
    const { attempt } = plant.contextOf('device:2');
    await plant.reload({ devices, analyzers: metersWith({ 4: { name: 'Roof' } }) });
    expect(plant.contextOf('device:2').attempt).toBe(attempt);
    await plant.reload({ devices: LINES });
    await plant.clock.advance(2 * MINUTE);
    expect([plant.linkOf(3), plant.told(3).at(-1)]).toEqual(['polling', '4:00 6/6']);
    expect([...harm(plant, [1, 2]), ...plant.seams(3)]).toEqual([]);
    await plant.stop();
  });

  it('a meter that is failed stays so, and is tried at once where the reload is about it', async () => {
    const plant = await runReloads();
    await plant.clock.advance(MINUTE);
    plant.app.fault(3, 'silence', HOUR);
    await plant.clock.advance(10 * MINUTE);
    expect(plant.linkOf(3)).toBe('failed');
    const { attempt } = plant.session(3);
    await plant.reload({ analyzers: metersWith({ 3: { name: 'Boiler' } }) });
    expect([plant.linkOf(3), plant.session(3).attempt]).toEqual(['failed', attempt]);
    await plant.reload({ analyzers: metersWith({ 3: { timeoutMs: 300 } }) });
    expect(plant.linkOf(3)).toBe('connecting');
    await plant.clock.advance(2 * MINUTE + 10 * SECOND);
    // each of its windows has a record, none of them a reading
    expect(plant.told(3).slice(-2)).toEqual(['12:00 0/6', '13:00 0/6']);
    expect([...harm(plant, [1, 2]), ...plant.seams(3)]).toEqual([]);
    await plant.stop();
  });

  it.each([
    ['paused', { type: 'PAUSE', until: null }, { type: 'RESUME' }],
    ['paused', { type: 'PAUSE', until: null, by: 'line' }, { type: 'RESUME', by: 'line' }],
    ['stopped', { type: 'STOP' }, { type: 'START' }],
  ] as const)('who is %s by hand stays so, in what is connected anew too', async (state, command, back) => {
    const plant = await runReloads();
    await plant.clock.advance(RELOAD_AT);
    tell(plant, 3, command);
    await plant.clock.advance(SECOND);
    await plant.reload({ analyzers: metersWith({ 3: { name: 'Boiler' } }) });
    expect(plant.linkOf(3)).toBe(state);
    await plant.reload({ analyzers: moved });
    expect(plant.linkOf(3)).toBe(state);
    await plant.reload({ devices: [deviceConfig(), deviceConfig({ id: 2, timeoutMs: 700 })] });
    expect(plant.linkOf(3)).toBe(state);
    await plant.clock.advance(2 * MINUTE);
    tell(plant, 3, back);
    await plant.clock.advance(MINUTE);
    expect(plant.linkOf(3)).toBe('polling');
    expect(harm(plant, [1, 2])).toEqual([]);
    await plant.stop();
  });

  it('a pause of a line is remembered as such, and comes back with the analyzer', async () => {
    const plant = await runReloads();
    await plant.clock.advance(RELOAD_AT);
    tell(plant, 3, { type: 'PAUSE', until: null, by: 'line' });
    tell(plant, 4, { type: 'PAUSE', until: null });
    await plant.clock.advance(SECOND);
    const { paused } = plant.state.read();
    expect([paused[3]?.by, paused[4]?.by]).toEqual(['line', undefined]);
    await plant.reload({ devices: [deviceConfig()], analyzers: METERS.slice(0, 2) });
    await plant.clock.advance(SECOND);
    await plant.reload();
    tell(plant, 3, { type: 'RESUME', by: 'line' });
    tell(plant, 4, { type: 'RESUME', by: 'line' });
    await plant.clock.advance(MINUTE);
    expect([plant.linkOf(3), plant.linkOf(4)]).toEqual(['polling', 'paused']);
    await plant.stop();
  });

  it('who is held after several crashes is tried again when the reload is about it', async () => {
    const store = createMemoryStore();
    let isBroken = true;
    const putReading: typeof store.putReading = (reading) => {
      if (isBroken && reading.analyzerId === 3) throw new Error('a bug of the test');
      return store.putReading(reading);
    };
    const plant = await runReloads({ store: { ...store, putReading } });
    await plant.clock.advance(2 * MINUTE + 5 * SECOND);
    const held = () => Object.keys(plant.app.root.getSnapshot().context.held);
    expect(held()).toEqual(['analyzer:3']);
    await plant.reload({ analyzers: metersWith({ 4: { name: 'Roof' } }) });
    expect(held()).toEqual(['analyzer:3']);
    isBroken = false;
    await plant.reload({ analyzers: moved });
    expect(held()).toEqual([]);
    await plant.clock.advance(2 * MINUTE);
    expect([plant.linkOf(3), plant.told(3).at(-1)]).toEqual(['polling', '4:00 6/6']);
    expect([...harm(plant, [1, 2]), ...plant.seams(3)]).toEqual([]);
    await plant.stop();
  });

  it('with auto_start=no, who is added waits to be started like the others', async () => {
    const plant = await runReloads({ autoStart: false });
    await plant.clock.advance(MINUTE);
    await plant.reload({ analyzers: [...METERS, analyzerConfig({ id: 5, deviceId: 2 })] });
    await plant.clock.advance(MINUTE);
    expect(plant.linkOf(5)).toBe('stopped');
    await plant.stop();
  });
});
