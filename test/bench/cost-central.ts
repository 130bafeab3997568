import { readFileSync } from 'node:fs';
import pg from 'pg';
import { createContracts } from '../../src/central/cost/contracts.ts';
import { createIngest } from '../../src/central/ingest/ingest.ts';
import type { CentralRecord, CentralVariable } from '../../src/central/ports.ts';
import { createRegistry } from '../../src/central/registry/registry.ts';
import { openDatabase } from '../../src/central/schema/database.ts';
import { systemClock } from '../../src/clock.ts';
import type { Log } from '../../src/domain/ports.ts';
import { epochMs } from '../../src/domain/units.ts';
import { type Bench, type BenchLine, median } from './bench.ts';
import { nodeCommand, startContestant } from './contestant.ts';
import { newDatabase, withPostgres } from './ingest.ts';
import { percentile } from './table.ts';

const isSmall = process.argv.includes('--small');
const ANALYZERS = isSmall ? 8 : 100;
const WARM = isSmall ? 2 : 5;
const [FROM, TO] = ['2025-01-01', '2026-01-01'];
const QUARTER_MS = 900_000;
const DAY_MS = 86_400_000;
/** A month around the year: what lies at its ends is read too. */
const [BEGIN, END] = [Date.parse('2024-12-15T00:00:00Z'), Date.parse('2026-01-15T00:00:00Z')];
const RATIO_MAX = 2;
const HELD_MAX_MS = 50;
const TARGET = `<= ${RATIO_MAX} x reading the same rows with COPY`;
const CONTRACT = new URL('../../docs/examples/3.0TD-baleares.json', import.meta.url);
const SILENT: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

const MEANS = { TPF: 3, IPF: 4, FRE: 1, PAF: 3, PAT: 1, PRT: 1, FPT: 1, THDV: 3, THDI: 1 } as const;
/** Place of the power of all phases in the list of a record's values, from 1 on. */
const PAT = 12;

function record(analyzer: number, end: number): CentralRecord {
  const shared = { expected: 15, flags: [] } as const;
  const means = Object.entries(MEANS).map(([code, count]): readonly [string, CentralVariable] => {
    const values = Array.from({ length: count }, (_, index) => 230.123 + index);
    const [min, max] = [values.map((each) => each - 1.5), values.map((each) => each + 1.5)];
    const [n, delta] = [values.map(() => 15), values.map(() => null)];
    return [code, { ...shared, aggregate: 'mean', values, min, max, n, delta, at: null }];
  });
  const counters = ['CEA', 'CER'].map((code): readonly [string, CentralVariable] => {
    const values = [1000];
    const at = epochMs(end - 2000);
    return [code, { ...shared, aggregate: 'counter', values, min: values, max: values, n: [15], delta: [1.25], at }];
  });
  return {
    ...{ node: 1, analyzer, model: 'PM710', start: epochMs(end - QUARTER_MS), end: epochMs(end), generation: 0 },
    ...{ n: 15, expected: 15, ratio: 40, variables: Object.fromEntries([...means, ...counters]) },
  };
}

/** Quarter hours of all analyzers, in the order in which they come in, with counters that go on. */
const COPIES = `INSERT INTO records (node_id, analyzer_id, end_at, generation, start_at, ratio, model, shape_id, n,
    expected, "values", lows, highs, counts, expecteds, deltas, ages_ms, flags)
  SELECT 1, a, at, 0, at - interval '15 minutes', ratio, model, shape_id, n, expected,
    noise.list[1:${PAT - 1}] || kw || noise.list[${PAT + 1}:18] || ARRAY[1000 + 3 * q + a, 1000 + q + a],
    noise.list, noise.list, counts, expecteds, ARRAY[3, 1], ages_ms, flags
  FROM (SELECT * FROM records LIMIT 1) AS one,
    generate_series(to_timestamp(${BEGIN / 1000}) + interval '15 minutes', to_timestamp(${END / 1000}),
      interval '15 minutes') WITH ORDINALITY AS quarters (at, q),
    generate_series(1, ${ANALYZERS}) AS a,
    LATERAL (SELECT ARRAY(SELECT v + random() FROM unnest("values") AS v) AS list) AS noise,
    LATERAL (SELECT 5 + 30 * random() AS kw) AS power`;

async function fill(url: string): Promise<void> {
  const database = await openDatabase({ url, log: SILENT });
  const parts = { database, clock: systemClock(), log: SILENT };
  try {
    await database.migrate();
    const registry = createRegistry(parts);
    await registry.addNode(1, { timezone: 'Europe/Madrid' });
    for (let id = 1; id <= ANALYZERS; id += 1) await registry.addAnalyzer(1, id, { model: 'PM710' });
    const contracts = createContracts({ database });
    await contracts.putContract('school', { json: readFileSync(CONTRACT, 'utf8'), hourly: null });
    await contracts.assign({ node: 1, analyzer: null, from: '2020-01-01', contract: 'school' });
    // one of each month the usual way, which makes tables and shapes; then copies of it
    const ingest = createIngest(parts);
    const days = Array.from({ length: (END - BEGIN) / DAY_MS }, (_, day) => BEGIN + day * DAY_MS + QUARTER_MS);
    await registry.addAnalyzer(1, ANALYZERS + 1, { model: 'PM710' });
    const verdicts = await ingest.put(
      days.map((end) => record(ANALYZERS + 1, end)),
      false,
    );
    const refused = verdicts.find(({ status }) => status !== 'stored');
    if (refused !== undefined) throw new Error(`a record was ${refused.status}: ${refused.reason}`);
    await ingest.close();
    await database.pool.query(COPIES);
    await database.pool.query('VACUUM ANALYZE');
  } finally {
    await database.close();
  }
}

