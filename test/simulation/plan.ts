import type { AnalyzerConfig } from '../../src/domain/installation.ts';
import type { Profile } from '../../src/domain/profile.ts';
import type { FieldLine } from '../support/field.ts';
import { analyzerConfig, PROFILES } from '../support/installation.ts';
import type { Chance } from './dice.ts';

const MINUTE = 60_000;

/** A plant that a seed draws: lines, meters of many models, and when all begins. */
export type Plan = {
  readonly start: string;
  readonly timezone: string;
  readonly lines: readonly FieldLine[];
  readonly analyzers: readonly AnalyzerConfig[];
};

const STARTS = [
  ['2026-05-04T07:58:00Z', 'Europe/Madrid'],
  ['2026-03-28T14:10:00Z', 'Europe/Rome'],
  ['2026-10-24T14:10:00Z', 'Europe/Rome'],
  ['2026-10-03T03:00:00Z', 'Australia/Lord_Howe'],
  ['2027-12-31T18:00:00Z', 'UTC'],
] as const;

/** `paceMin`: the reading intervals are about so long. */
export function drawPlan(chance: Chance, paceMin: number): Plan {
  const [start, timezone] = chance.pick(STARTS);
  const modbus = [...PROFILES.values()].filter(({ protocol }) => protocol === 'modbus');
  const cvm = [...PROFILES.values()].filter(({ protocol }) => protocol === 'cvm');
  const lines: readonly FieldLine[] = [
    { id: 1, protocol: 'rtu' },
    { id: 2, protocol: 'cvm' },
    { id: 3, protocol: 'tcp', device: { closeAfterPoll: chance.hit(0.3) } },
  ];
  const places = [1, 1, 1, 2, 2, 3, 3];
  const analyzers = places.map((deviceId, index) => {
    const profile = chance.pick(deviceId === 2 ? cvm : modbus);
    return drawAnalyzer(chance, { id: index + 1, deviceId, profile, paceMin });
  });
  return { start, timezone, lines, analyzers };
}

type Drawn = { readonly id: number; readonly deviceId: number; readonly profile: Profile; readonly paceMin: number };

function drawAnalyzer(chance: Chance, { id, deviceId, profile, paceMin }: Drawn): AnalyzerConfig {
  const { model, driver, dataDriver } = profile;
  const readingMs = chance.pick([0.5, 1, 1.4]) * paceMin * MINUTE;
  const recordingMs = chance.pick([15, 30, 60, 240].filter((minutes) => minutes * MINUTE >= readingMs)) * MINUTE;
  const codes = profile.variables.filter(({ aggregate }) => aggregate !== 'bits').map(({ code }) => code);
  const counters = profile.variables.filter(({ aggregate }) => aggregate === 'counter').map(({ code }) => code);
  const consultes = [...new Set([...chance.some(codes, 3), ...counters.slice(0, 1)])];
  const rapid = chance.hit(0.2) ? { readingMs: readingMs / 2, consultes: chance.some(consultes, 2) } : null;
  const own = { id, deviceId, readingMs, recordingMs, consultes, rapid };
  // models share names, profiles do not
  return analyzerConfig({ ...own, model, driver, dataDriver, profileId: profile.id });
}
