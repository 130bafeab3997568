import { describe, expect, it } from 'vitest';
import { loadProfiles } from '../../drivers/profiles/load.ts';
import { decodeBlocks } from '../../src/domain/decode.ts';
import type { BlockAnswer } from '../../src/domain/meter.ts';
import { serialPace, TCP_PACE } from '../../src/domain/pace.ts';
import type { Plan } from '../../src/domain/plan.ts';
import { planBlocks, planMeter, planMs } from '../../src/domain/plan-blocks.ts';
import { NOTHING_LEARNT, registerMap } from '../../src/domain/register-map.ts';
import { epochMs } from '../../src/domain/units.ts';
import { PACE } from '../support/profile.ts';

const { profiles } = loadProfiles();
const profileNamed = (id: string) => {
  const profile = profiles.get(id);
  if (profile === undefined) throw new Error(`no profile ${id}`);
  return profile;
};
const names = ({ blocks }: Plan) =>
  blocks.map((block) => (block.kind === 'cvm' ? block.command : `${block.function}:${block.address}+${block.count}`));
const TEN = ['TPF', 'IPF', 'FRE', 'PAF', 'PAT', 'PRT', 'FPT', 'THDV', 'CEA', 'CER'];

describe('plans of meters that ship', () => {
  it('PM710, the ten variables of the shipped configuration: one block and the status, 96 ms at 19200 8E1', () => {
    const plan = planBlocks({
      profile: profileNamed('pm710'),
      codes: TEN,
      withStatus: true,
      pace: PACE,
      identity: NOTHING_LEARNT,
    });
    expect(names(plan)).toEqual(['3:3999+52', '3:4109+3']);
    expect(planMs(plan, PACE, 0)).toBeCloseTo(96, 0);
  });

  it.each([
    { line: '19200 8E1', pace: PACE },
    { line: '9600 8E1', pace: serialPace(9600) },
    { line: 'TCP', pace: TCP_PACE },
  ])('SunSpec: each scale is read in the block of each value that it scales, at $line', ({ pace }) => {
    const profile = profileNamed('sunspec');
    const identity = { ...NOTHING_LEARNT, base: 40_069 };
    const codes = profile.variables.map(({ code }) => code);
    for (const asked of [codes, ...codes.map((code) => [code])]) {
      const { blocks } = planBlocks({ profile, codes: asked, withStatus: true, pace, identity });
      const answered = blocks.map((block): BlockAnswer => {
        const words = Array.from({ length: block.kind === 'registers' ? block.count : 0 }, () => 1);
        return { block, answer: { kind: 'words', words, at: epochMs(0), tookMs: 1 } };
      });
      // without a remembered scale there is a value only where its own answer holds it
      const decoded = [...decodeBlocks(profile, answered, {}, identity.base)];
      const without = decoded.filter(([, { value }]) => value === null).map(([id]) => id);
      expect(decoded.length).toBeGreaterThan(0);
      expect(without, asked.join(' ')).toEqual([]);
    }
  });

  it('SDM630: pairs only, and far apart', () => {
    const plan = planBlocks({
      profile: profileNamed('sdm630'),
      codes: ['TPF', 'IPF', 'PAT', 'FRE', 'CEA'],
      withStatus: true,
      pace: PACE,
      identity: NOTHING_LEARNT,
    });
    expect(plan.blocks.every((block) => block.kind === 'registers' && block.count % 2 === 0)).toBe(true);
    expect(plan.blocks).toHaveLength(3);
  });

  it.each(
    [...profiles.values()].map((profile) => [profile.id, profile] as const),
  )('%s: every code alone, and all together, can be asked safely', (_, profile) => {
    const codes = profile.variables.map(({ code }) => code);
    for (const consultes of [codes, ...codes.map((code) => [code])]) {
      const plans = planMeter({
        profile,
        consultes,
        rapidConsultes: codes.slice(0, 1),
        withStatus: true,
        invert: false,
        pace: PACE,
        identity: NOTHING_LEARNT,
      });
      expect(plans.unplannable).toEqual([]);
      expect(plans.normal.blocks.length).toBeGreaterThan(0);
    }
  });

  it.each(
    [...profiles.values()].map((profile) => [profile.id, profile] as const),
  )('%s: no code depends on a hole that the meter might refuse', (_, profile) => {
    const map = registerMap({ ...profile, limits: { ...profile.limits, holes: 'illegal' } }, NOTHING_LEARNT);
    const plans = profile.variables.map(({ code }) =>
      planMeter({
        profile: map.profile,
        consultes: [code],
        rapidConsultes: [],
        withStatus: false,
        invert: false,
        pace: PACE,
        identity: NOTHING_LEARNT,
      }),
    );
    expect(plans.flatMap(({ unplannable }) => unplannable)).toEqual([]);
  });
});
