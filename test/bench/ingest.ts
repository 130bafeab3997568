import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { openPostgres, type Postgres } from '../../src/central/postgres/postgres.ts';
import { systemClock } from '../../src/clock.ts';
import type { Log } from '../../src/domain/ports.ts';
import { type Bench, type BenchLine, median } from './bench.ts';
import { type Command, type Contestant, nodeCommand, resultOf, startContestant } from './contestant.ts';

const ROUNDS = 5;
const SECONDS = 3;
const BARE_MIN = 0.7;
const INSERT_MIN = 1.9;
const P99_MAX_MS = 15;
/** What one run sends at most: the next one sends what lies behind it. */
const RUN_SECONDS = 1_000_000;
const SILENT: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** What a client tells. */
type Told = {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly failed: number;
  readonly all: number;
};
/** `cpu`: of the server, us a post. */
type Run = Told & { readonly cpu: number };
type Server = { readonly contestant: Contestant; readonly port: number };
type Round = Readonly<Record<'bare' | 'without' | 'insert' | 'ours', Run>>;

/** A PostgreSQL as the centre starts it, every commit durable, in a folder that is gone afterwards. */
export async function withPostgres<T>(run: (postgres: Postgres) => Promise<T>): Promise<T> {
  const dir = mkdtempSync(join(tmpdir(), 'lector-bench-'));
  // the user that PostgreSQL runs as under root must pass through
  chmodSync(dir, 0o755);
  const postgres = await openPostgres({ dir: join(dir, 'central'), clock: systemClock(), log: SILENT });
  try {
    return await run(postgres);
  } finally {
    await postgres.close();
    rmSync(dir, { recursive: true, force: true });
  }
}

export async function newDatabase(postgres: Postgres, name: string): Promise<string> {
  const client = new pg.Client({ connectionString: postgres.url });
  await client.connect();
  await client.query(`CREATE DATABASE ${name}`).finally(() => client.end());
  const url = new URL(postgres.url);
  url.pathname = `/${name}`;
  return url.href;
}

async function serve(command: Command): Promise<Server> {
  const contestant = startContestant(command);
  const { port } = await contestant.next<{ readonly port: number }>();
  return { contestant, port };
}

/** CPU time that a process has used, in its threads too, us; its system counts it in hundredths of a second. */
function cpuOf(pid: number | undefined): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10_000;
}

async function load({ contestant, port }: Server, run: number): Promise<Run> {
  const before = cpuOf(contestant.child.pid);
  const command = nodeCommand('./ingest-client.ts', `${port}`, `${SECONDS}`, `${run * RUN_SECONDS}`);
  const told = await resultOf<Told>(command);
  return { ...told, cpu: (cpuOf(contestant.child.pid) - before) / told.all };
}

function rateLine(name: string, rounds: readonly Round[], ours: keyof Round, control: keyof Round, least: number) {
  const ratio = median(rounds.map((round) => round[ours].perSecond / round[control].perSecond));
  const failed = rounds.reduce((sum, round) => sum + round[ours].failed, 0);
  return {
    name,
    ours: median(rounds.map((round) => round[ours].perSecond)),
    control: median(rounds.map((round) => round[control].perSecond)),
    ratio,
    unit: 'posts/s',
    target: `>= ${least} x`,
    pass: ratio >= least && failed === 0,
    note: `${failed} failed; p50 ${median(rounds.map((round) => round[ours].p50)).toFixed(1)} ms`,
  };
}

/** The least of the rounds: what else the machine does only adds to it. */
function cpuLine(name: string, rounds: readonly Round[], ours: keyof Round, control: keyof Round): BenchLine {
  const [own, other] = [ours, control].map((each) => Math.min(...rounds.map((round) => round[each].cpu)));
  const ratio = own! / other!;
  return { name, ours: own!, control: other!, ratio, unit: 'us', target: 'reported', pass: null };
}

export const bench: Bench = {
  id: 'ingest',
  title: 'B8 32 old lectors that post readings',
  target: `>= ${BARE_MIN} x bare node:http without database, >= ${INSERT_MIN} x an insert a request with it`,
  run: () =>
    withPostgres(async (postgres): Promise<readonly BenchLine[]> => {
      const servers = {
        bare: await serve(nodeCommand('./ingest-bare.ts')),
        without: await serve(nodeCommand('./ingest-centre.ts')),
        insert: await serve(nodeCommand('./ingest-fastify.ts', await newDatabase(postgres, 'plain'))),
        ours: await serve(nodeCommand('./ingest-centre.ts', await newDatabase(postgres, 'centre'))),
      };
      try {
        const rounds: Round[] = [];
        for (let run = 0; run <= ROUNDS; run += 1) {
          rounds.push({
            bare: await load(servers.bare, run),
            without: await load(servers.without, run),
            insert: await load(servers.insert, run),
            ours: await load(servers.ours, run),
          });
        }
        // the first one warms up
        const measured = rounds.slice(1);
        const p99 = median(measured.map(({ ours }) => ours.p99));
        return [
          rateLine('B8 without a database, control bare node:http', measured, 'without', 'bare', BARE_MIN),
          cpuLine('B8 without a database, CPU of the server a post', measured, 'without', 'bare'),
          rateLine('B8 durable, control Fastify and an insert each', measured, 'ours', 'insert', INSERT_MIN),
          cpuLine('B8 durable, CPU of the server a post', measured, 'ours', 'insert'),
          {
            ...{ name: 'B8 durable, p99', ours: p99, control: null, ratio: null, unit: 'ms' },
            ...{ target: `${P99_MAX_MS} ms reported`, pass: null },
          },
        ];
      } finally {
        for (const { contestant } of Object.values(servers)) await contestant.end();
      }
    }),
};
