import { describe, expect, it } from 'vitest';
import { loadProfiles } from '../../../drivers/profiles/load.ts';
import { createSimulatedMeter, type SimulatedMeter } from '../../../drivers/simulated/meter.ts';
import { decodeCvmField } from '../../../src/domain/cvm-fields.ts';
import { decodeBlocks, decodeExponents } from '../../../src/domain/decode.ts';
import type { BlockAnswer } from '../../../src/domain/meter.ts';
import { planBlocks } from '../../../src/domain/plan-blocks.ts';
import type { Profile, Register } from '../../../src/domain/profile.ts';
import { rawFromWords } from '../../../src/domain/raw-value.ts';
import { type EpochMs, epochMs } from '../../../src/domain/units.ts';
import { valueOf as decoded, exponentOf } from '../../../src/domain/value.ts';
import { zoneOffset } from '../../../src/zone.ts';

const { profiles } = loadProfiles();
const all = [...profiles.values()];
const offsetAt = zoneOffset('Europe/Madrid');
const meterOf = (profile: Profile, analyzerId = 3) => createSimulatedMeter({ profile, seed: 7, analyzerId, offsetAt });
/** The base of a discovered map: "SunS", the common model of 66 with its head, then the meter's. */
const baseOf = (profile: Profile) => (profile.discovery === null ? 0 : 40_000 + 2 + 2 + 66);

const INSTANTS = [
  Date.UTC(2026, 4, 5, 1, 17, 3, 11),
  Date.UTC(2026, 4, 5, 10, 30),
  Date.UTC(2026, 0, 20, 11, 59, 59, 999),
  Date.UTC(2027, 7, 15, 12),
  Date.UTC(2024, 0, 1, 0, 0, 10),
].map(epochMs);

function rawOf(meter: SimulatedMeter, register: Register, now: EpochMs) {
  const { source } = register;
  if (source.kind === 'cvm') return decodeCvmField(meter.cvm(source.command, now) ?? '', source);
  const answer = meter.registers(source.function, baseOf(meter.profile) + source.address, source.words, now);
  return 'words' in answer ? rawFromWords(answer.words, 0, source) : null;
}

function exponentsOf(meter: SimulatedMeter, now: EpochMs): Readonly<Record<string, number>> {
  const holders = meter.profile.registers.filter(({ quantity }) => quantity === 'scaleExponent');
  return Object.fromEntries(
    holders.flatMap((register) => {
      const exponent = exponentOf(register, rawOf(meter, register, now));
      return exponent === null ? [] : [[register.id, exponent]];
    }),
  );
}

/** What the meter answers to the blocks that read every variable; holes are not tried. */
function answersOf(meter: SimulatedMeter, now: EpochMs): readonly BlockAnswer[] {
  const profile: Profile = { ...meter.profile, limits: { ...meter.profile.limits, holes: 'illegal' } };
  const { blocks } = planBlocks({
    profile,
    codes: profile.variables.map(({ code }) => code),
    withStatus: true,
    pace: { charMs: 0.573, silenceMs: 2, turnaroundMs: 5 },
    identity: { splits: [], refused: [], base: baseOf(profile) },
  });
  return blocks.map((block): BlockAnswer => {
    const stamp = { at: now, tookMs: 1 };
    if (block.kind === 'cvm') {
      return { block, answer: { kind: 'text', text: meter.cvm(block.command, now) ?? '', ...stamp } };
    }
    const words = meter.registers(block.function, block.address, block.count, now);
    expect(words, `${block.function}:${block.address} x ${block.count}`).toHaveProperty('words.length', block.count);
    return { block, answer: { kind: 'words', words: 'words' in words ? words.words : [], ...stamp } };
  });
}

const isText = ({ source }: Register) => source.kind === 'modbus' && source.type === 'text';

