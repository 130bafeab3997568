import { withCrc } from '../../../drivers/modbus/crc.ts';
import { loadProfiles } from '../../../drivers/profiles/load.ts';
import { createSimulatedMeter } from '../../../drivers/simulated/meter.ts';
import { createSimulatedLine, type SimulatedLineOptions } from '../../../drivers/simulated/simulated-line.ts';
import type { Profile } from '../../../src/domain/profile.ts';
import { createSteppedClock } from '../../support/stepped-clock.ts';

type RigOptions = Partial<SimulatedLineOptions> & {
  readonly models?: readonly string[];
  readonly profiles?: readonly Profile[];
};

export const { profiles } = loadProfiles();

/** A line with the meters of these profiles at the addresses 1, 2, ... on a stepped clock. */
export function lineWith(o: RigOptions = {}) {
  const clock = createSteppedClock();
  const given = o.profiles ?? (o.models ?? ['pm710', 'sdm630']).map((id) => profiles.get(id)!);
  const meters = given.map((profile, n) => ({
    analyzerId: n + 1,
    unit: n + 1,
    meter: createSimulatedMeter({ profile, seed: 7, analyzerId: n + 1 }),
  }));
  const base = { description: 'simulated line', protocol: 'rtu', baud: 19_200, meters, faults: [], clock } as const;
  return { clock, meters, line: createSimulatedLine({ ...base, ...o }) };
}
export type Rig = ReturnType<typeof lineWith>;

export const request = (unit: number, fn: number, address: number, count: number) =>
  withCrc(Uint8Array.of(unit, fn, address >> 8, address & 0xff, 0, count));
/** Of the PM710 at address 1: its voltages (3 registers), its active energy (2). */
export const VOLTAGES = request(1, 3, 4032, 3);
export const ENERGY = request(1, 3, 3999, 2);

/** All that arrives within `ms`, with the time of its first and its last byte since now. */
export async function listen({ line, clock }: Rig, ms: number) {
  const from = clock.mono();
  const bytes: number[] = [];
  const times: number[] = [];
  let over = false;
  const reading = (async () => {
    while (!over) {
      const chunk = await line.read();
      bytes.push(...chunk);
      times.push(clock.mono() - from);
    }
  })().catch(() => undefined);
  await clock.advance(ms);
  over = true;
  await line.close();
  await reading;
  await line.open();
  return { bytes: Uint8Array.from(bytes), firstMs: times[0] ?? -1, lastMs: times.at(-1) ?? -1 };
}

/** Sends a request and gives all that comes within `ms`. */
export async function ask(rig: Rig, bytes: Uint8Array, ms = 1000) {
  await rig.line.open();
  await rig.line.write(bytes, 100);
  return listen(rig, ms);
}

/** The counter in the answer to {@link ENERGY}, raw. */
export const counterOf = (bytes: Uint8Array) => (bytes[3]! << 24) | (bytes[4]! << 16) | (bytes[5]! << 8) | bytes[6]!;
