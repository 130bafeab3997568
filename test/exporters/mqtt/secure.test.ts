import { execFileSync } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createMqtt } from '../../../src/exporters/mqtt/mqtt.ts';
import { fakePlant } from '../../support/exporter-context.ts';
import { type Mosquitto, type MosquittoOptions, requireMosquitto, startMosquitto } from '../../support/mosquitto.ts';
import { requireTool } from '../../support/require-tool.ts';

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const broker = (o: Omit<MosquittoOptions, 'onEnd'>) => startMosquitto({ ...o, onEnd: (end) => void ends.push(end) });

/** How a delivery of one record fares: `delivered`, or the words of its failure. */
async function delivery(target: string, options: Readonly<Record<string, string>>) {
  const plant = fakePlant({ type: 'mqtt', target, options });
  const { exporter, live } = createMqtt(plant.context);
  live!.start();
  const results = await exporter!.deliver(plant.owed(1)).catch((error: Error) => error.message);
  const trouble = live!.trouble();
  await live!.close();
  const words = typeof results === 'string' ? results : (results[0]?.kind ?? 'nothing');
  return { words, trouble, log: JSON.stringify(plant.log.lines) };
}

const secretOf = ({ folder }: Mosquitto, text: string): string => {
  const file = join(folder, 'secret');
  writeFileSync(file, `${text}\n`);
  chmodSync(file, 0o600);
  return file;
};

describe.skipIf(!requireMosquitto() || !requireTool('openssl'))('MQTT over TLS and with a password', () => {
  it('delivers to a broker whose authority is named, and tells what else is wrong in words', async () => {
    const mosquitto = await broker({ tls: true, config: ['allow_anonymous true'] });
    const ca = join(mosquitto.folder, 'ca.pem');
    const { url, port } = mosquitto;
    expect(await delivery(url, { ca_file: ca })).toMatchObject({ words: 'delivered', trouble: null });
    const plain = await delivery(url, {});
    expect(plain.words).toContain('signed by an authority that is not trusted here: name that authority in <ca_file>');
    expect(plain.trouble).toBe(plain.words);
    expect((await delivery(`mqtts://localhost:${port}`, { ca_file: ca })).words).toContain('for another host name');
    const without = await delivery(`mqtt://127.0.0.1:${port}`, {});
    expect(without.words).toContain('closed the connection before it was made');
    expect(without.words).toContain('A port with TLS needs mqtts://');
    const none = await delivery(url, { ca_file: join(mosquitto.folder, 'nothing.pem') });
    expect(none.words).toContain('<ca_file> cannot be read: ENOENT');
    expect((await delivery(`mqtt://127.0.0.1:${port}`, { ca_file: ca })).words).toContain('write mqtts://');
  });
  it('says that a port speaks no TLS', async () => {
    const { port } = await broker({});
    const { words, log } = await delivery(`mqtts://127.0.0.1:${port}`, {});
    expect(words).toMatch(/does not speak TLS|does that port speak TLS\? mqtt:\/\/ goes without$/);
    expect(log).not.toContain('?.');
  });
  it('sends user and password, from a file or the environment, and shows the password nowhere', async () => {
    const mosquitto = await broker({
      config: ['allow_anonymous false', 'password_file FOLDER/users'],
      files: { users: '' },
    });
    execFileSync('mosquitto_passwd', ['-b', join(mosquitto.folder, 'users'), 'lector', 'top-secret-17'], {
      stdio: 'ignore',
    });
    mosquitto.signal('SIGHUP');
    await mosquitto.said(/Reloading config/);
    const file = secretOf(mosquitto, 'top-secret-17');
    const good = await delivery(mosquitto.url, { user: 'lector', password_file: file });
    expect(good).toMatchObject({ words: 'delivered', trouble: null });
    process.env.LECTOR_TEST_MQTT = 'top-secret-17';
    ends.push(async () => void delete process.env.LECTOR_TEST_MQTT);
    const env = await delivery(mosquitto.url, { user: 'lector', password_env: 'LECTOR_TEST_MQTT' });
    expect(env.words).toBe('delivered');
    const wrong = await delivery(mosquitto.url, { user: 'lector', password_file: secretOf(mosquitto, 'guess-18') });
    expect(wrong.words).toContain('check <user>');
    expect((await delivery(mosquitto.url, {})).words).toContain('check <user>');
    for (const { words, trouble, log } of [good, env, wrong]) {
      expect(`${words}${trouble}${log}`).not.toMatch(/top-secret-17|guess-18/);
    }
  });
  it('tells a secret that cannot be read', async () => {
    const { url, folder } = await broker({});
    const { words, trouble } = await delivery(url, { user: 'x', password_file: join(folder, 'nowhere') });
    expect(words).toContain('password_file');
    expect(trouble).toBe(words);
  });
  it.each([
    ['broker.example', 'expected a target such as'],
    ['http://broker.example', 'expected a target such as'],
    ['mqtt://me:secret-9@broker.example', 'user and password do not stand in the target'],
  ])('says of the target %s that %s', async (target, expected) => {
    const { words, trouble, log } = await delivery(target, {});
    expect(words).toContain(expected);
    expect(`${words}${trouble}${log}`).not.toContain('secret-9');
  });
});
