import { describe, expect, it } from 'vitest';
import type { Meter, MeterSpec } from '../../src/domain/meter.ts';
import { planFor } from '../../src/domain/plan-blocks.ts';
import type { Profile } from '../../src/domain/profile.ts';
import { continueReading, EXPONENTS_AGE_MAX_MS, probeAsk, startReading } from '../../src/domain/read.ts';
import { readingOf } from '../../src/domain/reading-of.ts';
import { NOTHING_LEARNT } from '../../src/domain/register-map.ts';
import type { Transaction } from '../../src/domain/transaction.ts';
import { epochMs } from '../../src/domain/units.ts';
import { type FakeMeter, failing, nameOf, START, talk } from '../support/fake-meter.ts';
import { profileOf, registerAt, specOf } from '../support/profile.ts';

/** Four registers in one block, two far away in another. */
const registers = [100, 101, 102, 103, 200, 201].map((at) => registerAt(`r${at}`, at));
const reserved = { kind: 'registers', function: 3, address: 100, count: 3 } as const;
const profile = profileOf(registers, { reserved });

const meterOf = (spec: MeterSpec, own: Partial<Meter> = {}): Meter => {
  const plans = planFor(spec, NOTHING_LEARNT);
  return {
    identity: { profileId: spec.profile.id, text: 'T1', at: START, ...NOTHING_LEARNT },
    exponents: {},
    exponentsAt: START,
    plan: plans.normal,
    rapidPlan: spec.rapidConsultes.length === 0 ? null : plans.rapid,
    once: [],
    ...own,
  };
};

const read = (
  fake: FakeMeter,
  o: { readonly profile?: Profile; readonly spec?: Partial<MeterSpec>; readonly meter?: Partial<Meter> } = {},
) => {
  const spec = specOf(o.profile ?? profile, o.spec);
  const meter = meterOf(spec, o.meter);
  return { meter, ...talk(startReading(spec, meter, 'normal', START), continueReading, fake) };
};

/** Fails the n-th request (0, 1, ...) so often, then lets it be. */
const failingAt = (reply: ReturnType<typeof failing>, ...indices: readonly number[]): FakeMeter => ({
  first: (_, n) => (indices.includes(n) ? reply : null),
});
const idsOf = (answered: readonly { readonly block: { readonly registers: readonly string[] } }[]) =>
  answered.flatMap(({ block }) => block.registers);
const ALL = registers.map(({ id }) => id);

describe('a reading', () => {
  it('asks block after block, with what the link needs to know', () => {
    const { asked, asks, result, meter } = read({});
    expect(asked).toEqual(['3:100+4', '3:200+2']);
    expect(asks[0]).toMatchObject({
      timeoutMs: 1000,
      reserved: { kind: 'registers', unit: 7, count: 3, address: 100 },
    });
    expect(result).toMatchObject({ failure: null, lost: false });
    expect(idsOf(result.answered)).toEqual(ALL);
    expect(result.meter).toEqual(meter);
  });

  it('F01 after a timeout the block is asked again, and the reading is whole', () => {
    const { asked, result } = read(failingAt(failing('LINE_TIMEOUT'), 0));
    expect(asked).toEqual(['3:100+4', '3:100+4', '3:200+2']);
    expect(result).toMatchObject({ failure: null, lost: false });
  });

  it('each block has its own retries', () => {
    const { result } = read(failingAt(failing('LINE_TIMEOUT'), 0, 2));
    expect(result).toMatchObject({ failure: null, lost: false });
    expect(idsOf(result.answered)).toEqual(ALL);
  });

  it.each([0, 1, 3])('F19 a dead meter costs 1 + %i timeouts and no more', (retries) => {
    const { asked, result } = read({ first: () => failing('LINE_TIMEOUT') }, { spec: { retries } });
    expect(asked).toHaveLength(1 + retries);
    expect(result).toMatchObject({ lost: true, answered: [], failure: { code: 'LINE_TIMEOUT' } });
  });

  it.each([
    'FRAME_CRC',
    'FRAME_TRUNCATED',
    'FRAME_MALFORMED',
  ] as const)('F04 %s is asked again, then the meter is lost', (code) => {
    expect(read(failingAt(failing(code), 0)).result).toMatchObject({ lost: false, failure: null });
    const { asked, result } = read({ first: () => failing(code) });
    expect(asked).toHaveLength(2);
    expect(result).toMatchObject({ lost: true, failure: { code } });
  });

  it('keeps what was read before the meter was lost', () => {
    const { result } = read(failingAt(failing('LINE_TIMEOUT'), 1, 2));
    expect(idsOf(result.answered)).toEqual(['r100', 'r101', 'r102', 'r103']);
    expect(result).toMatchObject({ lost: true });
  });

  it.each([
    'LINE_CLOSED',
    'LINE_NOISY',
    'LINE_OPEN_FAILED',
    'LINE_WRITE_BLOCKED',
  ] as const)('is lost at once with %s', (code) => {
    const { asked, result } = read({ first: () => failing(code) });
    expect(asked).toHaveLength(1);
    expect(result.lost).toBe(true);
  });

  it.each([
    'QUEUE_FULL',
    'DEADLINE_PASSED',
    'CANCELLED',
  ] as const)('that was turned away with %s says nothing about the meter', (code) => {
    const { asked, result } = read({ first: () => failing(code) });
    expect(asked).toHaveLength(1);
    expect(result).toMatchObject({ lost: false, failure: { code } });
  });

  it.each([4, 6])('F11 exception 0%i is asked again, and after that only its block is missing', (exception) => {
    const busy = failing('DEVICE_BUSY', { exception });
    expect(read(failingAt(busy, 0)).result).toMatchObject({ failure: null });
    const { asked, result } = read(failingAt(busy, 0, 1));
    expect(asked).toEqual(['3:100+4', '3:100+4', '3:200+2']);
    expect(idsOf(result.answered)).toEqual(['r200', 'r201']);
    expect(result).toMatchObject({ lost: false, failure: { code: 'DEVICE_BUSY' } });
  });

  it.each([
    0x0a, 0x0b,
  ])('F11 F37 exception %i of a gateway is asked again, then the meter behind it is lost', (exception) => {
    const { asked, result } = read({ first: () => failing('DEVICE_BUSY', { exception }) });
    expect(asked).toHaveLength(2);
    expect(result.lost).toBe(true);
  });

  it('F28 reads a value of several registers in one request, however the meter allows', () => {
    const wide = [0, 4, 8].map((at) => registerAt(`w${at}`, at, { source: { type: 'u64' } }));
    const limits = { registersMax: 6, step: 1, holes: 'illegal', timeoutMs: null } as const;
    const { asks } = read({}, { profile: profileOf(wide, { limits, reserved: { ...reserved, count: 1 } }) });
    for (const { transaction } of asks as readonly { readonly transaction: Transaction }[]) {
      if (transaction.kind !== 'registers' || transaction.count === 1) continue;
      const held = [0, 4, 8].filter(
        (at) => at < transaction.address + transaction.count && at + 4 > transaction.address,
      );
      for (const at of held)
        expect(at >= transaction.address && at + 4 <= transaction.address + transaction.count).toBe(true);
    }
  });
});

