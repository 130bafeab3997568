import { describe, expect, it } from 'vitest';
import { encodeCvmRequest } from '../../../drivers/cvm/frames.ts';
import { isWhole, withCrc } from '../../../drivers/modbus/crc.ts';
import type { Profile } from '../../../src/domain/profile.ts';
import { epochMs } from '../../../src/domain/units.ts';
import { ask, counterOf, ENERGY, lineWith, listen, profiles, request, VOLTAGES } from './line-rig.ts';

const CHAR_MS = 11_000 / 19_200;
const SILENCE_MS = 3.5 * CHAR_MS;

describe('a simulated line', () => {
  it('takes the time of every character, of the silence and of the meter', async () => {
    const rig = lineWith();
    const { bytes, firstMs, lastMs } = await ask(rig, VOLTAGES);
    expect(isWhole(bytes, 0, 11)).toBe(true);
    const first = 8 * CHAR_MS + SILENCE_MS + 5 + CHAR_MS;
    expect(firstMs).toBeGreaterThanOrEqual(first);
    expect(firstMs).toBeLessThan(first + 1);
    expect(lastMs).toBeGreaterThanOrEqual(first + 10 * CHAR_MS);
    expect(lastMs).toBeLessThan(first + 10 * CHAR_MS + 1);
  });

  it('costs no timer while nobody reads, and one while somebody does', async () => {
    const { line, clock } = lineWith();
    await line.open();
    await line.write(VOLTAGES, 100);
    await clock.advance(10);
    expect(clock.pending()).toBe(0);
    const reading = line.read();
    expect(clock.pending()).toBeLessThanOrEqual(1);
    await clock.settle(reading);
    expect(clock.pending()).toBe(0);
  });

  it('gives all that has arrived to one read, each byte once, and forgets it when flushed', async () => {
    const { line, clock } = lineWith();
    await line.open();
    await line.write(VOLTAGES, 100);
    await clock.advance(15);
    const first = await line.read();
    await clock.advance(100);
    const second = await line.read();
    expect(first.length).toBeGreaterThan(0);
    expect(first.length + second.length).toBe(11);
    await line.write(VOLTAGES, 100);
    await clock.advance(100);
    await line.flush();
    const reading = line.read();
    await line.close();
    await expect(reading).rejects.toMatchObject({ code: 'LINE_CLOSED' });
  });

  it('has several meters, answers in order, and is silent for units that are not there', async () => {
    const rig = lineWith();
    await rig.line.open();
    for (const bytes of [VOLTAGES, request(2, 4, 0, 4), request(9, 3, 0, 1), ENERGY]) {
      await rig.line.write(bytes, 100);
      await rig.clock.advance(1);
    }
    const { bytes } = await listen(rig, 1000);
    expect([bytes[0], bytes[11], bytes[24]]).toEqual([1, 2, 1]);
    expect(isWhole(bytes, 0, 11) && isWhole(bytes, 11, 24) && isWhole(bytes, 24, 33)).toBe(true);
    expect(bytes).toHaveLength(33);
  });

  it('says nothing to a request with a wrong CRC, and hears the next one', async () => {
    const rig = lineWith();
    const wrong = VOLTAGES.slice();
    wrong[7]! ^= 1;
    expect((await ask(rig, wrong)).bytes).toHaveLength(0);
    expect((await ask(rig, VOLTAGES)).bytes).toHaveLength(11);
  });

  it.each([
    ['FC17', withCrc(Uint8Array.of(1, 17)), /^0111..faff.*504d373130/],
    ['a function that writes', withCrc(Uint8Array.of(1, 6, 0, 1, 0, 1)), /^018601/],
    ['a function nobody knows', withCrc(Uint8Array.of(1, 0x41, 1, 2, 3)), /^01c101/],
    ['FC43 of a meter that does not identify by it', withCrc(Uint8Array.of(2, 43, 14, 1, 0)), /^02ab01/],
  ])('answers %s', async (_, bytes, expected) => {
    const answer = (await ask(lineWith(), bytes)).bytes;
    expect(Buffer.from(answer).toString('hex')).toMatch(expected);
    expect(isWhole(answer, 0, answer.length)).toBe(true);
  });

  it('answers FC43 where the profile identifies by it', async () => {
    const model: Profile = { ...profiles.get('pm710')!, identify: ['deviceId'] };
    const answer = (await ask(lineWith({ profiles: [model] }), withCrc(Uint8Array.of(1, 43, 14, 1, 0)))).bytes;
    expect([...answer.subarray(0, 8)]).toEqual([1, 43, 14, 1, 1, 0, 0, 3]);
    expect(String.fromCharCode(...answer)).toContain(model.vendor.slice(0, 8));
    expect(isWhole(answer, 0, answer.length)).toBe(true);
  });

  it('shows the values of the moment at which it was asked', async () => {
    const rig = lineWith();
    const at = rig.clock.now();
    const { bytes } = await ask(rig, VOLTAGES);
    const shown = [3, 5, 7].map((n) => ((bytes[n]! << 8) | bytes[n + 1]!) / 10);
    const truth = rig.meters[0]!.meter.truth('TPF', at);
    for (const n of [0, 1, 2]) expect(Math.abs(shown[n]! - truth[n]!)).toBeLessThanOrEqual(0.0501);
  });

  it('speaks Modbus TCP in memory: whole frames, glued or split requests', async () => {
    const rig = lineWith({ protocol: 'tcp-memory' });
    const frame = Uint8Array.of(0, 9, 0, 0, 0, 6, 1, 3, 15, 192, 0, 3);
    await rig.line.open();
    await rig.line.write(Uint8Array.of(...frame, ...frame.subarray(0, 5)), 100);
    await rig.line.write(frame.subarray(5), 100);
    const { bytes, firstMs } = await listen(rig, 100);
    expect(bytes).toHaveLength(30);
    expect([...bytes.subarray(0, 9)]).toEqual([0, 9, 0, 0, 0, 9, 1, 3, 6]);
    expect(firstMs).toBe(5);
  });

  it('answers over TCP exception 0B for a unit that nobody has, and 255 as the meter where it is alone', async () => {
    const two = await ask(lineWith({ protocol: 'tcp-memory' }), Uint8Array.of(0, 1, 0, 0, 0, 6, 7, 3, 15, 192, 0, 3));
    expect([...two.bytes.subarray(6)]).toEqual([7, 0x83, 11]);
    const alone = lineWith({ protocol: 'tcp-memory', models: ['pm710'] });
    const one = await ask(alone, Uint8Array.of(0, 1, 0, 0, 0, 6, 255, 3, 15, 192, 0, 3));
    expect([...one.bytes.subarray(6, 9)]).toEqual([255, 3, 6]);
  });

  it('speaks the CVM protocol: case counts, unknown commands are silence', async () => {
    const rig = lineWith({ protocol: 'cvm', baud: 9600, models: ['cvmk'] });
    const text = async (command: string) =>
      String.fromCharCode(...(await ask(rig, encodeCvmRequest(1, command))).bytes);
    expect(await text('RVI')).toMatch(/^\$01(0000002[23]\d){4}[0-9A-F]{2}\n$/);
    expect(await text('VER')).toMatch(/^\$01[\w ]*CVMk.*\n$/);
    expect(await text('RAL')).toMatch(/^\$01[0-9A-F]{240}0000[0-9A-F]{2}\n$/);
    expect(await text('RMD')).toBe('');
  });

  it('is lost at once when it is unplugged, and comes back', async () => {
    const { line, clock } = lineWith();
    await line.open();
    const reading = line.read();
    line.unplug();
    await expect(reading).rejects.toMatchObject({ code: 'LINE_CLOSED' });
    await expect(line.open()).rejects.toMatchObject({ code: 'LINE_OPEN_FAILED' });
    await expect(line.write(VOLTAGES, 100)).rejects.toMatchObject({ code: 'LINE_CLOSED' });
    line.plug();
    await line.open();
    await line.write(VOLTAGES, 100);
    expect((await clock.settle(line.read())).length).toBeGreaterThan(0);
    await line.close();
    await line.close();
  });

  it('has meters whose time goes on evenly when the wall clock is set', async () => {
    const rig = lineWith();
    const start = rig.line.meterNow();
    for (const jump of [-3_600_000, 2 * 86_400_000, -5000]) {
      await rig.clock.advance(1000);
      rig.clock.setWall(epochMs(rig.clock.now() + jump));
      rig.line.meterNow();
    }
    expect(rig.line.meterNow() - start).toBe(3000);
    const before = counterOf((await ask(rig, ENERGY)).bytes);
    rig.clock.setWall(epochMs(0));
    expect(counterOf((await ask(rig, ENERGY)).bytes)).toBeGreaterThanOrEqual(before);
  });
});
