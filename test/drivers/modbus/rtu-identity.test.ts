import { describe, expect, it } from 'vitest';
import { exceptionFrame, rtu } from '../../support/modbus-frames.ts';
import { askOf, at, healthy, isReserved, outcomeOf, rtuRig, wordsAt } from './rig.ts';

const CHAR_MS = 11_000 / 19_200;

describe('identification', () => {
  const serverId = rtu(1, 17, 13, 0xfa, 0xff, ...Buffer.from('PM710 Meter'));
  const part = (more: number, next: number, objects: readonly (readonly [number, string])[], count = objects.length) =>
    rtu(
      1,
      43,
      14,
      1,
      1,
      more,
      next,
      count,
      ...objects.flatMap(([id, text]) => [id, text.length, ...Buffer.from(text)]),
    );

  it('FC17 gives the text after the id and the run status', async () => {
    const rig = await rtuRig();
    rig.line.answer(() => [{ afterMs: 5, bytes: serverId, paceMs: CHAR_MS }]);
    expect(await rig.ask({ kind: 'serverId', unit: 1 })).toMatchObject({ text: 'PM710 Meter' });
    expect(rig.line.written.at(-1)!.bytes).toEqual(rtu(1, 17));
  });

  it('FC17 survives an echo, junk in front and pieces', async () => {
    const rig = await rtuRig();
    rig.line.answer((request) => [
      ...[at(1, request), at(9, Uint8Array.of(0, 1))],
      ...[at(2, serverId.subarray(0, 2)), at(6, serverId.subarray(2))],
    ]);
    expect(await rig.ask({ kind: 'serverId', unit: 1 })).toMatchObject({ text: 'PM710 Meter' });
  });

  it('FC43 joins vendor, product and revision, asking for what follows', async () => {
    const rig = await rtuRig();
    rig.line.answer((request) =>
      request[4] === 0
        ? [
            at(
              5,
              part(0xff, 2, [
                [0, 'Square D'],
                [1, 'PM5110'],
              ]),
            ),
          ]
        : [at(5, part(0, 0, [[2, 'V1.2\0']]))],
    );
    expect(await rig.ask({ kind: 'deviceId', unit: 1 })).toMatchObject({ text: 'Square D PM5110 V1.2' });
    expect(rig.line.written.slice(-2).map(({ bytes }) => bytes[4])).toEqual([0, 2]);
  });

  it('FC43 takes a frame that announces the objects of all frames', async () => {
    const rig = await rtuRig();
    rig.line.answer(() => [
      {
        afterMs: 5,
        bytes: part(
          0,
          0,
          [
            [0, 'Acme'],
            [1, 'M1'],
          ],
          9,
        ),
        paceMs: CHAR_MS,
      },
    ]);
    expect(await rig.ask({ kind: 'deviceId', unit: 1 })).toMatchObject({ text: 'Acme M1' });
  });

  it('FC43 whose rest stays silent is a timeout, and ends nothing else', async () => {
    const rig = await rtuRig();
    rig.line.answer((request) => (request[4] === 0 ? [at(5, part(0xff, 1, [[0, 'Acme']]))] : []));
    expect(await rig.ask({ kind: 'deviceId', unit: 1 })).toMatchObject({ code: 'LINE_TIMEOUT' });
  });

  it('FC43 that sends the asker round in circles ends', async () => {
    const rig = await rtuRig();
    rig.line.answer((request) => [at(5, part(0xff, (request[4]! + 1) & 0xff, [[0, 'Acme']]))]);
    expect(await rig.ask({ kind: 'deviceId', unit: 1 })).toMatchObject({ text: 'Acme' });
    expect(rig.line.written.length).toBeLessThan(8);
  });

  it('a refused probe may make deaf: the reserved read is sent twice, and nothing is counted', async () => {
    const rig = await rtuRig();
    rig.line.answer(() => [at(5, exceptionFrame(1, 43, 1))]);
    expect(await rig.ask({ kind: 'deviceId', unit: 1 })).toMatchObject({
      code: 'DEVICE_REFUSED',
      facts: { function: 43 },
    });
    const before = rig.line.written.length;
    rig.line.answer((request, n) => (n === before + 1 ? [] : healthy(request, n)));
    expect((await rig.read(1, 4000, 10)).words).toEqual(wordsAt(1, 4000, 10));
    expect(rig.line.written.slice(before).map(({ bytes }) => isReserved(bytes))).toEqual([true, true, false]);
    expect(rig.count('timeout')).toBe(0);
  });

  it('asks that are cut off by a close reject', async () => {
    const rig = await rtuRig();
    rig.line.answer(() => []);
    const pending = outcomeOf(rig.link.transact(askOf({ kind: 'serverId', unit: 1 })));
    await rig.clock.advance(5);
    await rig.link.close();
    expect(await rig.clock.settle(pending)).toMatchObject({ code: 'LINE_CLOSED' });
  });
});
