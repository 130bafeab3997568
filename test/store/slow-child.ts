/**
 * A process that puts a reading every 20 ms on a slow disk, and says what the wait was like.
 *
 *   node slow-child.ts <data folder>      prints { "lagMs": .., "callMs": .., "seen": .., "late": .., "trouble": .. }
 */
import { setTimeout as pause } from 'node:timers/promises';
import { systemClock } from '../../src/clock.ts';
import { epochMs } from '../../src/domain/units.ts';
import { openStore } from '../../src/store/store.ts';
import { sampleReading, T0 } from './sample-rows.ts';

const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const store = await openStore({ dir: process.argv[2] ?? '', clock: systemClock(), log });
const written: number[] = [];
let [lagMs, callMs, seen] = [0, 0, 0];
const puts: Promise<unknown>[] = [];
const began = performance.now();
const COUNT = 50;
for (let second = 1; second <= COUNT; second += 1) {
  const before = performance.now();
  puts.push(store.putReading(sampleReading(1, second)).then(() => written.push(performance.now() - began)));
  if (store.lastReading(1)?.nominal === T0 + second * 1000) seen += 1;
  callMs = Math.max(callMs, performance.now() - before);
  const asleep = performance.now();
  await pause(20);
  lagMs = Math.max(lagMs, performance.now() - asleep - 20);
}
const trouble = store.trouble();
const early = written.length;
await Promise.all(puts);
const stored = store.readings(1, epochMs(0), epochMs(2 * T0)).length;
await store.close();
process.stdout.write(JSON.stringify({ lagMs, callMs, seen, early, stored, trouble }));
