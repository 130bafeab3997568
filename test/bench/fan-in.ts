import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connectAsync, type MqttClient } from 'mqtt';
import pg from 'pg';
import type { Postgres } from '../../src/central/postgres/postgres.ts';
import { lectorCommand } from '../support/lector-process.ts';
import { type Mosquitto, requireMosquitto, startMosquitto } from '../support/mosquitto.ts';
import type { Bench, BenchLine } from './bench.ts';
import { newDatabase, withPostgres } from './ingest.ts';

const RECORDS = 20_000;
const ANALYZERS = 50;
const UNDER_WAY = 200;
const LOOK_MS = 50;
const LASTING = ['allow_anonymous true', 'max_queued_messages 0', 'persistence true', 'persistence_location FOLDER/'];

const wait = (ms: number) => new Promise<void>((resolve) => void setTimeout(resolve, ms));

function message(n: number): { readonly topic: string; readonly payload: string } {
  const analyzer = 1 + (n % ANALYZERS);
  const end = Date.UTC(2026, 0, 1) + Math.floor(n / ANALYZERS) * 900_000;
  const values = [230.1 + (n % 10), 231.2, 229.9];
  const variable = { aggregate: 'mean', values, min: values, max: values, n: [15, 15, 15], expected: 15 };
  const variables = Object.fromEntries(
    ['TPF', 'TFF', 'IPF', 'PAF', 'THDV', 'THDI'].map((code) => {
      return [code, { ...variable, delta: [null, null, null], at: null, flags: [] }];
    }),
  );
  const wire = { node: 1, analyzer, model: 'PM710', start: iso(end - 900_000), end: iso(end), generation: 0 };
  const payload = JSON.stringify({ ...wire, n: 15, expected: 15, ratio: null, variables });
  return { topic: `lector/1/${analyzer}/record`, payload };
}

const iso = (at: number): string => new Date(at).toISOString().replace('Z', '+00:00');

/** As lectors do, all at once: so many without an acknowledgement at a time. */
async function publishAll(client: MqttClient): Promise<void> {
  let next = 0;
  const worker = async () => {
    for (let n = next++; n < RECORDS; n = next++) {
      const { topic, payload } = message(n);
      await client.publishAsync(topic, payload, { qos: 1 });
    }
  };
  await Promise.all(Array.from({ length: UNDER_WAY }, worker));
}

type Ends = (() => unknown)[];

/** `lector central ingest`, subscribed when it resolves. */
async function ingester(url: string, database: string, id: string, ends: Ends): Promise<void> {
  const [program = '', ...args] = lectorCommand('central', 'ingest', '--mqtt', url, '--id', id);
  const child: ChildProcess = spawn(program, args, {
    env: { ...process.env, LECTOR_DATABASE: database },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  ends.push(async () => {
    child.kill('SIGTERM');
    if (child.exitCode === null) await once(child, 'exit');
  });
  for await (const chunk of child.stdout ?? []) if (/takes records|subscribed|ingest/i.test(String(chunk))) break;
  // what it says comes when it has been asked for its topics; the broker has them a moment later
  await wait(500);
}

async function perSecond(broker: Mosquitto, isDone: () => Promise<boolean>): Promise<number> {
  const client = await connectAsync(broker.url, { protocolVersion: 5, clientId: 'bench' });
  const began = performance.now();
  await publishAll(client);
  while (!(await isDone())) await wait(LOOK_MS);
  const rate = (RECORDS * 1000) / (performance.now() - began);
  await client.endAsync();
  return rate;
}

/** The control: a subscriber that acknowledges and keeps nothing. */
async function bare(broker: Mosquitto): Promise<number> {
  const client = await connectAsync(broker.url, { protocolVersion: 5, clientId: 'bare' });
  let seen = 0;
  client.on('message', () => {
    seen += 1;
  });
  await client.subscribeAsync('$share/bare/lector/+/+/record', { qos: 1 });
  const rate = await perSecond(broker, async () => seen >= RECORDS);
  await client.endAsync();
  return rate;
}

async function stored(broker: Mosquitto, postgres: Postgres, ingesters: number): Promise<number> {
  const database = await newDatabase(postgres, `fan_in_${ingesters}`);
  const ends: Ends = [];
  const client = new pg.Client({ connectionString: database });
  try {
    for (let n = 1; n <= ingesters; n += 1) await ingester(broker.url, database, `bench-${n}`, ends);
    await client.connect();
    return await perSecond(broker, async () => {
      const { rows } = await client.query<{ readonly count: number }>('SELECT count(*)::int AS count FROM records');
      return (rows[0]?.count ?? 0) >= RECORDS;
    });
  } finally {
    await client.end();
    for (const end of ends) await end();
  }
}

async function withBroker<T>(run: (broker: Mosquitto) => Promise<T>): Promise<T> {
  const ends: (() => Promise<void>)[] = [];
  const broker = await startMosquitto({ config: LASTING, onEnd: (end) => ends.push(end) });
  try {
    return await run(broker);
  } finally {
    for (const end of ends) await end();
  }
}

export const bench: Bench = {
  id: 'fan-in',
  title: 'records of a broker, one and two ingesters on one PostgreSQL',
  target: 'reported',
  async run() {
    if (!requireMosquitto()) return [];
    const control = await withBroker(bare);
    const lines: BenchLine[] = [];
    await withPostgres(async (postgres) => {
      for (const count of [1, 2]) {
        const ours = await withBroker((broker) => stored(broker, postgres, count));
        const name = `fan-in with ${count} ${count === 1 ? 'ingester' : 'ingesters'}, durable`;
        const note = 'control: a subscriber that acknowledges and keeps nothing';
        lines.push({
          name,
          ours,
          control,
          ratio: ours / control,
          unit: 'records/s',
          target: this.target,
          pass: null,
          note,
        });
      }
    });
    return lines;
  },
};
