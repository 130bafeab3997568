import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { openStoreReader } from '../../src/store/reader.ts';
import { sampleRecord } from '../store/sample-rows.ts';
import { openSample, temporaryFolder } from '../store/samples.ts';
import { type CountingCentre, startCountingCentre } from '../support/counting-centre.ts';
import { type LectorProcess, startLector, writePlant } from '../support/lector-process.ts';

const LONG = process.env.LECTOR_TEST_CRASH === '1';
const MIB = 1024 * 1024;
const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});
const onEnd = (end: () => unknown) => void ends.push(end);

/** Analyzers 1 and 2 are read now; the others were, until a while ago. */
const READ = [1, 2];

function plantFor(port: number): string {
  const analyzer = (id: number) => `
    <analitzador id="${id}" device="1" model="SDM630">
      <params><tempsgravacio>1</tempsgravacio><tempslectura>1</tempslectura></params>
      <dataexports><dataexport type="clientRest" target="http://127.0.0.1:${port}/ws/v2" /></dataexports>
      <peticions><consulta>TPF</consulta><consulta>CEA</consulta></peticions>
    </analitzador>`;
  return `<configuracio>
  <node id="4" name="School" timezone="Europe/Madrid" />
  <devices>
    <device id="1" type="simulated" enabled="true"><protocol>tcp</protocol></device>
  </devices>
  <equips>${READ.map(analyzer).join('')}</equips>
</configuracio>`;
}

type Outage = { readonly folder: string; readonly centre: CountingCentre; readonly exporterId: string };

/** A data folder that owes a centre `count` records of `meters` analyzers. */
async function owing(meters: number, count: number): Promise<Outage> {
  const folder = temporaryFolder(onEnd);
  const centre = await startCountingCentre();
  onEnd(centre.close);
  writePlant(folder, plantFor(centre.port), 'data_dir = data');
  const exporterId = `clientRest:http://127.0.0.1:${centre.port}/ws/v2`;
  const { store } = await openSample({ dir: join(folder, 'data'), pruneEveryMs: 1e9 });
  const ids = Array.from({ length: meters }, (_, n) => n + 1);
  await store.outbox.register(exporterId, ids);
  for (let number = 1; number * meters <= count; ) {
    const puts: Promise<unknown>[] = [];
    for (let n = 0; n < 40 && number * meters <= count; n += 1, number += 1) {
      puts.push(...ids.map((id) => store.putRecord({ ...sampleRecord(id, number), nodeId: 4 })));
    }
    await Promise.all(puts);
  }
  expect(store.outbox.owed(exporterId).count).toBe(count);
  await store.close();
  return { folder, centre, exporterId };
}

/** Memory that is the process's own and not of a file, bytes. */
function anonymousBytes({ pid }: LectorProcess): number {
  const [, kib = '0'] = /^RssAnon:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kib) * 1024;
}

/** The most memory that it had, once that has been so for `forMs`. */
async function steadyBytes(lector: LectorProcess, forMs: number): Promise<number> {
  let [most, since] = [0, performance.now()];
  while (performance.now() - since < forMs) {
    const bytes = anonymousBytes(lector);
    if (bytes > most + MIB) [most, since] = [bytes, performance.now()];
    await pause(50);
  }
  return most;
}

function owedIn({ folder, exporterId }: Outage) {
  const reader = openStoreReader({ dir: join(folder, 'data') });
  onEnd(reader.close);
  return reader.exporters().find((each) => each.exporterId === exporterId)?.owed;
}

/** Identities of what was owed, of which those that arrived are taken out. */
function missing({ stored }: CountingCentre, meters: number, count: number): readonly string[] {
  const names = Array.from({ length: count }, (_, n) => sampleRecord((n % meters) + 1, Math.floor(n / meters) + 1));
  return names.map((each) => `${each.analyzerId}/${each.end}/0`).filter((name) => !stored.has(name));
}

describe('a destination that was away for long', () => {
  const [meters, count] = LONG ? [100, 864_000] : [100, 20_000];

  it(`D9 ${count} owed records go out at 500 a second or more, none lost, memory flat, new ones not late`, {
    timeout: 120_000 + count / 2,
  }, async () => {
    const outage = await owing(meters, count);
    const { centre, folder } = outage;
    centre.setUp(false);
    const lector = startLector({ folder, onEnd });
    await lector.entry(/does not take records/);
    // what starting takes is over; the heap has grown to what it works with
    const before = await steadyBytes(lector, LONG ? 30_000 : 1_000);
    let peak = before;
    const sampling = setInterval(() => {
      peak = Math.max(peak, anonymousBytes(lector));
    }, 100);
    onEnd(() => clearInterval(sampling));
    centre.setUp(true);
    const first = centre.stored.size;
    while (centre.stored.size === first) await pause(20);
    const began = performance.now();
    await centre.holds(count, 60_000 + count * 2);
    const tookMs = performance.now() - began;
    clearInterval(sampling);
    expect(missing(centre, meters, count)).toEqual([]);
    expect((count * 1000) / tookMs).toBeGreaterThanOrEqual(500);
    expect((peak - before) / MIB).toBeLessThanOrEqual(50);
    // what was recorded while the backlog went out
    const fresh = [...centre.stored].filter(([key]) => Number(key.split('/')[1]) > Date.now() - tookMs);
    if (LONG) expect(fresh.length).toBeGreaterThan(0);
    for (const [key, { at }] of fresh) expect(at - Number(key.split('/')[1]), key).toBeLessThanOrEqual(60_000);
    await lector.end('SIGTERM');
    expect(owedIn(outage)).toMatchObject({ count: 0, parked: 0 });
    expect(centre.differing).toEqual([]);
  });

  const kills = LONG ? 30 : 3;
  it(`D1 F63 kill -9 ${kills} times while it is made up for: none is lost, and none is there twice`, {
    timeout: 60_000 + kills * 10_000,
  }, async () => {
    const owed = 5_000 * kills;
    const outage = await owing(meters, owed);
    const { centre, folder } = outage;
    for (let kill = 1; kill <= kills; kill += 1) {
      const lector = startLector({ folder, onEnd });
      await centre.holds(centre.stored.size + 500, 30_000);
      // anywhere between a request, its answer and the receipt: chance is the point here
      await pause(Math.random() * 400);
      await lector.end('SIGKILL');
    }
    const last = startLector({ folder, onEnd });
    await centre.holds(owed, 60_000);
    while (missing(centre, meters, owed).length > 0) await pause(200);
    await last.end('SIGTERM');
    expect(owedIn(outage)).toMatchObject({ count: 0, parked: 0 });
    // what came again, because its receipt was lost, said the same
    expect(centre.differing).toEqual([]);
  });
});
