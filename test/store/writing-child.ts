/**
 * A process that writes to a store until it is ended, and says in a journal outside it what was reported written.
 *
 *   node writing-child.ts <data folder> <journal> [records to write, then close]
 *
 * Journal: "ready", then a line per promise that resolved: "record <analyzer> <number>", "reading <analyzer> <second>",
 * "receipt <sequence>"; "failed <text>" and "closed".
 */
import { openSync, writeSync } from 'node:fs';
import { systemClock } from '../../src/clock.ts';
import type { Log } from '../../src/domain/ports.ts';
import type { LectorRecord } from '../../src/domain/record.ts';
import { openStore } from '../../src/store/store.ts';
import { QUARTER_MS, sampleReading, sampleRecord, T0 } from './sample-rows.ts';

const ANALYZERS = [1, 2, 3];
const [dir = '', journalFile = '', last = 'for ever'] = process.argv.slice(2);
const journal = openSync(journalFile, 'a');
const note = (line: string) => writeSync(journal, `${line}\n`);
const say = (level: string) => (_facts: unknown, text: string) => void note(`log ${level} ${text}`);
const log: Log = { debug: () => {}, info: say('info'), warn: say('warn'), error: say('error') };

const store = await openStore({ dir, clock: systemClock(), log });
await store.outbox.register('rest', ANALYZERS);
note('ready');

const numberOf = (record: LectorRecord | null) => (record === null ? 0 : (record.end - T0) / QUARTER_MS);
const untilNumber = last === 'for ever' ? Number.POSITIVE_INFINITY : Number(last);
let number = Math.max(...ANALYZERS.map((id) => numberOf(store.lastRecord(id))));
const first = number;

const putRecord = async (analyzerId: number) => {
  await store.putRecord(sampleRecord(analyzerId, number));
  note(`record ${analyzerId} ${number}`);
};
const putReading = async (analyzerId: number, second: number) => {
  await store.putReading(sampleReading(analyzerId, second));
  note(`reading ${analyzerId} ${second}`);
};
const deliver = async () => {
  const owed = store.outbox.next('rest', 4);
  await store.outbox.acknowledge(
    'rest',
    owed.map(({ sequence }) => sequence),
  );
  for (const { record } of owed) note(`receipt ${record.analyzerId} ${numberOf(record)}`);
};

while (number < first + untilNumber) {
  number += 1;
  const writes = ANALYZERS.flatMap((id) => [putReading(id, number), putRecord(id)]);
  await Promise.all([...writes, number % 3 === 0 ? deliver() : undefined]).catch((error) => note(`failed ${error}`));
}
await store.close();
note('closed');
