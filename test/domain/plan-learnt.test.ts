import { describe, expect, it } from 'vitest';
import { continueConnecting, startConnecting } from '../../src/domain/connect.ts';
import type { MeterSpec } from '../../src/domain/meter.ts';
import { meterSpec } from '../../src/domain/meter-spec.ts';
import { planFor } from '../../src/domain/plan-blocks.ts';
import { continueReading, startReading } from '../../src/domain/read.ts';
import { NOTHING_LEARNT } from '../../src/domain/register-map.ts';
import { epochMs } from '../../src/domain/units.ts';
import { meterIn } from '../support/connecting.ts';
import { START, talk } from '../support/fake-meter.ts';
import { analyzerConfig, deviceConfig, PROFILES } from '../support/installation.ts';

/** The spec of a meter of which these codes are read; all that its profile has where none are given. */
function specOf(profileId: string, consultes: readonly string[] = []): MeterSpec {
  const profile = PROFILES.get(profileId)!;
  const codes = consultes.length > 0 ? consultes : profile.variables.map(({ code }) => code);
  return meterSpec(analyzerConfig({ model: profile.model, profileId, consultes: codes }), deviceConfig(), profile);
}

/** A meter that has the registers of its profile and refuses whatever lies between them. */
function strictMeter({ profile }: MeterSpec) {
  const spans = profile.registers.flatMap(({ source }) => (source.kind === 'modbus' ? [source] : []));
  const held = new Set(spans.flatMap(({ address, words }) => Array.from({ length: words }, (_, n) => address + n)));
  const refuses = Array.from({ length: 65_536 }, (_, address) => address).filter((address) => !held.has(address));
  const frequency = profile.registers.find(({ id }) => id === profile.signature?.register)?.source;
  const words = frequency?.kind === 'modbus' ? { [`${frequency.function}:${frequency.address}`]: 5000 } : {};
  return { refuses, words, serverId: profile.model, deviceId: profile.model };
}

/** Requests of a cycle once all that the meter refuses was learnt. */
function requestsLearnt(spec: MeterSpec): number {
  const fake = strictMeter(spec);
  let meter = meterIn(talk(startConnecting(spec, null, START), continueConnecting, fake).result);
  let asked: readonly string[] = [];
  const at = epochMs(meter.exponentsAt + 1000);
  for (let n = 0; n < 8; n += 1) {
    const reading = talk(startReading(spec, meter, 'normal', at), continueReading, fake, at);
    asked = reading.asked;
    meter = reading.result.meter;
  }
  return asked.length;
}

describe('a meter that refuses every hole of its map', () => {
  it('PM710 as it is shipped takes the two requests of a cycle that the plan says', () => {
    const spec = specOf('pm710', ['TPF', 'IPF', 'FRE', 'PAF', 'PAT', 'PRT', 'FPT', 'THDV', 'CEA', 'CER']);
    expect(planFor(spec, NOTHING_LEARNT).normal.blocks).toHaveLength(2);
    expect(requestsLearnt(spec)).toBe(2);
  });
});