describe('F10 a refused block', () => {
  it('is parted until the register stands alone; the others are read, and it is named', () => {
    const { asked, result } = read({ refuses: [102] });
    expect(idsOf(result.answered).sort()).toEqual(ALL.filter((id) => id !== 'r102'));
    expect(result.meter.identity.refused).toEqual(['r102']);
    expect(result).toMatchObject({ lost: false, failure: { code: 'DEVICE_REFUSED' } });
    expect(result.failure?.message).toContain('r102 (register 103)');
    expect(result.failure?.message).toContain('exception 02, illegal data address');
    expect(asked.length).toBeLessThan(12);
  });

  it('is not asked again in the next cycles', () => {
    const first = read({ refuses: [102] });
    const spec = specOf(profile);
    const next = talk(startReading(spec, first.result.meter, 'normal', START), continueReading, { refuses: [102] });
    expect(next.result.failure).toBeNull();
    expect(idsOf(next.result.answered).sort()).toEqual(ALL.filter((id) => id !== 'r102'));
    expect(next.asked.every((name) => name !== '3:102+1')).toBe(true);
    expect(next.result.meter).toEqual(first.result.meter);
  });

  it('is only parted when no register alone is refused', () => {
    const limits = { registersMax: 125, step: 1, holes: 'unknown', timeoutMs: null } as const;
    const holed = profileOf(
      [100, 101, 105, 106].map((at) => registerAt(`r${at}`, at)),
      { reserved, limits },
    );
    const { result } = read({ refuses: [103] }, { profile: holed });
    expect(result.failure).toBeNull();
    expect(result.meter.identity).toMatchObject({ splits: [102, 105], refused: [] });
    expect(idsOf(result.answered)).toHaveLength(4);
  });

  it('is asked once more before a register is left out for years', () => {
    const lone = profileOf([registerAt('a', 100), registerAt('z', 0)], { reserved: { ...reserved, count: 9 } });
    const once = read(failingAt(failing('DEVICE_REFUSED', { exception: 2 }), 0), {
      profile: lone,
      spec: { consultes: ['a'] },
    });
    expect(once.asked).toEqual(['3:100+1', '3:100+1']);
    expect(once.result).toMatchObject({ failure: null, meter: { identity: { refused: [] } } });
  });

  it('with exception 01 is not parted: the function is what is refused', () => {
    const { asked, result } = read({ refuses: [100], exception: 1 });
    expect(asked).toEqual(['3:100+4', '3:100+4', '3:200+2']);
    expect(result.meter.identity.refused).toEqual(['r100', 'r101', 'r102', 'r103']);
  });

  it('says so when nothing is left to read', () => {
    const spec = specOf(profile);
    const identity = { ...meterOf(spec).identity, refused: ALL };
    const meter = meterOf(spec, { identity, plan: planFor(spec, identity).normal });
    const begun = startReading(spec, meter, 'normal', START);
    expect(begun).toMatchObject({ kind: 'finished', result: { lost: true, failure: { code: 'DEVICE_REFUSED' } } });
  });

  it('never makes a reading endless', () => {
    const many = profileOf(
      Array.from({ length: 100 }, (_, n) => registerAt(`r${n}`, n)),
      { reserved: { ...reserved, count: 120 } },
    );
    const { asked, result } = read({ refuses: Array.from({ length: 100 }, (_, n) => n) }, { profile: many });
    expect(asked.length).toBeLessThan(60);
    expect(result).toMatchObject({ lost: false, answered: [], failure: { code: 'DEVICE_REFUSED' } });
  });
});

