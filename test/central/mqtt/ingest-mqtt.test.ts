import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { CentralRecord, Ingest } from '../../../src/central/ports.ts';
import { LectorError } from '../../../src/domain/errors.ts';
import { type TestDatabase, testDatabase } from '../../support/database.ts';
import { requireMosquitto } from '../../support/mosquitto.ts';
import { broker, held, ingester, publish, publisher, until, whole } from './broker-setup.ts';
import { wireOf } from './wire.ts';

/** Ingest that keeps in memory, and is away while `isAway`. */
function memoryIngest() {
  const records: CentralRecord[] = [];
  const state = { isAway: false, asked: 0 };
  const ingest: Ingest = {
    async put(given) {
      state.asked += 1;
      if (state.isAway) throw new LectorError('CENTRE_UNAVAILABLE', 'PostgreSQL is starting up');
      records.push(...given);
      return given.map(() => ({ status: 'stored' as const }));
    },
    onStored: () => () => undefined,
    close: async () => undefined,
  };
  return { ingest, records, state };
}

describe.skipIf(!requireMosquitto())('records from a broker into one database', () => {
  let test: TestDatabase;
  beforeAll(async () => {
    test = await testDatabase();
  });
  beforeEach(() => test.database.pool.query('TRUNCATE records'));
  afterAll(() => test.drop());
  const stored = (count: number) => until(async () => (await held(test.database)).records >= count);

  it('are stored once each by two side by side, which share the work', async () => {
    const mosquitto = await broker();
    const two = ['one', 'two'].map((name) => ingester(mosquitto.url, name, { database: test.database }));
    await until(() => two.every((each) => each.trouble() === null));
    const client = await publisher(mosquitto.url);
    await publish(client, 0, 400);
    await stored(400);
    await until(() => two.every((each) => each.counts().waiting === 0));
    const [one, other] = two.map((each) => each.counts());
    expect(one!.stored + other!.stored).toBe(400);
    expect(Math.min(one!.stored, other!.stored)).toBeGreaterThan(100);
    expect(await held(test.database)).toEqual(whole(400));
  });

  it('that came before are duplicates, others of the same time differ: neither is stored, neither blocks', async () => {
    const mosquitto = await broker();
    const one = ingester(mosquitto.url, 'one', { database: test.database });
    await until(() => one.trouble() === null);
    const client = await publisher(mosquitto.url);
    await publish(client, 0, 5);
    await stored(5);
    await publish(client, 0, 5);
    await client.publishAsync('lector/4/1/record', wireOf(4, 1, 3).replaceAll('3.5', '99.5'), { qos: 1 });
    await publish(client, 5, 8);
    await stored(8);
    await until(() => one.counts().differs === 1 && one.counts().duplicate === 5);
    expect(await held(test.database)).toEqual(whole(8));
    expect(one.lines()).toContain('lector/4/1/record');
  });

  it('survive the broker: what it had taken comes when it is back', async () => {
    const mosquitto = await broker();
    const one = ingester(mosquitto.url, 'one', { database: test.database });
    await until(() => one.trouble() === null);
    const client = await publisher(mosquitto.url);
    await publish(client, 0, 50);
    mosquitto.signal('SIGTERM');
    await until(() => one.trouble() !== null);
    expect(one.trouble()).toMatch(/^mqtt:\/\/127\.0\.0\.1:\d+: /);
    await mosquitto.restart();
    await until(() => one.trouble() === null && client.connected);
    await publish(client, 50, 100);
    await stored(100);
    expect(await held(test.database)).toEqual(whole(100));
  });

  it('wait at the broker while the ingester is down, and come when it is back', async () => {
    const mosquitto = await broker();
    const one = ingester(mosquitto.url, 'one', { database: test.database });
    await until(() => one.trouble() === null);
    await one.close();
    const client = await publisher(mosquitto.url);
    await publish(client, 0, 60);
    expect((await held(test.database)).records).toBe(0);
    ingester(mosquitto.url, 'one', { database: test.database });
    await stored(60);
    expect(await held(test.database)).toEqual(whole(60));
  });

  it('of one that leaves for good go to the others, and none is lost', async () => {
    const mosquitto = await broker();
    const [one, two] = ['one', 'two'].map((name) => ingester(mosquitto.url, name, { database: test.database }));
    await until(() => one!.trouble() === null && two!.trouble() === null);
    const client = await publisher(mosquitto.url);
    const sent = publish(client, 0, 200);
    expect(await two!.leave()).toBe(true);
    await sent;
    await publish(client, 200, 300);
    await stored(300);
    expect(await held(test.database)).toEqual(whole(300));
    expect(mosquitto.log.join('\n')).toMatch(/two .*disconnected|Client two/);
  });
});

