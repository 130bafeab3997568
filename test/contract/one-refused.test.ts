import { describe, expect, it } from 'vitest';
import { loadProfiles } from '../../drivers/profiles/load.ts';
import { continueConnecting, startConnecting } from '../../src/domain/connect.ts';
import type { Meter } from '../../src/domain/meter.ts';
import type { Profile, Register } from '../../src/domain/profile.ts';
import { continueReading, startReading } from '../../src/domain/read.ts';
import { type FakeMeter, START, talk } from '../support/fake-meter.ts';
import { specOf } from '../support/profile.ts';

/** Readings after which all that a refusal teaches is learnt. */
const READINGS = 4;
const profiles = [...loadProfiles().profiles.values()].filter(
  ({ protocol, discovery }) => protocol === 'modbus' && discovery === null,
);

const addressOf = ({ source }: Register) => (source.kind === 'modbus' ? source.address : -1);

/** What a reading of all codes answers once a meter that lacks this register is known. */
function readWithout(profile: Profile, lacking: Register): ReadonlySet<string> {
  const codes = profile.variables.map(({ code }) => code);
  const spec = specOf({ ...profile, identify: [], signature: null }, { consultes: codes });
  const fake: FakeMeter = { refuses: [addressOf(lacking)] };
  const { result } = talk(startConnecting(spec, null, START), continueConnecting, fake);
  if (result.kind === 'failed') throw new Error(result.failure.message);
  let meter: Meter = result.meter;
  let answered: ReadonlySet<string> = new Set();
  for (let n = 0; n < READINGS; n += 1) {
    const { result: read } = talk(startReading(spec, meter, 'normal', START), continueReading, fake);
    answered = new Set(read.answered.flatMap(({ block }) => block.registers));
    meter = read.meter;
  }
  return answered;
}

describe('a meter that refuses one register of its map', () => {
  it.each(profiles.map((profile) => ({ id: profile.id, profile })))('$id: all others are read', ({ profile }) => {
    const wanted = new Set(profile.variables.flatMap(({ registers }) => registers));
    const candidates = profile.registers.filter(({ id, quantity }) => wanted.has(id) && quantity !== 'scaleExponent');
    for (const share of [0.3, 0.7]) {
      const lacking = candidates[Math.round(share * (candidates.length - 1))];
      if (lacking === undefined) continue;
      const answered = readWithout(profile, lacking);
      const missed = [...wanted].filter((id) => id !== lacking.id && !answered.has(id));
      expect(missed, `without ${lacking.id}`).toEqual([]);
    }
  });

  it('is told from one that refuses nothing', () => {
    const [profile] = profiles;
    const [first] = profile?.registers ?? [];
    if (profile === undefined || first === undefined) throw new Error('no profile');
    expect(readWithout(profile, first).has(first.id)).toBe(false);
  });
});
