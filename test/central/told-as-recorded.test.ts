import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSimulatedMeter } from '../../drivers/simulated/meter.ts';
import { oldRecord, variablesOf as oldVariables } from '../../src/central/api/routes/old-reading.ts';
import { API_SETTINGS } from '../../src/central/api/settings.ts';
import { type Centre, createCentre } from '../../src/central/centre.ts';
import { differenceOf } from '../../src/central/ingest/compare.ts';
import { parseRecordLine } from '../../src/central/ingest/record-line.ts';
import { systemClock } from '../../src/clock.ts';
import { printed } from '../../src/domain/dades.ts';
import type { AnalyzerConfig } from '../../src/domain/installation.ts';
import type { Reading } from '../../src/domain/reading.ts';
import type { LectorRecord } from '../../src/domain/record.ts';
import { recordOf } from '../../src/domain/record-of.ts';
import { epochMs } from '../../src/domain/units.ts';
import { createClientRest } from '../../src/exporters/client-rest/client-rest.ts';
import { sentValues } from '../../src/exporters/client-rest/old-call.ts';
import { isoTime } from '../../src/protocol/iso-time.ts';
import { type RecordWire, recordWire } from '../../src/protocol/record-wire.ts';
import { zoneOffset } from '../../src/zone.ts';
import { emptyDatabase } from '../support/database.ts';
import { fakePlant } from '../support/exporter-context.ts';
import { analyzerConfig, PROFILES } from '../support/installation.ts';
import { createLogLines } from '../support/log-lines.ts';

const madrid = zoneOffset('Europe/Madrid');
const QUARTER_MS = 900_000;
/** A quarter before the clocks of Madrid are put back: 02:45 comes twice in what follows. */
const FIRST = Date.UTC(2026, 9, 25, 0, 15);
const COUNT = 6;

/** All that each shipped profile measures, every other code on the fast grid. */
const ANALYZERS: readonly AnalyzerConfig[] = [...PROFILES.values()].map((profile, index) => {
  const codes = profile.variables.map(({ code }) => code);
  const own = { model: profile.model, profileId: profile.id, readingMs: 60_000, recordingMs: QUARTER_MS };
  const rapid = { readingMs: 10_000, consultes: codes.filter((_, n) => n % 2 === 1) };
  return analyzerConfig({ ...own, id: index + 1, consultes: codes.filter((_, n) => n % 2 === 0), rapid });
});

/** Numbers that texts and databases like to change. */
const nasty = fc.sample(
  fc.oneof(
    fc.constantFrom(0, -0, 5e-324, -5e-324, 2 ** 53 + 2, 1e21, 1.5e-7, 0.1 + 0.2, -1e300, Number.MAX_VALUE, 1 / 3),
    fc.double(),
  ),
  { numRuns: 2_000, seed: 7 },
);

function readings(analyzer: AnalyzerConfig, quarter: number): readonly Reading[] {
  const profile = PROFILES.get(analyzer.profileId)!;
  const meter = createSimulatedMeter({ profile, seed: 1, analyzerId: analyzer.id });
  const isNasty = quarter === COUNT - 1;
  let next = analyzer.id;
  const read = (register: string, at: number): number | null => {
    next += 1;
    if (next % 17 === 0) return null;
    if (isNasty) return nasty[next % nasty.length]!;
    return meter.truthOf(register, epochMs(at), { resetAt: quarter === 2 ? epochMs(FIRST) : null, zero: false });
  };
  const on = (grid: Reading['grid'], codes: readonly string[], everyMs: number) =>
    Array.from({ length: QUARTER_MS / everyMs }, (_, n): Reading => {
      const at = epochMs(FIRST + (quarter - 1) * QUARTER_MS + (n + 1) * everyMs);
      const variables = profile.variables.filter(({ code }) => codes.includes(code));
      const values = variables.map(
        ({ code, registers }) => [code, registers.map((register) => read(register, at))] as const,
      );
      const counterAt = Object.fromEntries(codes.map((code) => [code, epochMs(at + 137)]));
      const own = { analyzerId: analyzer.id, nominal: at, at, counterAt, flags: {}, ratio: 40, failure: null, grid };
      return { ...own, values: Object.fromEntries(values) };
    });
  if (quarter === 3) return [];
  return [
    ...on('normal', analyzer.consultes, analyzer.readingMs),
    ...on('rapid', analyzer.rapid!.consultes, analyzer.rapid!.readingMs),
  ];
}

