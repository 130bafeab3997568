import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { afterTest } from '../../support/afterwards.ts';
import { type TestDatabase, testDatabase } from '../../support/database.ts';
import { requireMosquitto } from '../../support/mosquitto.ts';
import { broker, held, publish, publisher, until, whole } from './broker-setup.ts';

const PROGRAM = fileURLToPath(new URL('./ingester-process.ts', import.meta.url));
const RECORDS = 600;
const KILLS = 2;

describe.skipIf(!requireMosquitto())('an ingester that is killed', () => {
  let test: TestDatabase;
  beforeAll(async () => {
    test = await testDatabase();
  });
  afterAll(() => test.drop());

  const start = (url: string, name: string): ChildProcess => {
    const child = spawn(process.execPath, [PROGRAM, url, test.url, name], { stdio: ['ignore', 'ignore', 'inherit'] });
    afterTest(() => kill(child));
    return child;
  };
  const kill = async (child: ChildProcess): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  };

  it('loses no record and stores none twice: what it had not acknowledged comes again', async () => {
    const mosquitto = await broker();
    const steady = start(mosquitto.url, 'steady');
    let victim = start(mosquitto.url, 'victim');
    await Promise.all(['steady', 'victim'].map((name) => mosquitto.said(new RegExp(`Sending SUBACK to ${name}$`))));
    const client = await publisher(mosquitto.url);
    const sent = publish(client, 0, RECORDS);
    for (let round = 1; round <= KILLS; round += 1) {
      await until(async () => (await held(test.database)).records > (round * RECORDS) / (KILLS * 3));
      const from = mosquitto.log.length;
      await kill(victim);
      victim = start(mosquitto.url, 'victim');
      await mosquitto.said(/Sending SUBACK to victim$/, from);
    }
    await sent;
    await until(async () => (await held(test.database)).records >= RECORDS);
    expect(await held(test.database)).toEqual(whole(RECORDS));
    expect(steady.exitCode).toBeNull();
    // both at once, and nobody for what comes then
    await Promise.all([steady, victim].map(kill));
    await publish(client, RECORDS, RECORDS + 100);
    for (const name of ['steady', 'victim']) start(mosquitto.url, name);
    await until(async () => (await held(test.database)).records >= RECORDS + 100);
    expect(await held(test.database)).toEqual(whole(RECORDS + 100));
  }, 90_000);
});
