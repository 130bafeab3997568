import { describe, expect, it } from 'vitest';
import type { Meter } from '../../src/domain/meter.ts';
import { continueReading, startReading } from '../../src/domain/read.ts';
import { SILENT_RETRY_MS } from '../../src/domain/silent-register.ts';
import type { Identity } from '../../src/domain/store-port.ts';
import type { Transaction } from '../../src/domain/transaction.ts';
import { type EpochMs, epochMs } from '../../src/domain/units.ts';
import { connect, meterIn } from '../support/connecting.ts';
import { failing, START, talk } from '../support/fake-meter.ts';
import { profileOf, registerAt, specOf } from '../support/profile.ts';

/** Registers 100 and 101, and one far off that not each meter of the model has. */
const PROFILE = profileOf(
  [
    registerAt('a', 100),
    registerAt('b', 101),
    registerAt('far', 900, { optional: true }),
    registerAt('more', 901, { optional: true }),
  ],
  { limits: { registersMax: 20, step: 1, holes: 'unknown', timeoutMs: null } },
);
const SPEC = specOf(PROFILE, { retries: 0 });
const isFar = (transaction: Transaction) =>
  transaction.kind === 'registers' && transaction.address <= 901 && transaction.address + transaction.count > 900;
/** A meter that does not answer what lies far off, or refuses it, or has it. */
const meterWith = (far: 'silent' | 'refused' | 'there' | 'unplugged') => ({
  first: (transaction: Transaction) => {
    if (!isFar(transaction) || far === 'there') return null;
    if (far === 'unplugged') return failing('LINE_CLOSED');
    return far === 'silent' ? failing('LINE_TIMEOUT') : failing('DEVICE_REFUSED', { exception: 2 });
  },
});
const known = (): Meter => meterIn(connect(PROFILE, meterWith('silent'), { retries: 0 }).result);
const read = (meter: Meter, far: Parameters<typeof meterWith>[0], at: EpochMs) =>
  talk(startReading(SPEC, meter, 'normal', at), continueReading, meterWith(far), at);
const later = (ms: number) => epochMs(START + ms);
const DAY = SILENT_RETRY_MS;
const idsOf = ({ silent }: Identity) => silent?.map(({ id }) => id);

describe('a register that a meter that is there was silent to', () => {
  it('is left out, and remembered as silent', () => {
    const { identity } = known();
    expect([identity.refused, idsOf(identity)]).toEqual([
      ['far', 'more'],
      ['far', 'more'],
    ]);
  });

  it('one that was refused is not', () => {
    const { identity } = meterIn(connect(PROFILE, meterWith('refused'), { retries: 0 }).result);
    expect([identity.refused, identity.silent]).toEqual([['far', 'more'], undefined]);
  });

  it('is not asked within a day', () => {
    expect(read(known(), 'there', later(DAY - 1000)).asked.some((name) => name.includes(':90'))).toBe(false);
  });

  it('is tried after a day, one in a reading, and from then on is read when it answers', () => {
    const first = read(known(), 'there', later(DAY + 1000));
    expect(first.result).toMatchObject({ lost: false, failure: null, meter: { identity: { refused: ['more'] } } });
    const second = read(first.result.meter, 'there', later(DAY + 2000));
    expect(second.result.meter.identity.refused).toEqual([]);
    const third = read(second.result.meter, 'there', later(DAY + 3000));
    expect(third.result.answered.flatMap(({ block }) => block.registers)).toEqual(
      expect.arrayContaining(['a', 'b', 'far', 'more']),
    );
    const whole = third.result.meter;
    expect(read(whole, 'there', later(3 * DAY)).result.meter.identity).toEqual(whole.identity);
  });

  it.each(['silent', 'refused'] as const)('%s again, the reading is whole all the same, and a day passes', (far) => {
    const meter = known();
    const at = later(DAY + 1000);
    const first = read(meter, far, at);
    expect(first.asked.length).toBe(meter.plan.blocks.length + 1);
    expect(first.result).toMatchObject({ lost: false, failure: null });
    expect(first.result.answered.flatMap(({ block }) => block.registers)).toEqual(['a', 'b']);
    const second = read(first.result.meter, far, epochMs(at + 1000));
    const { result, asked } = read(second.result.meter, far, epochMs(at + DAY - 5000));
    expect([asked.length, result.meter.identity.refused.toSorted()]).toEqual([
      meter.plan.blocks.length,
      ['far', 'more'],
    ]);
    expect(read(result.meter, far, epochMs(at + DAY + 5000)).asked.length).toBe(meter.plan.blocks.length + 1);
  });

  it('a line that is lost meanwhile is lost, and what was read is kept', () => {
    const { result } = read(known(), 'unplugged', later(DAY + 1000));
    expect(result).toMatchObject({ lost: true, failure: { code: 'LINE_CLOSED' } });
    expect(result.answered.flatMap(({ block }) => block.registers)).toEqual(['a', 'b']);
  });

  it('silent once more after it answered, it is found out when the meter is connected again', () => {
    const back = read(known(), 'there', later(DAY + 1000)).result.meter;
    expect(read(back, 'silent', later(DAY + 2000)).result.lost).toBe(true);
    const again = meterIn(connect(PROFILE, meterWith('silent'), { retries: 0 }, back.identity).result);
    expect(again.identity.refused.toSorted()).toEqual(['far', 'more']);
    expect(read(again, 'silent', later(3000)).result.lost).toBe(false);
  });
});
