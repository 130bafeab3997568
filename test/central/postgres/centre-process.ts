// A centre in a process of its own, for tests that kill it: node centre-process.ts FOLDER hold|...
import { attachPostgres, openPostgres } from '../../../src/central/postgres/postgres.ts';
import { systemClock } from '../../../src/clock.ts';
import { toFailure } from '../../../src/domain/errors.ts';

const [, , dir = '', mode = ''] = process.argv;
const tell = (line: string) => process.stdout.write(`${line}\n`);
const say = (level: string) => (_facts: unknown, text: string) => void tell(`${level} ${text}`);
const log = { debug: () => undefined, info: say('info'), warn: say('warn'), error: say('error') };

try {
  const start = mode === 'attach' ? attachPostgres : openPostgres;
  const postgres = await start({ dir, clock: systemClock(), log });
  tell(`open ${postgres.url}`);
  process.once('SIGTERM', () => void postgres.close().then(() => process.exit(0)));
  if (mode === 'throw') setImmediate(() => Promise.reject(new Error('nobody catches this')));
  setInterval(() => undefined, 1_000);
} catch (error) {
  const { code, message } = toFailure(error);
  tell(`refused ${code} ${message}`);
  process.exitCode = 1;
}