/** What COPY is asked for: the rows as they stand, or of them what a bill is made of, as bytes. */
const CONTROLS = {
  whole: { columns: '*', format: '' },
  bare: {
    columns: `end_at, start_at, shape_id, "values"[${PAT}], "values"[${PAT + 1}],
      "values"[19], deltas[1], ages_ms[1], "values"[20], deltas[2], ages_ms[2]`,
    format: '(FORMAT binary)',
  },
} as const;
type Control = keyof typeof CONTROLS;

/** The year of an analyzer as COPY gives it; nothing of it is decoded. */
async function copied(client: pg.Client, analyzer: number, control: Control): Promise<number> {
  const { columns, format } = CONTROLS[control];
  const query = new pg.Query(`COPY (SELECT ${columns} FROM records WHERE node_id = 1 AND analyzer_id = ${analyzer}
    AND end_at > '${FROM} 00:00+01' AND end_at <= '${TO} 00:00+01' ORDER BY end_at, generation) TO STDOUT ${format}`);
  let rows = 0;
  const taken = Object.assign(query, {
    handleCopyData() {
      rows += 1;
    },
  });
  await new Promise((resolve, reject) => client.query(taken).once('end', resolve).once('error', reject));
  return rows;
}

type Bills = { readonly bills: readonly { readonly kwh: number; readonly coverage: number }[] };

async function billed(port: number, analyzer: number): Promise<void> {
  const path = `/api/v1/bills?node=1&analyzer=${analyzer}&from=${FROM}&to=${TO}`;
  const answer = await fetch(`http://127.0.0.1:${port}${path}`);
  if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
  const [bill] = ((await answer.json()) as Bills).bills;
  if (bill?.coverage !== 1 || bill.kwh < 100_000) throw new Error(`a bill of ${bill?.kwh} kWh`);
}

const took = async (work: () => Promise<unknown>): Promise<number> => {
  const began = performance.now();
  await work();
  return performance.now() - began;
};

type Round = Readonly<Record<Control | 'ours', number>>;
type Measured = { readonly rounds: readonly Round[]; readonly heldMs: number };

async function measure(url: string): Promise<Measured> {
  const client = new pg.Client({ connectionString: url });
  const centre = startContestant(nodeCommand('./cost-centre.ts', url));
  const rounds: Round[] = [];
  const held = () => {
    centre.child.stdin?.write('\n');
    return centre.next<{ readonly heldMs: number }>();
  };
  try {
    await client.connect();
    const { port } = await centre.next<{ readonly port: number }>();
    for (let run = -WARM; run < ANALYZERS; run += 1) {
      const analyzer = 1 + ((run + ANALYZERS) % ANALYZERS);
      const whole = await took(() => copied(client, analyzer, 'whole'));
      const ours = await took(() => billed(port, analyzer));
      const bare = await took(() => copied(client, analyzer, 'bare'));
      // the first ones warm up
      if (run === -1) await held();
      if (run >= 0) rounds.push({ whole, ours, bare });
    }
    return { rounds, ...(await held()) };
  } finally {
    await client.end();
    await centre.end();
  }
}

function lineAgainst(rounds: readonly Round[], control: Control) {
  const list = (name: keyof Round) => rounds.map((round) => round[name]);
  const all = (name: keyof Round) => list(name).reduce((sum, each) => sum + each, 0) / 1000;
  const ratio = median(rounds.map((round) => round.ours / round[control]));
  return {
    ...{ ours: median(list('ours')), control: median(list(control)), ratio, unit: 'ms' },
    note:
      `p95 ${percentile(list('ours'), 0.95).toFixed(0)} ms; all ${ANALYZERS} one after the other ` +
      `${all('ours').toFixed(1)} s, COPY ${all(control).toFixed(1)} s`,
  };
}

export const bench: Bench = {
  id: 'cost-central',
  title: `bills of a year of quarter hours of ${ANALYZERS} analyzers at the centre`,
  target: TARGET,
  run: () =>
    withPostgres(async (postgres): Promise<readonly BenchLine[]> => {
      const url = await newDatabase(postgres, 'costs');
      await fill(url);
      const { rounds, heldMs } = await measure(url);
      const [whole, bare] = [lineAgainst(rounds, 'whole'), lineAgainst(rounds, 'bare')];
      return [
        {
          ...{ name: 'a bill of a year at the centre, control COPY of its rows', ...whole },
          ...{ target: TARGET, pass: whole.ratio <= RATIO_MAX },
        },
        {
          ...{ name: 'the same, control binary COPY of what it is made of', ...bare },
          ...{ target: `${RATIO_MAX} x reported`, pass: null },
        },
        {
          ...{
            name: 'longest turn of the centre while it bills',
            ours: heldMs,
            control: null,
            ratio: null,
            unit: 'ms',
          },
          ...{ target: `${HELD_MAX_MS} ms reported`, pass: null },
        },
      ];
    }),
};
