import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createIngest } from '../../../src/central/ingest/ingest.ts';
import { openDatabase } from '../../../src/central/schema/database.ts';
import { systemClock } from '../../../src/clock.ts';
import { fillUp, mountSmall } from '../../store/mounts.ts';
import { putCluster } from '../../support/prepared-cluster.ts';
import { requireRoot } from '../../support/require-tool.ts';
import { accountOf } from './accounts.ts';
import { onEnd, open, temporaryFolder, until } from './folders.ts';
import { lastOf, sendFor, WRITERS } from './writers.ts';

const ROUNDS = process.env.LECTOR_TEST_CRASH === '1' ? 20 : 2;

describe('the disk of the centre is full', () => {
  it.skipIf(!requireRoot())(
    `D7 ${ROUNDS} times: it is said, what comes is refused for now, it goes on by itself, and nothing is lost`,
    { timeout: 60_000 + ROUNDS * 60_000 },
    async () => {
      const mount = mountSmall(temporaryFolder(), 160, onEnd);
      chmodSync(mount, 0o755);
      const dir = join(mount, 'central');
      await putCluster(dir);
      const { postgres, log } = await open(dir, { settings: {} });
      const database = await openDatabase({ url: postgres.url, log });
      onEnd(() => database.close());
      await database.migrate();
      const ingest = createIngest({ database, clock: systemClock(), log });
      const lines: string[] = [];
      let isOver = false;
      const sent = WRITERS.map((writer) =>
        sendFor(
          ingest,
          writer,
          1,
          (line) => lines.push(line),
          () => !isOver,
        ),
      );
      const stop = async () => {
        isOver = true;
        await Promise.all(sent);
      };
      onEnd(stop);
      const since = (at: number, start: string) => lines.slice(at).some((line) => line.startsWith(start));
      for (let round = 0; round < ROUNDS; round += 1) {
        const before = lines.length;
        await until(() => since(before, 'ack'), 'records are stored');
        const free = fillUp(mount);
        await until(() => since(before, 'rejected'), 'records are refused');
        free();
        const freed = lines.length;
        await until(() => WRITERS.every((writer) => since(freed, `ack ${writer} `)), 'records are stored again');
        expect(postgres.isUp()).toBe(true);
      }
      await stop();
      expect(log.matching(/^DISK FULL: PostgreSQL cannot write in .*make room on that disk/)).not.toEqual([]);
      const last = lastOf(
        lines,
        WRITERS.map(() => 0),
      );
      expect(await accountOf(postgres.url, last)).toEqual({ lost: 0, twice: 0, wrong: 0 });
      await ingest.close();
    },
  );

  it.skipIf(!requireRoot())(
    'from the start: a new database is not made, in words, and is when there is room',
    async () => {
      const mount = mountSmall(temporaryFolder(), 160, onEnd);
      chmodSync(mount, 0o755);
      const free = fillUp(mount);
      await expect(open(join(mount, 'central'))).rejects.toMatchObject({
        message: expect.stringMatching(/No space left on device|ENOSPC/),
      });
      free();
      const { postgres } = await open(join(mount, 'central'));
      expect(postgres.isUp()).toBe(true);
      await postgres.close();
    },
  );
});
