import type { AnalyzerConfig, DeviceConfig } from '../../src/domain/installation.ts';
import type { AnalyzerId } from '../../src/domain/units.ts';
import { analyzerConfig, deviceConfig, simulated } from '../support/installation.ts';
import { MINUTE, runPlant, SECOND, untrue } from '../support/plant.ts';
import { type Chance, createChance } from './dice.ts';

type Plan = { readonly devices: readonly DeviceConfig[]; readonly analyzers: readonly AnalyzerConfig[] };

const IDS = [1, 2, 3, 4, 5, 6] as const;
/** Their current transformers or places change: what was read before stays out of records then, as other tests say. */
const REWIRED: readonly AnalyzerId[] = [4, 5, 6];
/** Time in which who is connected anew may miss a reading, and until a reading that fell due is made. */
const CONNECT_MS = 20 * SECOND;
const SETTLE_MS = 4 * SECOND;

/** Every possible analyzer and device; a configuration has some of them. */
const FIRST: Plan = {
  devices: [1, 2, 3].map((id) => deviceConfig({ id })),
  analyzers: IDS.map((id) => analyzerConfig({ id, deviceId: 1 + (id % 3), readingMs: 10 * SECOND })),
};

type Step = (analyzer: AnalyzerConfig, chance: Chance) => AnalyzerConfig;

const rewired = (each: AnalyzerConfig, change: Partial<AnalyzerConfig>): AnalyzerConfig =>
  REWIRED.includes(each.id) ? { ...each, ...change } : each;

const STEPS: Readonly<Record<string, Step>> = {
  name: (each, chance) => ({ ...each, name: `name ${chance.below(9)}` }),
  reading: (each, chance) => ({ ...each, readingMs: chance.pick([5, 10, 20, 30]) * SECOND }),
  recording: (each, chance) => ({ ...each, recordingMs: chance.pick([1, 2, 3, 4, 5]) * MINUTE }),
  address: (each, chance) => rewired(each, { address: each.id + 10 * chance.below(4) }),
  device: (each, chance) => rewired(each, { deviceId: 1 + chance.below(3) }),
  consultes: (each, chance) => ({ ...each, consultes: chance.some(['TPF', 'PAT', 'CEA', 'IPF', 'FPR'], 4) }),
  ratio: (each, chance) => rewired(each, { ratio: 1 + chance.below(3) }),
};

function changedPlan(chance: Chance, { devices, analyzers }: Plan): Plan {
  const drawn = (share: number) => chance.hit(share);
  const gone = drawn(0.3) ? chance.some(analyzers, 2) : [];
  const missing = FIRST.analyzers.filter(({ id }) => !analyzers.some((each) => each.id === id));
  const back = missing.length > 0 && drawn(0.5) ? chance.some(missing, 2) : [];
  const stay = analyzers.filter((each) => !gone.includes(each) || analyzers.length - gone.length < 2);
  return {
    devices: devices.map((each) => ({
      ...each,
      ...(drawn(0.08) && { enabled: !each.enabled }),
      ...(drawn(0.08) && { timeoutMs: 500 + 100 * chance.below(6) }),
      ...(drawn(0.08) && { endpoint: simulated('rtu', chance.pick([9600, 19_200, 38_400])) }),
    })),
    analyzers: [...stay, ...back].map((each) =>
      drawn(0.3) ? STEPS[chance.pick(Object.keys(STEPS))]!(each, chance) : each,
    ),
  };
}