describe.skipIf(!requireMosquitto())('messages that are held, refused or none', () => {
  it('are acknowledged only when they are durable: a database that is away loses nothing', async () => {
    const mosquitto = await broker();
    const { ingest, records, state } = memoryIngest();
    state.isAway = true;
    const one = ingester(mosquitto.url, 'one', { ingest });
    await until(() => one.trouble() === null);
    const client = await publisher(mosquitto.url);
    await publish(client, 0, 40);
    await until(() => state.asked > 20);
    expect(one.counts()).toMatchObject({ stored: 0, refused: 0 });
    expect(mosquitto.log.some((line) => /Received PUBACK from one/.test(line))).toBe(false);
    expect(one.lines()).toContain('records wait: PostgreSQL is starting up');
    state.isAway = false;
    await until(() => records.length === 40);
    await until(() => one.counts().waiting === 0);
    expect(new Set(records.map(({ end }) => end)).size).toBe(40);
  });

  it('that are no records never block: they are counted, said and done with', async () => {
    const mosquitto = await broker();
    const { ingest, records } = memoryIngest();
    const one = ingester(mosquitto.url, 'one', { ingest });
    await until(() => one.trouble() === null);
    const client = await publisher(mosquitto.url);
    // more than may be unacknowledged at a time
    const poison = [
      '',
      'x',
      '{}',
      '[]',
      'null',
      '{"node":4}',
      wireOf(4, 2, 1),
      '\u0000',
      wireOf(4, 1, 0).replace('PM710', ''),
    ];
    for (let round = 0; round < 6; round += 1) {
      await Promise.all(poison.map((each) => client.publishAsync('lector/4/1/record', each, { qos: 1 })));
    }
    await publish(client, 0, 10);
    await until(() => records.length >= 10);
    await until(() => one.counts().waiting === 0);
    expect(one.counts().refused).toBeGreaterThanOrEqual(6 * 8);
    const warnings = one.log.lines.filter(({ level }) => level === 'warn');
    expect(warnings.length).toBeGreaterThan(0);
    expect(warnings.length).toBeLessThan(10);
  });

  it('of a lector that may not feed the node are refused in its words', async () => {
    const mosquitto = await broker();
    const { ingest, records } = memoryIngest();
    const asked: unknown[] = [];
    const registry = {
      async mayFeed(node: number, instance: string | null) {
        asked.push([node, instance]);
        return instance === 'right'
          ? ({ ok: true } as const)
          : ({ ok: false, words: 'another lector feeds node 4' } as const);
      },
    };
    const one = ingester(mosquitto.url, 'one', { ingest, registry });
    await until(() => one.trouble() === null);
    const client = await publisher(mosquitto.url);
    const properties = (instance: string) => ({
      qos: 1 as const,
      properties: { userProperties: { 'lector-instance': instance } },
    });
    await client.publishAsync('lector/4/1/record', wireOf(4, 1, 0), properties('wrong'));
    await client.publishAsync('lector/4/1/record', wireOf(4, 1, 1), properties('right'));
    await publish(client, 2, 3);
    await until(() => records.length === 1 && one.counts().refused === 2);
    expect(asked).toEqual([
      [4, 'wrong'],
      [4, 'right'],
      [4, null],
    ]);
    expect(one.lines()).toContain('another lector feeds node 4');
  });
});
