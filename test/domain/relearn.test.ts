import { describe, expect, it } from 'vitest';
import { startConnecting } from '../../src/domain/connect.ts';
import type { Meter, MeterSpec } from '../../src/domain/meter.ts';
import { meterSpec } from '../../src/domain/meter-spec.ts';
import { planFor } from '../../src/domain/plan-blocks.ts';
import { startReading } from '../../src/domain/read.ts';
import type { Identity } from '../../src/domain/store-port.ts';
import { epochMs } from '../../src/domain/units.ts';
import { analyzerConfig, deviceConfig, PROFILES } from '../support/installation.ts';

const NOW = epochMs(Date.parse('2026-05-04T08:00:00Z'));

function specOf(model: string): MeterSpec {
  const analyzer = analyzerConfig({ model, consultes: ['TPF', 'CEA'] });
  return meterSpec(analyzer, deviceConfig(), PROFILES.get(analyzer.profileId)!);
}

const knownAs = (spec: MeterSpec, refused: readonly string[]): Identity => ({
  ...{ profileId: spec.profile.id, text: 'a meter', at: NOW, splits: [], refused, base: 0 },
});

const believed = (spec: MeterSpec, refused: readonly string[]): readonly string[] => {
  const talk = startConnecting(spec, knownAs(spec, refused), NOW);
  return talk.kind === 'asking' ? talk.state.learnt.refused : ['finished'];
};

describe('what a meter refused once', () => {
  const all = (spec: MeterSpec) => spec.profile.registers.map(({ id }) => id);

  it.each([
    [
      'one Modbus register',
      'PM710',
      (spec: MeterSpec) => all(spec).slice(0, 1),
      (spec: MeterSpec) => all(spec).slice(0, 1),
    ],
    ['all that is wanted of a Modbus meter', 'PM710', all, () => []],
    ['one command of a CVM meter, which was silent', 'CVMk', (spec: MeterSpec) => all(spec).slice(0, 1), () => []],
  ])('is believed, or not, when it is connected again: %s', (_, model, refused, kept) => {
    const spec = specOf(model);
    expect(believed(spec, refused(spec))).toEqual(kept(spec));
  });

  it('leaves nothing to ask: then the meter counts as lost, and is connected again', () => {
    const spec = specOf('PM710');
    const identity = knownAs(spec, all(spec));
    const plan = planFor(spec, identity).normal;
    const meter: Meter = { identity, exponents: {}, exponentsAt: NOW, plan, rapidPlan: null, once: [] };
    const reading = startReading(spec, meter, 'normal', NOW);
    expect(plan.blocks).toEqual([]);
    expect(reading).toMatchObject({ kind: 'finished', result: { lost: true, failure: { code: 'DEVICE_REFUSED' } } });
  });
});
