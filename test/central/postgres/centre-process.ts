// A centre in a process of its own, for tests that kill it:
// node centre-process.ts FOLDER serve|attach|throw|ingest [FROM,...]
import { createIngest } from '../../../src/central/ingest/ingest.ts';
import { attachPostgres, openPostgres } from '../../../src/central/postgres/postgres.ts';
import { openDatabase } from '../../../src/central/schema/database.ts';
import { systemClock } from '../../../src/clock.ts';
import { toFailure } from '../../../src/domain/errors.ts';
import { sendFor, WRITERS } from './writers.ts';

const [, , dir = '', mode = '', from = ''] = process.argv;
const tell = (line: string) => process.stdout.write(`${line}\n`);
const say = (level: string) => (_facts: unknown, text: string) => void tell(`${level} ${text}`);
const log = { debug: () => undefined, info: say('info'), warn: say('warn'), error: say('error') };
const clock = systemClock();

async function ingestInto(url: string): Promise<void> {
  const database = await openDatabase({ url, log });
  await database.migrate();
  const ingest = createIngest({ database, clock, log });
  tell('ingests');
  const begins = from.split(',').map(Number);
  WRITERS.forEach((writer, at) => void sendFor(ingest, writer, begins[at] ?? 1, tell));
}

try {
  const start = mode === 'attach' ? attachPostgres : openPostgres;
  // processes are killed here and not the machine: the system keeps what was written
  const postgres = await start({ dir, clock, log, settings: { fsync: 'off' } });
  process.once('SIGTERM', () => void postgres.close().then(() => process.exit(0)));
  tell(`open ${postgres.url}`);
  if (mode === 'ingest') await ingestInto(postgres.url);
  if (mode === 'throw') setImmediate(() => Promise.reject(new Error('nobody catches this')));
  setInterval(() => undefined, 1_000);
} catch (error) {
  const { code, message } = toFailure(error);
  tell(`refused ${code} ${message}`);
  process.exitCode = 1;
}
