import type { BlockAnswer, MeterSpec, ReadResult } from '../../src/domain/meter.ts';
import type { Profile } from '../../src/domain/profile.ts';
import { readingOf } from '../../src/domain/reading-of.ts';
import { NOTHING_LEARNT } from '../../src/domain/register-map.ts';
import { epochMs } from '../../src/domain/units.ts';
import { START } from './fake-meter.ts';
import { specOf } from './profile.ts';

/** `ms` after the start of the tests. */
export const at = (ms: number) => epochMs(START + ms);
/** The answer to a block of FC3. */
export const words = (
  address: number,
  values: readonly number[],
  registers: readonly string[],
  ms = 0,
): BlockAnswer => ({
  block: { kind: 'registers', function: 3, address, count: values.length, registers },
  answer: { kind: 'words', words: values, at: at(ms), tookMs: 20 },
});
const resultOf = (profile: Profile, answered: readonly BlockAnswer[], own: Partial<ReadResult> = {}): ReadResult => ({
  answered,
  failure: null,
  lost: false,
  meter: {
    identity: { profileId: profile.id, text: '', at: START, ...NOTHING_LEARNT },
    exponents: {},
    exponentsAt: START,
    plan: { blocks: [] },
    rapidPlan: null,
    once: [],
  },
  ...own,
});
/** The reading that comes of these answers. */
export const reading = (
  profile: Profile,
  answered: readonly BlockAnswer[],
  o: {
    readonly spec?: Partial<MeterSpec>;
    readonly result?: Partial<ReadResult>;
    readonly grid?: 'normal' | 'rapid';
  } = {},
) =>
  readingOf({
    spec: specOf(profile, o.spec),
    nominal: START,
    at: at(7),
    grid: o.grid ?? 'normal',
    result: resultOf(profile, answered, o.result),
  });
