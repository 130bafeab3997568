import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { broker } from '../central/mqtt/broker-setup.ts';
import { temporaryFolder } from '../central/postgres/folders.ts';
import { afterTest } from '../support/afterwards.ts';
import { accountOf, owedIn, SETTLED, storedIn } from '../support/central-account.ts';
import { type CentralProcess, startCentral } from '../support/central-process.ts';
import { testDatabase } from '../support/database.ts';
import { requireMosquitto } from '../support/mosquitto.ts';
import { quickSite } from './centre-sites.ts';

const ROUNDS = process.env.LECTOR_TEST_CRASH === '1' ? 40 : 3;

describe.skipIf(!requireMosquitto())('a lector, a broker and two ingesters', () => {
  it(`P2 F63 all but the broker are killed with kill -9, ${ROUNDS} times: each record is in the database once`, {
    timeout: 120_000 + ROUNDS * 20_000,
  }, async () => {
    const { database, url, drop } = await testDatabase();
    afterTest(drop);
    const folder = temporaryFolder();
    const mosquitto = await broker();
    const ingest = async (id: string): Promise<CentralProcess> => {
      const from = mosquitto.log.length;
      const args = ['ingest', '--mqtt', mosquitto.url, '--id', id, '--database', url];
      const ingester = startCentral({ folder, args, onEnd: afterTest });
      await mosquitto.said(new RegExp(`Sending SUBACK to .*${id}`), from);
      return ingester;
    };
    const stored = async () => (await database.pool.query('SELECT 1 FROM records')).rowCount ?? 0;
    let ingesters = await Promise.all([ingest('first'), ingest('second')]);
    const about = { folder, type: 'mqtt', target: mosquitto.url, onEnd: afterTest } as const;
    const site = await quickSite({ ...about, owed: ROUNDS * 300 });
    let lector = site.start();
    for (let round = 0; round < ROUNDS; round += 1) {
      const before = await stored();
      while ((await stored()) === before) await pause(10);
      // anywhere between a publication, its commit and its receipt: chance is the point here
      await pause(Math.random() * 300);
      const [first, second] = ingesters as [CentralProcess, CentralProcess];
      if (round % 3 !== 1) {
        await lector.end('SIGKILL');
        lector = site.start();
      }
      if (round % 3 !== 0) {
        await first.end('SIGKILL');
        // both at once, too: then nobody takes what comes
        if (round % 3 === 2) await second.end('SIGKILL');
        ingesters = await Promise.all([ingest('first'), round % 3 === 2 ? ingest('second') : second]);
      }
    }
    await lector.line(/^record 1 /, lector.lines().length);
    while (owedIn(site)?.count !== 0) await pause(50);
    expect(await lector.end('SIGTERM')).toBe(0);
    expect(owedIn(site)).toMatchObject({ count: 0, parked: 0 });
    const records = storedIn(site.dir);
    expect(records.length).toBeGreaterThan(ROUNDS * 900);
    while ((await stored()) < records.length) await pause(50);
    expect(await accountOf(database, records)).toEqual(SETTLED);
  });
});
