import { describe, expect, it } from 'vitest';
import { CONNECT_STEPS_MAX } from '../../src/domain/connect.ts';
import { connect, failureIn, knownAs, meterIn } from '../support/connecting.ts';
import { type FakeMeter, failing } from '../support/fake-meter.ts';
import { profileOf, registerAt, variableOf } from '../support/profile.ts';

const RESERVED = '3:100+5';
const reserved = { kind: 'registers', function: 3, address: 100, count: 5 } as const;
const block = [100, 101, 102, 103, 104, 105].map((at) => registerAt(`r${at}`, at));

describe('who is there', () => {
  const profile = profileOf(block, { reserved, identify: ['serverId', 'deviceId'], identityContains: ['T1', 'T2'] });

  it('is asked in the order of the profile; the first that answers decides', () => {
    const { asked, result } = connect(profile, { serverId: 't1 METER ', deviceId: 'other' });
    expect(asked).toEqual([RESERVED, 'serverId']);
    expect(meterIn(result)).toMatchObject({
      identity: { profileId: 'test', text: 't1 METER ', splits: [], refused: [] },
    });
    expect(meterIn(result).plan.blocks).toHaveLength(1);
    expect(meterIn(result).rapidPlan).toBeNull();
  });

  it.each([
    { what: 'refused', first: failing('DEVICE_REFUSED', { exception: 1 }), times: 1 },
    { what: 'silent', first: failing('LINE_TIMEOUT'), times: 2 },
  ])('a $what FC17 is no failure of the meter', ({ first, times }) => {
    const { asked, result } = connect(profile, {
      deviceId: 'T2',
      first: (transaction) => (transaction.kind === 'serverId' ? first : null),
    });
    expect(asked).toEqual([RESERVED, ...Array.from({ length: times }, () => 'serverId'), 'deviceId']);
    expect(meterIn(result).identity.text).toBe('T2');
  });

  it('a meter that says nothing at all of itself is connected without a text', () => {
    expect(meterIn(connect(profile, {}).result).identity.text).toBe('');
  });

  it('F19 a dead meter costs 1 + retries timeouts', () => {
    const { asked, result } = connect(profile, { first: () => failing('LINE_TIMEOUT') });
    expect(asked).toEqual([RESERVED, RESERVED]);
    expect(failureIn(result).code).toBe('LINE_TIMEOUT');
  });

  it('a meter that refuses the reserved read is there', () => {
    expect(connect(profile, { refuses: [100], serverId: 'T1' }).asked.slice(0, 2)).toEqual([RESERVED, 'serverId']);
  });

  it.each(['LINE_CLOSED', 'CANCELLED'] as const)('%s ends it at once', (code) => {
    const { asked, result } = connect(profile, { first: () => failing(code) });
    expect(asked).toHaveLength(1);
    expect(failureIn(result).code).toBe(code);
  });

  it('another meter is found out before its numbers are read, and said in words', () => {
    const { result } = connect(profile, { serverId: 'Janitza \u001b[31mUMG 96' });
    expect(failureIn(result)).toMatchObject({ code: 'MODEL_MISMATCH' });
    expect(failureIn(result).message).toBe(
      'analyzer 1 at address 7: expected a T1 (identification with "T1" or "T2"), saw "Janitza \\x1b[31mUMG 96": ' +
        'set <model> to what this meter is, or <address> to that of the right one',
    );
  });

  it('a known meter that never said what it is is asked once a way, without retries', () => {
    const { asked, result } = connect(profile, {}, {}, knownAs({ text: '' }));
    expect(asked).toEqual([RESERVED, 'serverId', 'deviceId']);
    expect(meterIn(result).identity.text).toBe('');
  });

  it('a meter that answers with blanks has said nothing', () => {
    expect(connect(profile, { serverId: '  ' }).result.kind).toBe('connected');
  });

  it('a known meter that is silent today keeps the text it gave', () => {
    expect(meterIn(connect(profile, {}, {}, knownAs()).result).identity.text).toBe('T1 meter');
  });
});

