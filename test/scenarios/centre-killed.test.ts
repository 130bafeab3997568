import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { attachPostgres } from '../../src/central/postgres/postgres.ts';
import { openDatabase } from '../../src/central/schema/database.ts';
import { systemClock } from '../../src/clock.ts';
import { onEnd, temporaryFolder } from '../central/postgres/folders.ts';
import { fillUp, mountSmall } from '../store/mounts.ts';
import { accountOf, owedIn, SETTLED, storedIn } from '../support/central-account.ts';
import { startCentral } from '../support/central-process.ts';
import { createLogLines } from '../support/log-lines.ts';
import { putCluster } from '../support/prepared-cluster.ts';
import { requireRoot } from '../support/require-tool.ts';
import { type QuickSite, quickSite } from './centre-sites.ts';

const LONG = process.env.LECTOR_TEST_CRASH === '1';
const ROUNDS = LONG ? 40 : 3;

/** Compares the records of a site with those of a centre that serves from this folder. */
async function settledIn(data: string, site: QuickSite) {
  const quiet = { clock: systemClock(), log: createLogLines() };
  const postgres = await attachPostgres({ ...quiet, dir: data });
  onEnd(() => postgres.close());
  const database = await openDatabase({ ...quiet, url: postgres.url });
  onEnd(() => database.close());
  return accountOf(database, storedIn(site.dir));
}

describe('a lector and its centre', () => {
  it(`P2 F63 both are killed with kill -9, ${ROUNDS} times: owed is 0 in the end, and each record is there once`, {
    timeout: 120_000 + ROUNDS * 20_000,
  }, async () => {
    const folder = temporaryFolder();
    const data = join(folder, 'central');
    await putCluster(data);
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
    expect(storedIn(site.dir).length).toBeGreaterThan(ROUNDS * 900);
    expect(await settledIn(data, site)).toEqual(SETTLED);
  });
});

describe('the disk of the centre is full', () => {
  const rounds = LONG ? 20 : 1;
  it.skipIf(!requireRoot())(
    `P2 D7 ${rounds} times: the lector says so, keeps what it records, and delivers it when there is room`,
    { timeout: 60_000 + rounds * 60_000 },
    async () => {
      const folder = temporaryFolder();
      const mount = mountSmall(folder, 160, onEnd);
      chmodSync(mount, 0o755);
      await putCluster(mount);
      const centre = startCentral({ folder, args: ['serve', '--data', mount, '--port', '0'], onEnd });
      const [, origin] = await centre.told(/the centre listens at (http:\/\/[\d.:]+)/);
      const site = await quickSite({ folder, type: 'clientRest', target: `${origin}/ws/v2`, onEnd, owed: 100 });
      const lector = site.start();
      for (let round = 0; round < rounds; round += 1) {
        await lector.line(/^receipt /, lector.lines().length);
        const seen = lector.lines().length;
        const free = fillUp(mount);
        expect(await lector.line(/^log warn \d+ .* does not take records/, seen)).toMatch(
          /answered 503: the disk of PostgreSQL is full/,
        );
        // what is recorded meanwhile
        await lector.line(/^record 1 /, lector.lines().length);
        expect(owedIn(site)?.count).toBeGreaterThan(0);
        const freed = lector.lines().length;
        free();
        await lector.line(/^log info \d+ .* takes records again/, freed);
      }
      while (owedIn(site)?.count !== 0) await pause(50);
      expect(await lector.end('SIGTERM')).toBe(0);
      expect(owedIn(site)).toMatchObject({ count: 0, parked: 0 });
      expect(centre.said()).toMatch(/DISK FULL: PostgreSQL cannot write/);
      expect(await settledIn(mount, site)).toEqual(SETTLED);
    },
  );
});
