/**
 * The whole acquisition side as a process: the real composition, store, state file and localFile over simulated lines,
 * with a clock that runs quicker than the world's. Writes to a journal outside its folders what was reported.
 *
 *   node quick-lector.ts '<QuickOptions as JSON>'
 *
 * Journal: "begin <real ms>" when its clock begins, "ready" when it runs, then "asked <analyzer> <nominal> good" (or
 * "failed") for each reading made, "reading <analyzer> <nominal>" and "record <analyzer> <end>" for what is durable,
 * "line <analyzer> <end>" for what localFile wrote, "receipt <analyzer> <end>" for what another destination took,
 * "log <level> <plant ms> <text>", "failed <text>", "stopped".
 */
import { mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { createApp } from '../../src/app.ts';
import type { Clock, Log } from '../../src/domain/ports.ts';
import type { Outbox, Store } from '../../src/domain/store-port.ts';
import { epochMs, monoMs } from '../../src/domain/units.ts';
import { createDestined } from '../../src/exporters/create.ts';
import { openStateFile } from '../../src/store/state-file.ts';
import { openStore } from '../../src/store/store.ts';
import { installationOf, PROFILES } from './installation.ts';
import { QUICK, QUICK_DEVICES, type QuickOptions, quickAnalyzers } from './quick-plant.ts';

const options = JSON.parse(process.argv[2] ?? '{}') as QuickOptions;
const journal = openSync(options.journal, 'a');
const note = (line: string) => void writeSync(journal, `${line.replaceAll('\n', ' ')}\n`);

/** Wall and monotonic clock stand still within a turn of the event loop, so that they agree. */
function quickClock(): Clock {
  const began = performance.now();
  let seen: number | null = null;
  const passed = (): number => {
    if (seen === null) {
      seen = (performance.now() - began) * QUICK;
      setImmediate(() => {
        seen = null;
      });
    }
    return seen;
  };
  return {
    now: () => epochMs(Math.floor(options.from + passed())),
    mono: () => monoMs(passed()),
    setTimeout: (fn, ms) => setTimeout(fn, Math.min(2 ** 31 - 1, Math.ceil(ms / QUICK))),
    clearTimeout: (handle) => clearTimeout(handle as NodeJS.Timeout),
  };
}

/** How quick the waits for sockets are: those keep the world's time. */
const NETWORK = 4;

const networkClock = (clock: Clock): Clock => ({
  ...clock,
  mono: () => monoMs(performance.now() * NETWORK),
  setTimeout: (fn, ms) => setTimeout(fn, Math.ceil(ms / NETWORK)),
});

function journaled(store: Store): Store {
  const given = new Map<number, string>();
  const outbox: Outbox = {
    ...store.outbox,
    next(exporterId, ...about) {
      const owed = store.outbox.next(exporterId, ...about);
      for (const { sequence, record } of owed) given.set(sequence, `${record.analyzerId} ${record.end}`);
      return owed;
    },
    acknowledge(exporterId, sequences) {
      const kind = exporterId.startsWith('localFile:') ? 'line' : 'receipt';
      for (const sequence of sequences) note(`${kind} ${given.get(sequence)}`);
      return store.outbox.acknowledge(exporterId, sequences);
    },
  };
  return {
    ...store,
    outbox,
    async putReading(reading) {
      note(`asked ${reading.analyzerId} ${reading.nominal} ${reading.failure === null ? 'good' : 'failed'}`);
      await store.putReading(reading);
      note(`reading ${reading.analyzerId} ${reading.nominal}`);
    },
    async putRecord(record) {
      const outcome = await store.putRecord(record);
      note(`record ${record.analyzerId} ${record.end}`);
      return outcome;
    },
  };
}

process.on('uncaughtException', (error) => {
  note(`failed ${error.stack}`);
  process.exit(1);
});
note(`begin ${Date.now()}`);
const clock = quickClock();
const say = (level: string) => (facts: Readonly<Record<string, unknown>>, text: string) =>
  note(`log ${level} ${clock.now()} ${text} ${JSON.stringify(facts)}`);
const log: Log = { debug: () => undefined, info: say('info'), warn: say('warn'), error: say('error') };
mkdirSync(options.dir, { recursive: true });
const store = await openStore({ dir: options.dir, clock, log, ...options.store });
const state = await openStateFile(join(options.dir, 'state.json'), log);
const installation = installationOf(QUICK_DEVICES, quickAnalyzers(options.dades, options.exports));
const app = createApp({
  ...{ installation, profiles: PROFILES, clock, random: Math.random, log, state, inMemory: true },
  store: journaled(store),
  destined: (context) =>
    createDestined(context.config.type === 'localFile' ? context : { ...context, clock: networkClock(clock) }),
});
process.once('SIGTERM', async () => {
  await app.stop();
  await store.close();
  note('stopped');
  process.exit(0);
});
await app.start();
note('ready');
