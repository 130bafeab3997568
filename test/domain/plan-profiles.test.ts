import { describe, expect, it } from 'vitest';
import { loadProfiles } from '../../drivers/profiles/load.ts';
import type { Plan } from '../../src/domain/plan.ts';
import { planBlocks, planMeter, planMs } from '../../src/domain/plan-blocks.ts';
import { NOTHING_LEARNT, registerMap } from '../../src/domain/register-map.ts';
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
