import { loadProfiles } from '../../drivers/profiles/load.ts';
import { createSimulatedMeter, type SimulatedMeter } from '../../drivers/simulated/meter.ts';
import { epochMs } from '../../src/domain/units.ts';

/** A meter that refuses no register: by function and address what a simulated one held at the start, else 0. */
export type RegisterTable = {
  readonly meter: SimulatedMeter | null;
  readonly words: Readonly<Record<number, Uint16Array>>;
};

/** The table of a model; without one, zeros. */
export function registerTable(model: string | undefined): RegisterTable {
  const words: RegisterTable['words'] = { 3: new Uint16Array(0x10000), 4: new Uint16Array(0x10000) };
  const profile = [...loadProfiles().profiles.values()].find((each) => each.model === model);
  if (!profile) return { meter: null, words };
  const meter = createSimulatedMeter({ profile, seed: 7, analyzerId: 1 });
  for (const { source } of profile.registers) {
    if (source.kind !== 'modbus') continue;
    const found = meter.registers(source.function, source.address, source.words, epochMs(Date.now()));
    if ('words' in found) words[source.function]?.set(found.words, source.address);
  }
  return { meter, words };
}