/** One after the other, as a lector makes them; the last end comes twice, for the clock was put back. */
function recorded(analyzer: AnalyzerConfig): readonly LectorRecord[] {
  const records: LectorRecord[] = [];
  for (const [quarter, generation] of [0, 1, 2, 3, 4, 5, 5].map((n, index) => [n, index === 6 ? 1 : 0] as const)) {
    const end = FIRST + quarter * QUARTER_MS;
    records.push(
      recordOf({
        ...{ nodeId: 4, analyzer, profile: PROFILES.get(analyzer.profileId)!, generation },
        window: { start: epochMs(end - QUARTER_MS), end: epochMs(end) },
        readings: readings(analyzer, generation === 0 ? quarter : 4).map((each) =>
          generation === 0 ? each : { ...each, nominal: epochMs(each.nominal + QUARTER_MS) },
        ),
        previous: records.at(-1) ?? null,
      }),
    );
  }
  return records;
}

/** As it travels: -0 is 0, and what is not finite is missing. */
const wireOf = (record: LectorRecord): RecordWire =>
  inOrder(JSON.parse(JSON.stringify(recordWire(record, (at) => isoTime(at, madrid)))));

/** As a daily file keeps it. */
function fromDades(value: number): number | null {
  const read = Number(printed(value));
  return Number.isFinite(read) ? read : null;
}

/** Flags are a set. */
function inOrder(record: RecordWire): RecordWire {
  const variables = Object.entries(record.variables).map(
    ([code, each]) => [code, { ...each, flags: [...each.flags].sort() }] as const,
  );
  return { ...record, variables: Object.fromEntries(variables) };
}