/** Configurations that chance draws, one after another on one running plant; empty: nothing that should never be. */
export async function reloadAtRandom(seed: number, steps: number): Promise<readonly string[]> {
  const chance = createChance(seed);
  const plant = await runPlant(FIRST.devices, FIRST.analyzers);
  const violations: string[] = [];
  let plan = FIRST;
  /** Up to where the readings of each are known to be whole. */
  const checked = new Map<AnalyzerId, number>();
  const isRead = ({ deviceId }: AnalyzerConfig, { devices }: Plan) =>
    devices.some(({ id, enabled }) => id === deviceId && enabled);
  const readIn = (of: Plan) => of.analyzers.filter((each) => isRead(each, of));
  for (const { id } of FIRST.analyzers) checked.set(id, plant.start + CONNECT_MS);

  const checkReadings = (until: number) => {
    for (const { id, readingMs } of readIn(plan)) {
      const from = checked.get(id) ?? 0;
      const good = plant.good(id).map(({ nominal }) => Number(nominal));
      for (let at = (Math.floor(from / readingMs) + 1) * readingMs; at <= until - SETTLE_MS; at += readingMs) {
        const times = good.filter((nominal) => nominal === at).length;
        if (times !== 1) violations.push(`analyzer ${id} was read ${times} times at ${at - plant.start}`);
        checked.set(id, at);
      }
    }
  };
  const noteTouched = (next: Plan, touched: ReadonlySet<AnalyzerId>) => {
    const before = new Map(readIn(plan).map((each) => [each.id, each]));
    for (const { id, readingMs } of readIn(next)) {
      const known = before.get(id);
      const now = plant.clock.now();
      if (known === undefined || touched.has(id)) checked.set(id, now + CONNECT_MS);
      // those that fell due on the former grid and are not made yet are not looked for
      else if (known.readingMs !== readingMs) checked.set(id, now + SETTLE_MS);
    }
  };

  for (let step = 0; step < steps && violations.length === 0; step += 1) {
    const toMinute = MINUTE - (plant.clock.now() % MINUTE);
    const wait = chance.hit(0.3) ? toMinute + chance.below(4) * 7 : chance.below(150) * SECOND + chance.below(SECOND);
    await plant.clock.advance(wait);
    checkReadings(plant.clock.now());
    const next = chance.hit(0.1) ? FIRST : changedPlan(chance, plan);
    const view = await plant.reload(next);
    const touched = view.changes.flatMap(({ subject, effect }) => (/anew/.test(effect) ? [subject] : []));
    const lines = next.devices.filter(({ id }) => touched.includes(`device:${id}`)).map(({ id }) => id);
    const anew = next.analyzers.filter(
      (each) => lines.includes(each.deviceId) || touched.includes(`analyzer:${each.id}`),
    );
    noteTouched(next, new Set(anew.map(({ id }) => id)));
    plan = next;
  }
  await plant.clock.advance(11 * MINUTE);
  checkReadings(plant.clock.now());
  for (const id of IDS) violations.push(...recordsOf(id).map((text) => `analyzer ${id}: ${text}`));
  for (const { text } of plant.log.lines) if (/crashed|could not/.test(text)) violations.push(`the log says: ${text}`);
  if (plant.app.fleet().leaving.length > 0) violations.push('somebody never left');
  await plant.stop();
  if (plant.clock.pending() > 0) violations.push(`${plant.clock.pending()} timers are left`);
  return violations;

  /** Every reading is in one record, and no record was made of anything else. */
  function recordsOf(id: AnalyzerId): readonly string[] {
    const records = plant.records(id);
    const readings = plant.readings(id).filter(({ nominal }) => nominal > plant.start);
    const overlapping = records.filter(({ start }, n) => start < (records[n - 1]?.end ?? 0));
    const repeated = records.filter(({ generation }) => generation > 0);
    const wrong = [...overlapping, ...repeated].map(({ end }) => `a window was recorded twice, ${end - plant.start}`);
    if (REWIRED.includes(id)) return wrong;
    const isRecorded = (at: number) => records.some(({ start, end }) => at > start && at <= end);
    // what fell into the window that is open is recorded later
    const over = readings.filter(({ nominal }) => nominal <= plant.clock.now() - 6 * MINUTE);
    const lost = over.filter(({ nominal }) => !isRecorded(nominal));
    const counted = records.filter(({ start, end, n }) => {
      const good = readings.filter((each) => each.nominal > start && each.nominal <= end && each.failure === null);
      return start > plant.start && n !== new Set(good.map(({ nominal }) => nominal)).size;
    });
    return [
      ...wrong,
      ...lost.map(({ nominal }) => `what was read at ${nominal - plant.start} is in no record`),
      ...counted.map(({ end, n }) => `the record of ${end - plant.start} has ${n} readings`),
      ...untrue(FIRST.analyzers.find((each) => each.id === id)!, readings),
    ];
  }
}
