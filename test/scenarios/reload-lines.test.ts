import { describe, expect, it } from 'vitest';
import type { DeviceConfig } from '../../src/domain/installation.ts';
import type { Line } from '../../src/domain/ports.ts';
import type { Reading } from '../../src/domain/reading.ts';
import { epochMs } from '../../src/domain/units.ts';
import { createMemoryStore } from '../../src/store/memory-store.ts';
import { deviceConfig } from '../support/installation.ts';
import { MINUTE, SECOND, untrue } from '../support/plant.ts';
import { METERS, metersWith, RELOAD_AT, runReloads } from '../support/reloads.ts';
import { createScriptedLine } from '../support/scripted-line.ts';
import { createSteppedClock } from '../support/stepped-clock.ts';

const serial = (port: string, change: Partial<DeviceConfig> = {}): Partial<DeviceConfig> => ({
  endpoint: { type: 'serial', port, baud: 19_200, bits: 8, parity: 'E', stop: 1 },
  ...change,
});

/** Ports with meters on them; each may be opened by one at a time, as real ones are. */
function portsOf(clock: ReturnType<typeof createSteppedClock>) {
  const wires = new Map([
    ['/dev/a', createScriptedLine({ clock, analyzers: METERS.slice(0, 2) })],
    ['/dev/b', createScriptedLine({ clock, analyzers: METERS.slice(2) })],
  ]);
  const open = new Set<string>();
  const misuses: string[] = [];
  let closing: Promise<void> = Promise.resolve();
  const lineOf = ({ endpoint }: DeviceConfig): Line | null => {
    if (endpoint.type !== 'serial') return null;
    const { port } = endpoint;
    const wire = wires.get(port)!;
    let isMine = false;
    return {
      ...wire,
      async open() {
        if (open.has(port) && !isMine) misuses.push(`${port} was opened while another had it open`);
        open.add(port);
        isMine = true;
        await wire.open();
      },
      async close() {
        if (!isMine) return;
        await closing;
        await wire.close();
        isMine = false;
        open.delete(port);
      },
    };
  };
  return {
    lineOf,
    misuses,
    open,
    /** From now on a port takes so long to close. */
    slowly(ms: number) {
      closing = new Promise((resolve) => void clock.setTimeout(() => resolve(), ms));
    },
    hang() {
      closing = new Promise(() => undefined);
    },
  };
}

async function runPorts() {
  const clock = createSteppedClock();
  const ports = portsOf(clock);
  const devices = [deviceConfig(serial('/dev/a')), deviceConfig({ id: 2, ...serial('/dev/b') })];
  const plant = await runReloads({ clock, devices, lineOf: ports.lineOf });
  return { ...plant, ports, devices };
}

describe('lines that a reload opens anew', () => {
  it('two devices exchange their ports: each is closed before the other opens it', async () => {
    const plant = await runPorts();
    await plant.clock.advance(RELOAD_AT);
    plant.ports.slowly(100);
    const devices = [deviceConfig(serial('/dev/b')), deviceConfig({ id: 2, ...serial('/dev/a') })];
    const analyzers = METERS.map((each) => ({ ...each, deviceId: 3 - each.deviceId }));
    await plant.reload({ devices, analyzers });
    await plant.clock.advance(2 * MINUTE);
    expect(plant.ports.misuses).toEqual([]);
    for (const each of METERS) {
      expect(plant.linkOf(each.id)).toBe('polling');
      expect(plant.seams(each.id)).toEqual([]);
      expect(untrue(each, plant.readings(each.id))).toEqual([]);
      expect(plant.told(each.id).at(-1)).toBe('4:00 6/6');
    }
    expect(plant.texts('error')).toEqual([]);
    await plant.stop();
    expect([plant.ports.open.size, plant.clock.pending()]).toEqual([0, 0]);
  });

  it('one that does not close holds up the reload for a quarter of a second, and no other line', async () => {
    const plant = await runPorts();
    await plant.clock.advance(RELOAD_AT);
    plant.ports.hang();
    const [first, second] = plant.devices;
    await plant.reload({ devices: [first!, { ...second!, timeoutMs: 700 }] });
    expect(plant.clock.now() - plant.start).toBe(RELOAD_AT + 250);
    await plant.clock.advance(2 * MINUTE);
    expect([1, 2].flatMap((id) => plant.harm(id))).toEqual([]);
    await plant.stop();
  });

  it('in the middle of a transaction: nothing of the former is taken for the new', async () => {
    const plant = await runPorts();
    await plant.clock.advance(2 * MINUTE + 10 * SECOND + 20);
    expect(plant.contextOf('device:1').desk.current).not.toBeNull();
    const devices = plant.devices.map((each) => ({ ...each, timeoutMs: 700 }));
    await plant.reload({ devices });
    await plant.clock.advance(3 * MINUTE);
    for (const each of METERS) {
      expect([plant.linkOf(each.id), plant.seams(each.id)]).toEqual(['polling', []]);
      expect(untrue(each, plant.readings(each.id))).toEqual([]);
    }
    expect(plant.log.matching(/is lost|cannot be opened/)).toEqual([]);
    expect(plant.ports.misuses).toEqual([]);
    await plant.stop();
  });

  it('one that is lost after another took its place is not taken for that', async () => {
    const clock = createSteppedClock();
    const lines = [1, 2].map(() => createScriptedLine({ clock, analyzers: METERS.slice(2) }));
    const [former, next] = lines;
    let made = 0;
    const lineOf = ({ endpoint }: DeviceConfig): Line | null => {
      if (endpoint.type !== 'serial') return null;
      made += 1;
      return made === 1 ? { ...former!, close: () => new Promise(() => undefined) } : next!;
    };
    const second = deviceConfig({ id: 2, ...serial('/dev/b') });
    const plant = await runReloads({ clock, devices: [deviceConfig(), second], lineOf });
    await plant.clock.advance(RELOAD_AT);
    await plant.reload({ devices: [deviceConfig(), { ...second, timeoutMs: 700 }] });
    await plant.clock.advance(SECOND);
    former!.lose();
    await plant.clock.advance(2 * MINUTE);
    expect(plant.texts('warn').filter((text) => /device 2/.test(text))).toEqual([]);
    expect(next!.counts.opens).toBe(1);
    expect([plant.linkOf(3), plant.told(3).at(-1)]).toEqual(['polling', '4:00 6/6']);
    await plant.stop();
  });

  it('a port that nobody needs any more is closed', async () => {
    const plant = await runPorts();
    await plant.clock.advance(RELOAD_AT);
    await plant.reload({ devices: plant.devices.slice(0, 1), analyzers: METERS.slice(0, 2) });
    expect([...plant.ports.open]).toEqual(['/dev/a']);
    await plant.reload({ devices: plant.devices, analyzers: METERS.slice(0, 2) });
    await plant.clock.advance(MINUTE);
    expect([...plant.ports.open]).toEqual(['/dev/a']);
    await plant.stop();
  });
});

