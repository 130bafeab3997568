import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createIngest } from '../../../src/central/ingest/ingest.ts';
import type { Ingest } from '../../../src/central/ports.ts';
import { type Database, openDatabase } from '../../../src/central/schema/database.ts';
import { epochMs } from '../../../src/domain/units.ts';
import { centralRecord, MAY, QUARTER_MS } from '../../support/central-records.ts';
import { type TestDatabase, testDatabase } from '../../support/database.ts';
import { createLogLines } from '../../support/log-lines.ts';
import { createSteppedClock } from '../../support/stepped-clock.ts';

/** What becomes of the next statement that stores records. */
type Mode = 'pass' | 'cutRequest' | 'cutReply';

/** Between the centre and PostgreSQL: a network that fails when told so. */
async function openProxy(port: number) {
  let mode: Mode = 'pass';
  let cuts = 0;
  const sockets = new Set<Socket>();
  const server: Server = createServer((client) => {
    const upstream = connect(port, '127.0.0.1');
    let isCut = false;
    const cut = () => {
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined).on('close', cut);
    }
    client.on('data', (bytes) => {
      const isStoring = mode !== 'pass' && bytes.includes('lector-ingest');
      if (isStoring) cuts += 1;
      if (isStoring && mode === 'cutRequest') return cut();
      if (isStoring) isCut = true;
      upstream.write(bytes);
    });
    upstream.on('data', (bytes) => (isCut ? cut() : client.write(bytes)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as { readonly port: number }).port,
    set: (next: Mode) => {
      mode = next;
    },
    /** Statements that it failed. */
    cuts: () => cuts,
    async close() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
}

describe('ingest while the database goes away', () => {
  let tested: TestDatabase;
  let proxy: Awaited<ReturnType<typeof openProxy>>;
  let database: Database;
  let ingest: Ingest;

  beforeAll(async () => {
    tested = await testDatabase();
  });
  afterAll(() => tested.drop());
  beforeEach(async () => {
    await tested.database.pool.query('TRUNCATE records, nodes CASCADE');
    const url = new URL(tested.url);
    proxy = await openProxy(Number(url.port));
    url.port = String(proxy.port);
    const log = createLogLines();
    database = await openDatabase({ url: url.href, log });
    ingest = createIngest({ database, clock: createSteppedClock(), log });
  });
  afterEach(async () => {
    await ingest.close();
    await database.close();
    await proxy.close();
  });

  const at = (n: number) => centralRecord({ end: epochMs(MAY + n * QUARTER_MS) });
  const ten = Array.from({ length: 10 }, (_, n) => at(n + 1));
  const statuses = async () => (await ingest.put(ten, true)).map(({ status }) => status);
  const countStored = async () =>
    (await tested.database.pool.query('SELECT count(*) AS count FROM records')).rows[0].count;

  it('F63 what was committed as the connection went is not acknowledged, and a duplicate when sent again', async () => {
    await ingest.put([at(0)], true);
    const heard: number[] = [];
    ingest.onStored(({ end }) => heard.push(end));
    proxy.set('cutReply');
    await expect(ingest.put(ten, true)).rejects.toMatchObject({ code: 'CENTRE_UNAVAILABLE', retryable: true });
    proxy.set('pass');
    await expect.poll(countStored).toBe(11);
    expect(await statuses()).toEqual(Array(10).fill('duplicate'));
    expect([await countStored(), heard]).toEqual([11, []]);
  });

  it('what never arrived is stored when it is sent again', async () => {
    await ingest.put([at(0)], true);
    proxy.set('cutRequest');
    await expect(ingest.put(ten, true)).rejects.toMatchObject({ code: 'CENTRE_UNAVAILABLE' });
    expect(await countStored()).toBe(1);
    proxy.set('pass');
    expect(await statuses()).toEqual(Array(10).fill('stored'));
  });

  it('all that wait are told at once, and nothing is acknowledged that is not stored', async () => {
    await ingest.put([at(0)], true);
    proxy.set('cutReply');
    const calls = Array.from({ length: 2_000 }, (_, n) => ingest.put([at(n + 1)], true));
    const settled = await Promise.allSettled(calls);
    expect(settled.filter(({ status }) => status === 'rejected').length).toBeGreaterThan(1_000);
    // one a lane: the others wait no longer for a database that is away
    expect(proxy.cuts()).toBeLessThanOrEqual(2);
    proxy.set('pass');
    const again = await Promise.all(Array.from({ length: 2_000 }, (_, n) => ingest.put([at(n + 1)], true)));
    expect(again.flat().every(({ status }) => status === 'stored' || status === 'duplicate')).toBe(true);
    expect(await countStored()).toBe(2_001);
  });

  it('it is back as soon as PostgreSQL is', async () => {
    await ingest.put([at(0)], true);
    await tested.database.pool.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND pid <> pg_backend_pid()`,
    );
    const first = await ingest.put(ten, true).catch((error: unknown) => error);
    if (first instanceof Error) expect(first).toMatchObject({ code: 'CENTRE_UNAVAILABLE' });
    expect((await statuses()).every((status) => status === 'stored' || status === 'duplicate')).toBe(true);
    expect(await countStored()).toBe(11);
  });
});