describe('the signature', () => {
  const profile = profileOf([...block, registerAt('f', 106, { scale: 0.01, unit: 'Hz', missing: ['0xFFFF'] })], {
    reserved,
    signature: { register: 'f', range: [45, 65] },
  });

  it.each([
    { raw: 5001, kind: 'connected' },
    { raw: 0xffff, kind: 'connected' },
    { raw: 310, kind: 'failed' },
  ])('with the raw value $raw it is $kind', ({ raw, kind }) => {
    expect(connect(profile, { words: { '3:106': raw } }).result.kind).toBe(kind);
  });

  it('that does not fit is told with what was seen and where', () => {
    const { message, code } = failureIn(connect(profile, { words: { '3:106': 310 } }).result);
    expect(code).toBe('MODEL_MISMATCH');
    expect(message).toContain('expected f of a T1 (register 107, wire address 106) between 45 and 65 Hz, saw 3.1 Hz');
  });

  it('of a busy meter is looked at another time', () => {
    const busy = failing('DEVICE_BUSY', { exception: 6 });
    const fake: FakeMeter = {
      first: (transaction) => (transaction.kind === 'registers' && transaction.address > 100 ? busy : null),
    };
    expect(failureIn(connect(profile, fake).result).code).toBe('DEVICE_BUSY');
  });

  it('that is refused twice is another model', () => {
    const { result } = connect(profile, { refuses: [106] });
    expect(failureIn(result)).toMatchObject({ code: 'MODEL_MISMATCH' });
    expect(failureIn(result).message).toContain('saw that the meter refuses it');
  });
});

describe('scale registers', () => {
  const scaled = [
    registerAt('v', 110, { exponentRegister: 'sf' }),
    registerAt('sf', 111, { source: { type: 'i16' }, valid: [-4, 4] }),
  ];
  const profile = profileOf([...block, ...scaled], { reserved, variables: [variableOf('TPF', ['v'])] });

  it('are read before anything is scaled by them', () => {
    const { result } = connect(profile, { words: { '3:111': 0xffff } });
    expect(meterIn(result)).toMatchObject({ exponents: { sf: -1 } });
  });

  it('that the meter does not have now are unknown, not 0', () => {
    expect(meterIn(connect(profile, { words: { '3:111': 0x8000 } }).result).exponents).toEqual({});
  });

  it.each([
    { what: 'silence', first: failing('LINE_TIMEOUT'), code: 'LINE_TIMEOUT' },
    { what: 'a busy meter', first: failing('DEVICE_BUSY', { exception: 6 }), code: 'DEVICE_BUSY' },
    { what: 'a refusal', first: failing('DEVICE_REFUSED', { exception: 2 }), code: 'DEVICE_REFUSED' },
  ])('that $what keeps from being read: not connected', ({ first, code }) => {
    const isScale = (address: number, count: number) => address <= 111 && address + count > 111;
    const fake: FakeMeter = {
      first: (transaction) =>
        transaction.kind === 'registers' && isScale(transaction.address, transaction.count) ? first : null,
    };
    expect(failureIn(connect(profile, fake).result).code).toBe(code);
  });
});

