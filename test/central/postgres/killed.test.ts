import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { signal } from '../../../src/central/postgres/server-pids.ts';
import { accountOf } from './accounts.ts';
import { type CentreProcess, clusterFolder, open, postmaster, startCentre } from './folders.ts';
import { lastOf, WRITERS } from './writers.ts';

const ROUNDS = process.env.LECTOR_TEST_CRASH === '1' ? 100 : 3;

type Round = { readonly dir: string; readonly begins: readonly number[]; readonly last: readonly number[] };

/** Ingest of some moments, a kill in the middle of it, and what was told until then. */
async function ingestAndKill(round: Round, waitMs: number, kill: Kill): Promise<readonly number[]> {
  const centre = startCentre(round.dir, 'ingest', undefined, [round.begins.join(',')]);
  await centre.told('ingests');
  await centre.told('ack');
  await pause(waitMs);
  await kill(centre, round.dir);
  return lastOf(centre.lines, round.last);
}

const sum = (numbers: readonly number[]) => numbers.reduce((all, n) => all + n, 0);

type Kill = (centre: CentreProcess, dir: string) => Promise<void>;

const killCentre: Kill = async ({ child, ended }) => {
  child.kill('SIGKILL');
  await ended;
};
const killPostgres: Kill = async (centre, dir) => {
  const before = centre.lines.length;
  signal(postmaster(dir), 'SIGKILL');
  await centre.told('info PostgreSQL runs again', before);
  const after = centre.lines.length;
  await Promise.all(WRITERS.map((writer) => centre.told(`ack ${writer} `, after)));
  await killCentre(centre, dir);
};
const killBoth: Kill = async (centre, dir) => {
  signal(postmaster(dir), 'SIGKILL');
  await killCentre(centre, dir);
};

describe(`killed with kill -9 in the middle of ingest, ${ROUNDS} times`, () => {
  it.each([
    ['the centre', killCentre],
    ['its PostgreSQL', killPostgres],
    ['both', killBoth],
  ])(
    'D2 %s: nothing that was acknowledged is lost, nothing is there twice, and every start is let in',
    { timeout: 60_000 + ROUNDS * 20_000 },
    async (_what, kill) => {
      const dir = await clusterFolder();
      let last: readonly number[] = WRITERS.map(() => 0);
      for (let round = 0; round < ROUNDS; round += 1) {
        const before = last;
        // what may be on its way is sent again, as a site does
        const begins = last.map((n) => n + 1);
        last = await ingestAndKill({ dir, begins, last }, (round * 37) % 211, kill);
        expect(sum(last)).toBeGreaterThan(sum(before));
      }
      const { postgres } = await open(dir);
      expect(await accountOf(postgres.url, last)).toEqual({ lost: 0, twice: 0, wrong: 0 });
    },
  );
});