describe.each(all.map((profile) => [profile.id, profile] as const))('a simulated %s', (_, profile) => {
  it('shows what is true, to the step of each register', () => {
    const meter = meterOf(profile);
    let shown = 0;
    for (const now of INSTANTS) {
      const exponents = exponentsOf(meter, now);
      for (const register of profile.registers.filter((each) => !isText(each))) {
        const truth = meter.truthOf(register.id, now);
        const value = decoded(register, rawOf(meter, register, now), exponents);
        const at = `${register.id} at ${new Date(now).toISOString()}: ${value} for ${truth}`;
        if (truth === null || value === null) {
          expect(value, at).toBe(truth);
          continue;
        }
        shown += 1;
        const step = meter.stepOf(register.id);
        expect(Math.abs(value - truth), at).toBeLessThanOrEqual(1.001 * step + Math.abs(truth) * 1e-7);
      }
    }
    expect(shown).toBeGreaterThan(0.6 * INSTANTS.length * profile.registers.length);
  });

  it('is read right by a plan of blocks', () => {
    const meter = meterOf(profile);
    const now = INSTANTS[1]!;
    const answered = answersOf(meter, now);
    const exponents = { ...exponentsOf(meter, now), ...decodeExponents(profile, answered, baseOf(profile)) };
    const values = decodeBlocks(profile, answered, exponents, baseOf(profile));
    const wanted = new Set(answered.flatMap(({ block }) => block.registers));
    expect(wanted.size).toBeGreaterThan(0);
    for (const register of profile.registers.filter((each) => wanted.has(each.id) && !isText(each))) {
      const { id } = register;
      const truth = meter.truthOf(id, now);
      const value = values.get(id)?.value ?? null;
      const near = 1.001 * meter.stepOf(id) + Math.abs(truth ?? 0) * 1e-7;
      if (truth === null) expect(value, id).toBeNull();
      else expect(Math.abs((value ?? Number.NaN) - truth), `${id}: ${value} for ${truth}`).toBeLessThanOrEqual(near);
    }
  });

  it('stays within what its profile calls valid', () => {
    const meter = meterOf(profile);
    for (const now of INSTANTS.slice(0, 4)) {
      for (const register of profile.registers) {
        const truth = meter.truthOf(register.id, now);
        if (truth === null || register.valid === null) continue;
        expect(truth, register.id).toBeGreaterThanOrEqual(register.valid[0]);
        expect(truth, register.id).toBeLessThanOrEqual(register.valid[1]);
      }
    }
  });

  it('has voltages, and counters that only grow, also as they are shown', () => {
    const meter = meterOf(profile);
    const counters = profile.registers.filter(({ quantity }) => /EnergyImport|EnergyTotal/.test(quantity));
    const shown = new Map<string, number>();
    for (let at = Date.UTC(2026, 4, 5, 6); at < Date.UTC(2026, 4, 5, 9); at += 37_003) {
      const now = epochMs(at);
      const exponents = exponentsOf(meter, now);
      for (const register of counters) {
        const value = decoded(register, rawOf(meter, register, now), exponents);
        expect(value, register.id).not.toBeNull();
        expect(value, register.id).toBeGreaterThanOrEqual(shown.get(register.id) ?? 0);
        shown.set(register.id, value ?? 0);
      }
      for (const { id, quantity, phase, source } of profile.registers) {
        if (quantity !== 'voltage' || phase === 'N' || source.kind === 'cvm') continue;
        expect(meter.truthOf(id, now), id).toBeGreaterThan(220);
        expect(meter.truthOf(id, now), id).toBeLessThan(240);
      }
    }
  });

  it('answers its reserved read, and lies in the range of its signature', () => {
    const meter = meterOf(profile);
    const now = INSTANTS[0]!;
    const { reserved, signature } = profile;
    if (reserved.kind === 'cvm') expect(meter.cvm(reserved.command, now)).not.toBeNull();
    else {
      const answer = meter.registers(reserved.function, baseOf(profile) + reserved.address, reserved.count, now);
      expect(answer).toHaveProperty('words.length', reserved.count);
    }
    if (signature === null) return;
    expect(meter.truthOf(signature.register, now)).toBeGreaterThanOrEqual(signature.range[0]);
    expect(meter.truthOf(signature.register, now)).toBeLessThanOrEqual(signature.range[1]);
  });

  it('says what it is, in a way that satisfies its profile', () => {
    const meter = meterOf(profile);
    const texts = {
      serverId: meter.serverId(),
      deviceId: meter.deviceId()?.join(' ') ?? null,
      version: meter.cvm('VER', INSTANTS[0]!),
    };
    for (const way of profile.identify) {
      const text = texts[way]?.toLowerCase() ?? '';
      expect(text, way).not.toBe('');
      const fits = profile.identityContains.some((each) => text.includes(each.toLowerCase()));
      expect(fits || profile.identityContains.length === 0, `${way}: ${text}`).toBe(true);
    }
  });
});

it('there are profiles to try', () => {
  expect(all.length).toBeGreaterThan(15);
});
