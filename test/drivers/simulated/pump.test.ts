import { PassThrough, Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { createPlant } from '../../../drivers/simulated/plant.ts';
import { pump } from '../../../drivers/simulated/pump.ts';
import { createPlantLine } from '../../../drivers/simulated/simulated-line.ts';
import { createSteppedClock, settleTurns } from '../../support/stepped-clock.ts';
import { lineWith } from './line-rig.ts';

const REQUESTS = 2000;
const frame = (n: number) => Buffer.from([n >> 8, n & 0xff, 0, 0, 0, 6, 1, 3, 15, 192, 0, 3]);
const ANSWER_BYTES = 15;

/** A plant behind a pump whose reader takes nothing until it is told to. */
function slowReader() {
  const clock = createSteppedClock();
  const { meters } = lineWith({ models: ['pm710'] });
  let asked = 0;
  const counting = meters.map(({ meter, ...rest }) => ({
    ...rest,
    meter: {
      ...meter,
      registers: (...args: Parameters<typeof meter.registers>) => {
        asked += 1;
        return meter.registers(...args);
      },
    },
  }));
  const plant = createPlant({ meters: counting, faults: [], clock });
  const pace = { charMs: 0, silenceMs: 0, turnaroundMs: 1 };
  const line = createPlantLine({ plant, description: 'plant', framing: 'mbap', pace, clock });
  const received: Buffer[] = [];
  let open = false;
  let waiting: (() => void) | null = null;
  const output = new Writable({
    highWaterMark: 200,
    write(chunk: Buffer, _encoding, done) {
      received.push(chunk);
      if (open) done();
      else waiting = done;
    },
  });
  const release = () => {
    open = true;
    waiting?.();
  };
  return { clock, line, input: new PassThrough(), output, asked: () => asked, received, release };
}

describe('between a stream and a simulated line', () => {
  it('nothing piles up for somebody who asks and does not read, and nothing is lost once he does', async () => {
    const rig = slowReader();
    const pumping = pump(rig.line, rig);
    await settleTurns();
    rig.input.write(Buffer.concat(Array.from({ length: REQUESTS }, (_, n) => frame(n))));
    await rig.clock.advance(5000);
    expect(rig.asked()).toBeGreaterThan(0);
    expect(rig.asked()).toBeLessThan(400);
    rig.release();
    await rig.clock.advance(5000);
    const bytes = Buffer.concat(rig.received);
    expect(bytes).toHaveLength(REQUESTS * ANSWER_BYTES);
    const order = Array.from({ length: REQUESTS }, (_, n) => bytes.readUInt16BE(n * ANSWER_BYTES));
    expect(order).toEqual(Array.from({ length: REQUESTS }, (_, n) => n));
    rig.input.end();
    await pumping;
  });

  it.each(['input', 'output'] as const)('the line is closed when the %s ends', async (side) => {
    const rig = slowReader();
    const pumping = pump(rig.line, rig);
    await settleTurns();
    rig[side].destroy();
    await pumping;
    await expect(rig.line.read()).rejects.toMatchObject({ code: 'LINE_CLOSED' });
  });
});
