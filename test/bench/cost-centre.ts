/**
 * Our centre on a database that is filled, as it is served.
 *
 *   node cost-centre.ts DATABASE_URL
 *
 * Prints its port, then for each line that it is given the longest time that nobody else had a turn since the line
 * before it.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { createInterface } from 'node:readline';
import { API_SETTINGS } from '../../src/central/api/settings.ts';
import { createCentre } from '../../src/central/centre.ts';
import { systemClock } from '../../src/clock.ts';
import type { Log } from '../../src/domain/ports.ts';
import { zoneOffset } from '../../src/zone.ts';

const SILENT: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const [url = ''] = process.argv.slice(2);

const say = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`);

const options = { settings: API_SETTINGS, port: 0, log: SILENT, version: 'bench', zoneOffset };
const { origin } = await createCentre({ ...options, clock: systemClock(), database: { url } });
const turns = monitorEventLoopDelay({ resolution: 1 });
turns.enable();
createInterface({ input: process.stdin }).on('line', () => {
  say({ heldMs: turns.max / 1e6 });
  turns.reset();
});
say({ port: Number(new URL(origin).port) });