describe('simulated lines', () => {
  it('get other meters without being opened anew, and those that stay keep their faults', async () => {
    const plant = await runReloads();
    await plant.clock.advance(RELOAD_AT);
    plant.app.fault(4, 'silence', 2 * MINUTE);
    const before = plant.app.root.system.get('device:2');
    const fifth = { ...METERS[2]!, id: 5, address: 5 };
    await plant.reload({ analyzers: [...metersWith({ 3: { address: 30 } }), fifth] });
    expect(plant.app.root.system.get('device:2')).toBe(before);
    await plant.clock.advance(MINUTE);
    expect([plant.linkOf(3), plant.linkOf(4), plant.linkOf(5)]).toEqual(['polling', 'failed', 'polling']);
    expect(plant.app.fault(5, 'silence', MINUTE)).toBe(true);
    await plant.reload({ analyzers: METERS.slice(0, 3) });
    expect(plant.app.fault(4, 'silence', MINUTE)).toBe(false);
    await plant.stop();
  });

  it('an address that two exchange leads to the right meter, and to no answer of the other', async () => {
    const plant = await runReloads();
    await plant.clock.advance(2 * MINUTE + 10 * SECOND + 5);
    await plant.reload({ analyzers: metersWith({ 1: { address: 2 }, 2: { address: 1 } }) });
    await plant.clock.advance(2 * MINUTE);
    for (const each of METERS) expect(untrue(each, plant.readings(each.id))).toEqual([]);
    expect([3, 4].flatMap((id) => plant.harm(id))).toEqual([]);
    await plant.stop();
  });
});

describe('windows that the last run left', () => {
  it('are recorded as what they were, though a reload comes while they are being closed', async () => {
    const [clock, inner] = [createSteppedClock(), createMemoryStore()];
    const start = clock.now();
    for (const { id } of METERS) {
      for (let minute = 20; minute > 0; minute -= 1) {
        for (const second of [30, 50]) await inner.putReading(reading(id, start - minute * MINUTE + second * SECOND));
      }
    }
    // each window is as slow to close as on a real disk
    const readings: typeof inner.readings = (id, after, until) => {
      if (until - after <= MINUTE) clock.stall(9);
      return inner.readings(id, after, until);
    };
    const plant = await runReloads({ clock, store: { ...inner, readings } });
    const left = (id: number) => inner.records(id, epochMs(0), start);
    const reloaded = plant.reload({ analyzers: metersWith({ 2: null, 3: { ratio: 40 }, 4: { address: 40 } }) });
    expect(METERS.some(({ id }) => left(id).length < 20)).toBe(true);
    await reloaded;
    await clock.advance(3 * MINUTE);
    for (const { id } of METERS) expect(left(id).map(({ n }) => n)).toEqual(Array(20).fill(2));
    expect([plant.linkOf(1), plant.linkOf(3), plant.linkOf(4)]).toEqual(['polling', 'polling', 'polling']);
    expect(plant.texts('error')).toEqual([]);
    await plant.stop();
  });
});

const reading = (analyzerId: number, nominal: number): Reading => ({
  analyzerId,
  ...{ nominal: epochMs(nominal), at: epochMs(nominal) },
  ...{ values: { TPF: [230, 230, 230] }, counterAt: {}, flags: {}, ratio: null, failure: null, grid: 'normal' },
});