describe('scale registers', () => {
  const scaled = profileOf(
    [
      registerAt('v', 100, { exponentRegister: 'sf' }),
      registerAt('sf', 300, { quantity: 'scaleExponent', source: { type: 'i16' } }),
      registerAt('n', 301),
    ],
    { reserved },
  );
  const hourLater = { exponents: { sf: -1 }, exponentsAt: epochMs(START - EXPONENTS_AGE_MAX_MS) };
  const readScaled = (fake: FakeMeter, meter: Partial<Meter>) =>
    read(fake, { profile: scaled, spec: { consultes: ['v'] }, meter });

  it('are read again after an hour, at the end of a cycle', () => {
    const { asked, result } = readScaled({ words: { '3:300': 2 } }, hourLater);
    expect(asked).toEqual(['3:100+1', '3:300+2']);
    expect(result.meter).toMatchObject({ exponents: { sf: 2 } });
    expect(result.meter.exponentsAt).toBeGreaterThanOrEqual(START);
    expect(readScaled({}, { exponents: { sf: -1 } }).asked).toHaveLength(1);
  });

  it('that lie near are read with their values, which they scale at once, and are then remembered', () => {
    const near = profileOf(
      [
        registerAt('v', 100, { exponentRegister: 'sf' }),
        registerAt('sf', 104, { quantity: 'scaleExponent', source: { type: 'i16' }, missing: ['0x8000'] }),
      ],
      { reserved, limits: { registersMax: 125, step: 1, holes: 'legal', timeoutMs: null } },
    );
    const readNear = (sf: number) => {
      const words = { '3:100': 2301, '3:104': sf };
      const spec = { consultes: ['v'] };
      const { asked, result } = read({ words }, { profile: near, spec, meter: { exponents: { sf: -1 } } });
      expect(asked).toEqual(['3:100+5']);
      const about = { spec: specOf(near, spec), nominal: START, at: START, grid: 'normal' } as const;
      return { v: readingOf({ ...about, result }).values.v, known: result.meter.exponents };
    };
    expect(readNear(0xffff)).toEqual({ v: [230.1], known: { sf: -1 } });
    expect(readNear(1)).toEqual({ v: [23_010], known: { sf: 1 } });
    expect(readNear(0x8000)).toEqual({ v: [null], known: {} });
  });

  it('are read again when the clock has gone back behind their time', () => {
    expect(readScaled({}, { exponents: { sf: 0 }, exponentsAt: epochMs(START + 60_000) }).asked).toHaveLength(2);
  });

  it('that are not available any more are forgotten: no value is scaled by an old one', () => {
    const { result } = readScaled({ words: { '3:300': 0x8000 } }, hourLater);
    expect(result.meter.exponents).toEqual({});
  });

  it('of a busy meter are asked in the next cycle, and never become 0', () => {
    const busy = failing('DEVICE_BUSY', { exception: 6 });
    const { result } = readScaled({ first: (_, n) => (n > 0 ? busy : null) }, hourLater);
    expect(result).toMatchObject({ lost: false, failure: { code: 'DEVICE_BUSY' }, meter: { exponents: { sf: -1 } } });
    expect(result.meter.exponentsAt).toBe(hourLater.exponentsAt);
    expect(result.answered).toHaveLength(1);
  });

  it('that were lost lose the meter, but not what was read before', () => {
    const { result } = readScaled({ first: (_, n) => (n > 0 ? failing('LINE_TIMEOUT') : null) }, hourLater);
    expect(result).toMatchObject({ lost: true, failure: { code: 'LINE_TIMEOUT' } });
    expect(result.answered).toHaveLength(1);
  });
});

describe('the probe of a dead meter', () => {
  it('is the reserved read', () => {
    const { transaction, reserved: own } = probeAsk(specOf(profile));
    expect(nameOf(transaction)).toBe('3:100+3');
    expect(own).toEqual(transaction);
  });

  it('of a map that moves is where the map was found', () => {
    const moving = { ...profile, discovery: { kind: 'sunspec', models: [203] } } as const;
    expect(nameOf(probeAsk(specOf(moving), { ...NOTHING_LEARNT, base: 40_069 }).transaction)).toBe('3:40169+3');
    expect(nameOf(probeAsk(specOf(moving)).transaction)).toBe('3:40000+1');
  });
});