describe('F10 long blocks over holes that the map does not know', () => {
  const limits = { registersMax: 125, step: 1, holes: 'unknown', timeoutMs: null } as const;
  const holed = profileOf(
    [100, 101, 104, 105, 109, 110].map((at) => registerAt(`r${at}`, at)),
    { reserved, limits },
  );

  it('are tried once, and the plan stays long when they are answered', () => {
    const { asked, result } = connect(holed, {});
    expect(asked).toEqual([RESERVED, '3:100+11']);
    expect(meterIn(result).plan.blocks).toMatchObject([{ address: 100, count: 11 }]);
  });

  it('are parted where they are refused, and that is remembered', () => {
    const { result } = connect(holed, { refuses: [102, 103] });
    const { identity, plan } = meterIn(result);
    expect(identity).toMatchObject({ splits: [102, 104, 106, 109], refused: [] });
    const values = plan.blocks.filter((each) => each.registers.length > 0);
    expect(values).toMatchObject([
      { address: 100, count: 2 },
      { address: 104, count: 2 },
      { address: 109, count: 2 },
    ]);
  });

  it('are not tried again when the meter is known, and its splits are kept', () => {
    const { asked, result } = connect(holed, { refuses: [102] }, {}, knownAs({ splits: [102, 104] }));
    expect(asked).toEqual([RESERVED]);
    expect(meterIn(result).identity.splits).toEqual([102, 104]);
  });

  it('of another profile, or of another meter at this place, are tried anew', () => {
    expect(connect(holed, {}, {}, knownAs({ profileId: 'other', splits: [104] })).asked).toContain('3:100+11');
    const named = { ...holed, identify: ['serverId'] } as const;
    const { asked, result } = connect(named, { serverId: 'T1 new' }, {}, knownAs({ text: 'T1 old', splits: [104] }));
    expect(asked).toContain('3:100+11');
    expect(meterIn(result).identity).toMatchObject({ text: 'T1 new', splits: [] });
  });

  it('are parted too where the meter answers them with silence but lives', () => {
    const { result } = connect(holed, {
      first: (transaction) =>
        transaction.kind === 'registers' && transaction.count === 11 ? failing('LINE_TIMEOUT') : null,
    });
    expect(meterIn(result).identity.splits).toEqual([106, 109]);
  });

  it('are no reason to part anything when the meter died', () => {
    const { result } = connect(holed, { first: (_, n) => (n > 0 ? failing('LINE_TIMEOUT') : null) });
    expect(failureIn(result).code).toBe('LINE_TIMEOUT');
  });

  it('leave out an optional register that is refused, for good', () => {
    const registers = [...block, registerAt('opt', 106, { optional: true })];
    const { result } = connect(profileOf(registers, { reserved: { ...reserved, count: 20 } }), { refuses: [106] });
    expect(meterIn(result).identity.refused).toEqual(['opt']);
    const { blocks } = meterIn(result).plan;
    expect(blocks.flatMap((each) => each.registers)).not.toContain('opt');
  });

  it('never make connecting endless, nor a reading that follows', () => {
    const many = Array.from({ length: 100 }, (_, n) => registerAt(`r${n}`, 3 * n, { optional: true }));
    const refuses = Array.from({ length: 300 }, (_, n) => n);
    const { asked, result } = connect(profileOf(many, { reserved, limits }), { refuses });
    expect(asked.length).toBeLessThanOrEqual(CONNECT_STEPS_MAX);
    expect(meterIn(result).identity.splits.length).toBeGreaterThan(10);
  });
});

describe('what is read once', () => {
  const once = [registerAt('version', 120), registerAt('serial', 122, { source: { type: 'u32' } })];
  const profile = profileOf([...block, ...once], {
    reserved,
    once: ['version', 'serial'],
    variables: [...block, ...once].map(({ id }) => variableOf(id, [id])),
  });
  const codes = { consultes: block.map(({ id }) => id) };

  it('is kept with the meter', () => {
    const { once: answered } = meterIn(connect(profile, { words: { '3:120': 321 } }, codes).result);
    expect(answered.flatMap((each) => each.block.registers)).toEqual(['version', 'serial']);
    expect(answered[0]?.answer).toMatchObject({ kind: 'words', words: [321] });
  });

  it('is done without where the meter is silent to it, or refuses it', () => {
    const silent: FakeMeter = {
      first: (transaction) =>
        transaction.kind === 'registers' && transaction.address >= 120 ? failing('LINE_TIMEOUT') : null,
    };
    expect(meterIn(connect(profile, silent, codes).result)).toMatchObject({ once: [], identity: { refused: [] } });
    expect(meterIn(connect(profile, { refuses: [120] }, codes).result).identity.refused).toEqual(['version']);
  });
});
