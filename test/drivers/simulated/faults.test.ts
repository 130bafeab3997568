import { describe, expect, it } from 'vitest';
import { encodeCvmRequest } from '../../../drivers/cvm/frames.ts';
import { crc16, isWhole } from '../../../drivers/modbus/crc.ts';
import type { FaultKind, SimulatedFault } from '../../../src/domain/installation.ts';
import { epochMs } from '../../../src/domain/units.ts';
import { ask, counterOf, ENERGY, lineWith, listen, request, VOLTAGES } from './line-rig.ts';

const fault = (kind: FaultKind, fromMs = 0, forMs = 60_000, analyzerId = 1): SimulatedFault => ({
  ...{ analyzerId, kind, fromMs, forMs },
});

describe('a fault of a simulated meter', () => {
  const whole = (bytes: Uint8Array) => bytes.length === 11 && isWhole(bytes, 0, 11);

  it('begins and ends when it should, and touches no other meter', async () => {
    const rig = lineWith({ faults: [fault('silence', 2000, 3000)] });
    expect(whole((await ask(rig, VOLTAGES)).bytes)).toBe(true);
    await rig.clock.advance(1000);
    expect((await ask(rig, VOLTAGES)).bytes).toHaveLength(0);
    expect((await ask(rig, request(2, 4, 0, 4))).bytes).toHaveLength(13);
    await rig.clock.advance(1000);
    expect(whole((await ask(rig, VOLTAGES)).bytes)).toBe(true);
  });

  it('can be made by hand', async () => {
    const rig = lineWith();
    await rig.clock.advance(5000);
    rig.line.fault(1, 'silence', 1500);
    expect((await ask(rig, VOLTAGES)).bytes).toHaveLength(0);
    await rig.clock.advance(1000);
    expect(whole((await ask(rig, VOLTAGES)).bytes)).toBe(true);
    expect(() => rig.line.fault(9, 'silence', 1)).toThrow(/no simulated analyzer 9 here; there are 1, 2/);
  });

  it('late: the answer comes after the timeout, the next one behind it and slowly', async () => {
    const rig = lineWith({ faults: [fault('late')], lateMs: 1400 });
    await rig.line.open();
    await rig.line.write(VOLTAGES, 100);
    await rig.clock.advance(1100);
    await rig.line.write(ENERGY, 100);
    const { bytes, firstMs, lastMs } = await listen(rig, 3000);
    expect(isWhole(bytes, 0, 11) && isWhole(bytes, 11, 20)).toBe(true);
    expect(firstMs).toBeGreaterThan(300);
    expect(firstMs).toBeLessThan(330);
    expect(lastMs).toBeGreaterThan(840);
    expect(lastMs).toBeLessThan(1000);
  });

  it('late: a meter answers in order, whatever is asked meanwhile', async () => {
    const rig = lineWith({ faults: [fault('late')], lateMs: 1400 });
    await rig.line.open();
    await rig.line.write(VOLTAGES, 100);
    await rig.clock.advance(200);
    await rig.line.write(ENERGY, 100);
    const { bytes } = await listen(rig, 3000);
    expect(isWhole(bytes, 0, 11) && isWhole(bytes, 11, 20)).toBe(true);
  });

  it('crc: the answer has its length and one wrong bit', async () => {
    const good = await ask(lineWith(), VOLTAGES);
    const bad = await ask(lineWith({ faults: [fault('crc')] }), VOLTAGES);
    const wrong = [...bad.bytes].reduce((bits, byte, n) => {
      return bits + (byte ^ good.bytes[n]!).toString(2).replaceAll('0', '').length;
    }, 0);
    expect(wrong).toBe(1);
    expect(bad.bytes).toHaveLength(11);
    expect(crc16(bad.bytes)).not.toBe(0);
  });

  it('truncated: a part of the answer, another one each time', async () => {
    const rig = lineWith({ faults: [fault('truncated')] });
    const lengths = new Set<number>();
    for (let n = 0; n < 12; n += 1) lengths.add((await ask(rig, VOLTAGES)).bytes.length);
    expect(Math.min(...lengths)).toBeGreaterThan(0);
    expect(Math.max(...lengths)).toBeLessThan(11);
    expect(lengths.size).toBeGreaterThan(3);
  });

  it('echo: the request comes back while it is sent, then the answer', async () => {
    const { bytes, firstMs } = await ask(lineWith({ faults: [fault('echo')] }), VOLTAGES);
    expect(bytes.subarray(0, 8)).toEqual(VOLTAGES);
    expect(isWhole(bytes, 8, 19)).toBe(true);
    expect(firstMs).toBeLessThan(2);
  });

  it('noise: junk before and after the answer', async () => {
    const { bytes } = await ask(lineWith({ faults: [fault('noise')] }), VOLTAGES);
    const start = [...bytes.keys()].find((n) => isWhole(bytes, n, n + 11)) ?? -1;
    expect(start).toBeGreaterThan(0);
    expect(bytes.length).toBeGreaterThan(start + 11);
  });

  it('exception: device failure or busy, never one that says the map is wrong', async () => {
    const rig = lineWith({ faults: [fault('exception')] });
    const codes = new Set<number>();
    for (let n = 0; n < 12; n += 1) {
      const { bytes } = await ask(rig, VOLTAGES);
      expect([...bytes.subarray(0, 2)]).toEqual([1, 0x83]);
      codes.add(bytes[2]!);
    }
    expect([...codes].sort()).toEqual([4, 6]);
  });

  it('reboot: silence, counters that are 0 once, and then go on', async () => {
    const rig = lineWith({ faults: [fault('reboot', 1500, 3000)] });
    const before = counterOf((await ask(rig, ENERGY)).bytes);
    await rig.clock.advance(1000);
    expect((await ask(rig, ENERGY)).bytes).toHaveLength(0);
    await rig.clock.advance(2000);
    expect(whole((await ask(rig, VOLTAGES)).bytes)).toBe(true);
    expect(counterOf((await ask(rig, ENERGY)).bytes)).toBe(0);
    expect(counterOf((await ask(rig, ENERGY)).bytes)).toBeGreaterThanOrEqual(before);
  });

  it('jump: counters fall to 0 and count on from there, for good', async () => {
    const rig = lineWith({ faults: [fault('jump', 1000, 1000)] });
    const { meter } = rig.meters[0]!;
    const start = rig.line.meterNow();
    expect(counterOf((await ask(rig, ENERGY)).bytes)).toBeGreaterThan(1000);
    await rig.clock.advance(3_600_000);
    const now = rig.line.meterNow();
    const truth = meter.truth('CEA', now, { resetAt: epochMs(start + 1000), zero: false })[0]!;
    const shown = counterOf((await ask(rig, ENERGY)).bytes) * meter.stepOf('activeEnergyTotal');
    expect(truth).toBeGreaterThan(1);
    expect(Math.abs(shown - truth)).toBeLessThanOrEqual(meter.stepOf('activeEnergyTotal'));
  });

  it.each(['crc', 'truncated', 'echo', 'noise', 'silence'] as const)('%s exists on a CVM line too', async (kind) => {
    const options = { protocol: 'cvm', baud: 9600, models: ['cvmk'] } as const;
    const good = await ask(lineWith(options), encodeCvmRequest(1, 'RVI'));
    const bad = await ask(lineWith({ ...options, faults: [fault(kind)] }), encodeCvmRequest(1, 'RVI'));
    expect(good.bytes).toHaveLength(42);
    expect(bad.bytes).not.toEqual(good.bytes);
  });

  it.each(['crc', 'truncated', 'echo', 'noise'] as const)('%s breaks the frame on Modbus TCP', async (kind) => {
    const frame = Uint8Array.of(0, 9, 0, 0, 0, 6, 1, 3, 15, 192, 0, 3);
    const { bytes } = await ask(lineWith({ protocol: 'tcp-memory', faults: [fault(kind)] }), frame);
    const head = [0, 9, 0, 0, 0, 9, 1, 3, 6];
    expect(bytes.length === 15 && head.every((byte, n) => bytes[n] === byte)).toBe(false);
    expect(bytes.length).toBeGreaterThan(0);
  });
});