describe('what a lector of every shipped profile has recorded', () => {
  let centre: Centre;
  let drop: () => Promise<void>;
  const all = new Map(ANALYZERS.map((analyzer) => [analyzer.id, recorded(analyzer)] as const));
  beforeAll(async () => {
    const database = await emptyDatabase();
    ({ drop } = database);
    const about = { database: { url: database.url }, port: 0, settings: API_SETTINGS, version: '9.9.9', zoneOffset };
    centre = await createCentre({ ...about, clock: systemClock(), log: createLogLines() });
    const { context } = fakePlant({ type: 'clientRest', target: `${centre.origin}/ws/v2`, analyzers: ANALYZERS });
    const { exporter } = createClientRest(context);
    const owed = [...all.values()].flat().map((record, sequence) => ({ sequence, record }));
    for (let from = 0; from < owed.length; from += exporter!.batchMax) {
      const results = await exporter!.deliver(owed.slice(from, from + exporter!.batchMax));
      expect(new Set(results.map(({ kind }) => kind))).toEqual(new Set(['delivered']));
    }
    await exporter!.close();
  }, 60_000);
  afterAll(async () => {
    await centre?.close();
    await drop?.();
  });

  const RANGE = 'from=2026-10-24&to=2026-10-26';
  const ask = async (path: string): Promise<string> => {
    const answer = await fetch(centre.origin + path);
    expect([path, answer.status]).toEqual([path, 200]);
    return answer.text();
  };
  const records = (id: number, own = '') => ask(`/api/v1/records?node=4&analyzer=${id}&${RANGE}${own}`);

  it.each(ANALYZERS)('comes back as it was in JSON: $model', async ({ id }) => {
    const answer = JSON.parse(await records(id, '&generations=all'));
    expect(answer.records.map(inOrder)).toEqual(all.get(id)!.map(wireOf));
    const last = JSON.parse(await records(id));
    expect(last.records.map(inOrder)).toEqual(
      all
        .get(id)!
        .filter((_, n) => n !== COUNT - 1)
        .map(wireOf),
    );
  });

  it.each(ANALYZERS)('comes back to the last digit in CSV, under its phase and unit: $model', async (analyzer) => {
    const [head = '', ...lines] = (await records(analyzer.id, '&format=csv&full=true&generations=all')).split('\n');
    const titles = head.split(',');
    const { variables, registers } = PROFILES.get(analyzer.profileId)!;
    const wires = all.get(analyzer.id)!.map(wireOf);
    expect(lines.slice(0, -1).map((line) => line.split(',')[titles.indexOf('end UTC')])).toEqual(
      wires.map(({ end }) => new Date(end).toISOString().replace('.000', '')),
    );
    for (const { code, unit, registers: ids } of variables) {
      for (const [index, register] of ids.entries()) {
        const phases = ids.map((one) => registers.find(({ id }) => id === one)?.phase ?? 'none');
        const isOnly = phases.filter((each) => each === phases[index]).length === 1;
        const name = `${code}${phases[index] === 'none' ? '' : ` ${phases[index]}`}${isOnly ? '' : ` ${index + 1}`}`;
        const cells = (title: string) => {
          const place = titles.indexOf(title);
          expect([register, title, place > 0]).toEqual([register, title, true]);
          return lines.slice(0, -1).map((line) => {
            const text = line.split(',')[place] ?? '';
            return text === '' ? null : Number(text) + 0;
          });
        };
        const suffix = unit === '' ? '' : ` [${unit}]`;
        const told = (list: 'values' | 'min' | 'max' | 'n' | 'delta') =>
          wires.map((wire) => wire.variables[code]?.[list][index] ?? null);
        expect(cells(`${name}${suffix}`)).toEqual(told('values'));
        expect(cells(`${name} least${suffix}`)).toEqual(told('min'));
        expect(cells(`${name} greatest${suffix}`)).toEqual(told('max'));
        expect(cells(`${name} readings`)).toEqual(told('n'));
        if (wires[0]?.variables[code]?.aggregate === 'counter') {
          expect(cells(`${name} added${suffix}`)).toEqual(told('delta'));
        }
      }
    }
  });

  it.each(ANALYZERS)('comes back to two decimals by the old call, each code alone: $model', async (analyzer) => {
    const { variables } = PROFILES.get(analyzer.profileId)!;
    const wires = all
      .get(analyzer.id)!
      .filter((_, n) => n !== COUNT - 1)
      .map(wireOf);
    for (const { code, unit, description } of variables) {
      const text = await ask(`/ws/v2/history/load/4/${analyzer.id}/${code}/24-10-2026/25-10-2026/`);
      const expected = wires.flatMap(({ end, variables: told }) => {
        const values = told[code]!.values.map((each) => (each === null ? null : Number(each.toFixed(2)) + 0));
        if (values.every((each) => each === null)) return [];
        const valor = values.length === 1 ? values[0] : values;
        return [{ dataHora: end.slice(0, 19), variable: code, descripcio: description, valor, unitats: unit }];
      });
      expect(JSON.parse(text).ResultSet.Lectures).toEqual(expected);
    }
  });

  it('is the newest reading of each', async () => {
    const { readings: found } = JSON.parse(await ask('/api/v1/readings?node=4'));
    const told = found.map(({ analyzer, values }: { analyzer: number; values: unknown }) => [analyzer, values]);
    const expected = [...all].map(([id, own]) => {
      const variables = Object.entries(wireOf(own.at(-1)!).variables);
      return [id, Object.fromEntries(variables.map(([code, { values }]) => [code, values]))];
    });
    expect(told).toEqual(expected);
  });

  it.each(
    ANALYZERS,
  )('is the same when it is sent again, also with two decimals as daily files have it: $model', async (analyzer) => {
    const own = all.get(analyzer.id)!;
    const body = own.map((record) => `${JSON.stringify(recordWire(record, (at) => isoTime(at, () => 0)))}\n`).join('');
    const again = await fetch(`${centre.origin}/api/v1/records`, { method: 'POST', body });
    expect(JSON.parse(await again.text()).results).toEqual(own.map(() => ({ status: 'duplicate' })));
    for (const record of own) {
      const { variables, model, end } = record;
      const values = Object.entries(variables).map(
        ([code, each]) => [code, each.values.map((value) => (value === null ? null : fromDades(value)))] as const,
      );
      const said = oldVariables(JSON.stringify(sentValues(Object.fromEntries(values))), () => 'mean');
      const kept = parseRecordLine(JSON.stringify(wireOf(record)));
      // what nothing was read of is no line
      expect([kept.ok, said.ok]).toEqual([true, record.n > 0]);
      if (!said.ok || !kept.ok) continue;
      const old = oldRecord({ node: 4, analyzer: analyzer.id, model, end, variables: said.value });
      expect([differenceOf(kept.value, old), differenceOf(old, kept.value)]).toEqual([null, null]);
    }
    expect(JSON.parse(await records(analyzer.id, '&generations=all')).records).toHaveLength(own.length);
  });

  it.each(ANALYZERS)('comes to one day of 25 hours: $model', async ({ id }) => {
    const answer = JSON.parse(await records(id, '&resolution=day'));
    expect(answer.records).toHaveLength(1);
    const [day] = answer.records;
    const wires = all.get(id)!.map(wireOf);
    expect([day.start, day.end]).toEqual(['2026-10-25T00:00:00.000+02:00', '2026-10-26T00:00:00.000+01:00']);
    expect(day.records).toBe(wires.length);
    for (const [code, variable] of Object.entries(day.variables as RecordWire['variables'])) {
      for (const [index, value] of variable.values.entries()) {
        const list = (name: 'values' | 'min' | 'max' | 'delta') =>
          wires.flatMap((wire) => wire.variables[code]?.[name][index] ?? []);
        const extreme = (name: 'min' | 'max') => (list(name).length === 0 ? null : Math[name](...list(name)));
        expect([code, variable.min[index], variable.max[index]]).toEqual([code, extreme('min'), extreme('max')]);
        if (variable.aggregate === 'counter' || variable.aggregate === 'last') {
          expect([code, value]).toEqual([code, list('values').at(-1) ?? null]);
        }
      }
    }
  });
});
