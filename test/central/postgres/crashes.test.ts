import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serversIn, signal } from '../../../src/central/postgres/server-pids.ts';
import { restartWaitMs } from '../../../src/central/postgres/supervisor.ts';
import { systemClock } from '../../../src/clock.ts';
import type { Clock } from '../../../src/domain/ports.ts';
import { monoMs } from '../../../src/domain/units.ts';
import { putCluster } from '../../support/prepared-cluster.ts';
import {
  backAgain,
  clusterFolder,
  lastingFolder,
  open,
  postmaster,
  query,
  removeFolder,
  startCentre,
  until,
} from './folders.ts';

/** Time that passes a hundred times as fast: limits of half a minute come soon. */
function hastyClock(): Clock {
  const clock = systemClock();
  return {
    ...clock,
    mono: () => monoMs(clock.mono() * 100),
    setTimeout: (fn, ms) => clock.setTimeout(fn, ms / 100),
  };
}

const kept = async (url: string) => (await query(url, 'SELECT count(*)::int AS n FROM kept'))[0]?.n;
const fill = (url: string) => query(url, 'CREATE TABLE kept AS SELECT generate_series(1, 1000) AS n');
const serversOf = (dir: string) => serversIn(join(dir, 'postgres')) ?? [];
const killIt = (dir: string) => signal(postmaster(dir), 'SIGKILL');

describe('PostgreSQL crashes', () => {
  it('it is started again on the same port, which is told; what was stored is there', async () => {
    const dir = await clusterFolder();
    const { postgres, log } = await open(dir);
    await fill(postgres.url);
    for (let round = 0; round < 2; round += 1) {
      const back = backAgain(postgres);
      signal(postmaster(dir), 'SIGKILL');
      await until(() => !postgres.isUp(), 'seen as down');
      await expect(query(postgres.url, 'SELECT 1')).rejects.toThrow();
      await back;
      expect(postgres.isUp()).toBe(true);
      expect(await kept(postgres.url)).toBe(1000);
    }
    expect(log.matching(/ended by itself \(signal SIGKILL\): it is started again/)).toHaveLength(2);
    expect(log.matching(/PostgreSQL runs again/)).toHaveLength(2);
    await postgres.close();
    expect(serversOf(dir)).toEqual([]);
  });

  it('one of its processes is killed: it starts anew by itself, and that is seen and told too', async () => {
    const dir = await clusterFolder();
    const { postgres } = await open(dir);
    await fill(postgres.url);
    const back = backAgain(postgres);
    const [backend] = await query(postgres.url, "SELECT pid FROM pg_stat_activity WHERE backend_type = 'checkpointer'");
    signal(Number(backend?.pid), 'SIGKILL');
    await back;
    expect(await kept(postgres.url)).toBe(1000);
  });

  it('closed while it is being started again, nothing of it is left', async () => {
    const dir = await clusterFolder();
    const { postgres } = await open(dir);
    killIt(dir);
    await until(() => !postgres.isUp(), 'seen as down');
    await postgres.close();
    expect(serversOf(dir)).toEqual([]);
  });

  it.each([
    [1, 0],
    [2, 1_000],
    [3, 2_000],
    [6, 16_000],
    [7, 30_000],
    [5_000, 30_000],
  ])('the wait before start %d in a row is %d ms', (attempt, ms) => {
    expect(restartWaitMs(attempt)).toBe(ms);
  });
});

describe('a stop has its limit', () => {
  it('who is in the middle of a transaction does not delay it', async () => {
    const dir = await clusterFolder();
    const { postgres } = await open(dir);
    const sleeping = query(postgres.url, 'BEGIN; SELECT pg_sleep(600)').catch(({ code }) => code);
    await until(async () => (await query(postgres.url, ACTIVE))[0]?.n === 1, 'it sleeps');
    const begin = performance.now();
    await postgres.close();
    expect(performance.now() - begin).toBeLessThan(10_000);
    expect(await sleeping).toBe('57P01');
  });

  it('one that hears nothing is killed', async () => {
    const dir = await clusterFolder();
    const { postgres, log } = await open(dir, { clock: hastyClock() });
    await fill(postgres.url);
    signal(postmaster(dir), 'SIGSTOP');
    await postgres.close();
    expect(serversOf(dir)).toEqual([]);
    expect(log.matching(/did not stop in 30 s/)).toHaveLength(1);
    expect(log.matching(/it is killed; nothing that was stored is lost/)).toHaveLength(1);
    expect(await kept((await open(dir)).postgres.url)).toBe(1000);
  });
});

const ACTIVE = `SELECT count(*)::int AS n FROM pg_stat_activity
  WHERE query LIKE '%pg_sleep(6%' AND state = 'active' AND pid <> pg_backend_pid()`;

describe('the centre is killed', () => {
  it.each([
    ['and PostgreSQL runs on', () => undefined, /still ran from a centre that was killed/],
    ['and PostgreSQL with it', killIt, /was not properly shut down/],
    ['and one of the orphan’s processes hears nothing', stopOne, /do not end: they are killed/],
  ])('%s: the next start takes the folder over, and everything is there', async (_how, more, said) => {
    const dir = await clusterFolder();
    const centre = startCentre(dir, 'serve');
    const [, url = ''] = (await centre.told('open')).split(' ');
    await fill(url);
    const orphan = postmaster(dir);
    more(dir);
    centre.child.kill('SIGKILL');
    await centre.ended;
    const { postgres, log } = await open(dir, { clock: hastyClock() });
    expect(serversOf(dir)).not.toContain(orphan);
    expect(await kept(postgres.url)).toBe(1000);
    expect(log.lines.some(({ text }) => said.test(text))).toBe(true);
    // one that can hear is asked to go, and goes
    expect(log.matching(/they are killed/)).toHaveLength(more === stopOne ? 1 : 0);
  });

  it('one that ends with an error that nobody caught takes its PostgreSQL along', async () => {
    const dir = await clusterFolder();
    const centre = startCentre(dir, 'throw');
    await centre.told('open');
    await centre.ended;
    await until(() => serversOf(dir).length === 0, 'it ends');
  });
});

/** The postmaster is killed while one of its processes is halted, and so cannot see that it is gone. */
function stopOne(dir: string): void {
  const parent = postmaster(dir);
  const child = serversOf(dir).find((pid) => pid !== parent);
  if (child !== undefined) signal(child, 'SIGSTOP');
  signal(parent, 'SIGKILL');
}

describe('a postmaster.pid that was left', () => {
  let dir = '';
  beforeAll(async () => {
    dir = lastingFolder();
    await putCluster(dir);
    const { postgres } = await open(dir);
    await fill(postgres.url);
    await postgres.close();
  });
  afterAll(() => removeFolder(dir));

  it.each([
    ['empty', () => ''],
    ['garbage', () => '\0\0\0\0\0\0 not a number\n\n\n'],
    ['of a process that is gone', () => `4194000\n${dir}/postgres\n1700000000\n5432\n\n127.0.0.1\n1 1\nready\n`],
    ['of a process that is something else', () => `${process.pid}\n${dir}/postgres\n1700000000\n5432\n`],
  ])('%s does not keep it from starting', async (_what, text) => {
    writeFileSync(join(dir, 'postgres', 'postmaster.pid'), text());
    const { postgres } = await open(dir);
    expect(await kept(postgres.url)).toBe(1000);
    await postgres.close();
  });
});
