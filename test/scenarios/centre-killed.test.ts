import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { attachPostgres } from '../../src/central/postgres/postgres.ts';
import { openDatabase } from '../../src/central/schema/database.ts';
import { systemClock } from '../../src/clock.ts';
import { onEnd, temporaryFolder } from '../central/postgres/folders.ts';
import { accountOf, owedIn, SETTLED, storedIn } from '../support/central-account.ts';
import { startCentral } from '../support/central-process.ts';
import { createLogLines } from '../support/log-lines.ts';
import { quickSite } from './centre-sites.ts';

const ROUNDS = process.env.LECTOR_TEST_CRASH === '1' ? 40 : 3;

describe('a lector and its centre', () => {
  it(`P2 F63 both are killed with kill -9, ${ROUNDS} times: owed is 0 in the end, and each record is there once`, {
    timeout: 120_000 + ROUNDS * 20_000,
  }, async () => {
    const folder = temporaryFolder();
    const data = join(folder, 'central');
    const serve = (port: string) => startCentral({ folder, args: ['serve', '--data', data, '--port', port], onEnd });
    let centre = serve('0');
    const [, origin, port = ''] = await centre.told(/the centre listens at (http:\/\/[\d.]+:(\d+))/);
    const about = { folder, type: 'clientRest', target: `${origin}/ws/v2`, onEnd } as const;
    const site = await quickSite({ ...about, owed: ROUNDS * 300 });
    let lector = site.start();
    for (let round = 0; round < ROUNDS; round += 1) {
      await lector.line(/^receipt /, lector.lines().length);
      // anywhere between a request, its commit, its answer and the receipt: chance is the point here
      await pause(Math.random() * 300);
      const [killsLector, killsCentre] = [round % 3 !== 1, round % 3 !== 0];
      await Promise.all([killsLector && lector.end('SIGKILL'), killsCentre && centre.end('SIGKILL')]);
      if (killsCentre) centre = serve(port);
      if (killsLector) lector = site.start();
    }
    await lector.line(/^record 1 /, lector.lines().length);
    while (owedIn(site)?.count !== 0) await pause(50);
    expect(await lector.end('SIGTERM')).toBe(0);
    expect(owedIn(site)).toMatchObject({ count: 0, parked: 0 });
    const quiet = { clock: systemClock(), log: createLogLines() };
    const postgres = await attachPostgres({ ...quiet, dir: data });
    onEnd(() => postgres.close());
    const database = await openDatabase({ ...quiet, url: postgres.url });
    onEnd(() => database.close());
    const records = storedIn(site.dir);
    expect(records.length).toBeGreaterThan(ROUNDS * 900);
    expect(await accountOf(database, records)).toEqual(SETTLED);
  });
});
