import pg from 'pg';
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

const ANALYZERS = 100;
const QUARTER_MS = 900_000;
/** A million records of so many analyzers: some months of quarter hours. */
const RECORDS = Number(process.env.LECTOR_BENCH_RECORDS ?? 1_000_000);
const BEGIN = Date.UTC(2026, 0, 1);
const ASKED = 40;
const RATIO_MAX = 2;
const TARGET = `<= ${RATIO_MAX} x the bare query; p95 <= 150 ms`;
const BYTES_MAX = 100;
const VALUES = 20;
const SILENT: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

const COUNTS = { TPF: 3, IPF: 4, FRE: 1, PAF: 3, PAT: 1, PRT: 1, FPT: 1, THDV: 3, THDI: 1, CEA: 1, CER: 1 } as const;

function variable(code: string, count: number): CentralVariable {
  const aggregate = code === 'CEA' || code === 'CER' ? 'counter' : 'mean';
  const values = Array.from({ length: count }, (_, index) => 230.123 + index);
  const shared = { aggregate, values, expected: 15, flags: [] } as const;
  if (aggregate === 'mean') {
    return {
      ...{ ...shared, min: values.map((each) => each - 1.5), max: values.map((each) => each + 1.5) },
      ...{ n: values.map(() => 15), delta: values.map(() => null), at: null },
    };
  }
  return { ...shared, min: values, max: values, n: [15], delta: [1.25], at: epochMs(BEGIN) };
}

function record(analyzer: number, end: number): CentralRecord {
  const variables = Object.entries(COUNTS).map(([code, count]) => [code, variable(code, count)] as const);
  return {
    ...{ node: 1, analyzer, model: 'PM710', start: epochMs(end - QUARTER_MS), end: epochMs(end), generation: 0 },
    ...{ n: 15, expected: 15, ratio: 40, variables: Object.fromEntries(variables) },
  };
}

/** One record of each month the usual way, which makes tables and shapes; then copies of it, each with other values. */
async function fill(url: string, perAnalyzer: number): Promise<void> {
  const database = await openDatabase({ url, log: SILENT });
  const parts = { database, clock: systemClock(), log: SILENT };
  try {
    await database.migrate();
    const registry = createRegistry(parts);
    await registry.addNode(1, { timezone: 'UTC' });
    for (let id = 1; id <= ANALYZERS; id += 1) await registry.addAnalyzer(1, id, { model: 'PM710' });
    const ingest = createIngest(parts);
    const days = Array.from({ length: Math.ceil((perAnalyzer * QUARTER_MS) / 86_400_000) + 1 }, (_, day) => day);
    const all = days.map((day) => record(ANALYZERS + 1, BEGIN + day * 86_400_000 + QUARTER_MS));
    await registry.addAnalyzer(1, ANALYZERS + 1, { model: 'PM710' });
    const verdicts = await ingest.put(all, false);
    const refused = verdicts.find(({ status }) => status !== 'stored');
    if (refused !== undefined) throw new Error(`a record was ${refused.status}: ${refused.reason}`);
    await ingest.close();
    await database.pool.query(
      `INSERT INTO records (node_id, analyzer_id, end_at, generation, start_at, ratio, model, shape_id, n, expected,
         "values", lows, highs, counts, expecteds, deltas, ages_ms, flags)
       SELECT 1, a, at, 0, at - interval '15 minutes', ratio, model, shape_id, n, expected,
         ARRAY(SELECT v + random() FROM unnest("values") AS v), ARRAY(SELECT v + random() FROM unnest(lows) AS v),
         ARRAY(SELECT v + random() FROM unnest(highs) AS v), counts, expecteds, deltas, ages_ms, flags
       FROM (SELECT * FROM records LIMIT 1) AS one, generate_series(1, ${ANALYZERS}) AS a,
         generate_series(to_timestamp(${BEGIN / 1000}) + interval '15 minutes',
           to_timestamp(${BEGIN / 1000}) + interval '15 minutes' * ${perAnalyzer}, interval '15 minutes') AS at`,
    );
    await database.pool.query('VACUUM ANALYZE');
  } finally {
    await database.close();
  }
}

/** What the API asks, by a client that decodes nothing. */
function bare(client: pg.Client, analyzer: number): Promise<{ readonly rows: readonly unknown[] }> {
  const types = { getTypeParser: () => (text: string) => text };
  return client.query({
    text: `SELECT * FROM records WHERE node_id = 1 AND analyzer_id = $1
      AND end_at > '2026-01-01' AND end_at <= '2026-02-01'
      ORDER BY end_at, generation`,
    values: [analyzer],
    types: types as never,
    rowMode: 'array',
  });
}

const path = (analyzer: number) =>
  `/api/v1/records?node=1&analyzer=${analyzer}&from=2026-01-01T00:00:00Z&to=2026-02-01T00:00:00Z`;

const took = async (work: () => Promise<unknown>): Promise<number> => {
  const began = performance.now();
  await work();
  return performance.now() - began;
};

async function measure(url: string): Promise<{ readonly ours: number[]; readonly control: number[] }> {
  const client = new pg.Client({ connectionString: url });
  const centre = startContestant(nodeCommand('./ingest-centre.ts', url));
  const [ours, control]: [number[], number[]] = [[], []];
  try {
    await client.connect();
    const { port } = await centre.next<{ readonly port: number }>();
    for (let run = 0; run < ASKED + 3; run += 1) {
      const analyzer = 1 + ((run * 37) % ANALYZERS);
      const plain = await took(() => bare(client, analyzer));
      const asked = await took(async () => {
        const answer = await fetch(`http://127.0.0.1:${port}${path(analyzer)}`);
        if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
        await answer.arrayBuffer();
      });
      // the first ones warm up
      if (run < 3) continue;
      control.push(plain);
      ours.push(asked);
    }
  } finally {
    await client.end();
    await centre.end();
  }
  return { ours, control };
}

async function bytesPerValue(url: string, count: number): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const text = `SELECT sum(pg_total_relation_size(inhrelid))::float8 AS bytes FROM pg_inherits
    WHERE inhparent = 'records'::regclass`;
  const { rows } = await client.query<{ readonly bytes: number }>(text).finally(() => client.end());
  return (rows[0]?.bytes ?? Number.NaN) / (count * VALUES);
}

export const bench: Bench = {
  id: 'history',
  title: `B9 one analyzer, one month, out of many`,
  target: TARGET,
  run: () =>
    withPostgres(async (postgres): Promise<readonly BenchLine[]> => {
      const url = await newDatabase(postgres, 'history');
      const perAnalyzer = Math.ceil(RECORDS / ANALYZERS);
      await fill(url, perAnalyzer);
      const { ours, control } = await measure(url);
      const ratio = median(ours.map((each, index) => each / (control[index] ?? Number.NaN)));
      const bytes = await bytesPerValue(url, perAnalyzer * ANALYZERS);
      return [
        {
          ...{ name: 'B9 a month of 20 values through the API', ours: median(ours), control: median(control), ratio },
          ...{ unit: 'ms', target: TARGET, pass: ratio <= RATIO_MAX },
          note: `p95 ${percentile(ours, 0.95).toFixed(0)} ms; control: the same SELECT, not decoded`,
        },
        {
          ...{ name: 'B9 bytes on disk', ours: bytes, control: null, ratio: null, unit: 'B/value' },
          ...{ target: `<= ${BYTES_MAX}`, pass: bytes <= BYTES_MAX },
        },
      ];
    }),
};
